"""Coverage: the last listing of each source, its rhythm, the gaps between two listings, and how late news is seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from monitor.coverage import ASKABLE, MEMORY, Rhythm, Window, to_ask
from monitor.store.columns import insert_new
from monitor.store.rows import AnyRow
from monitor.store.tables import arrival, entry, gap, listed_window
from monitor.store.tables import rhythm as rhythm_table

_LATEST = 200


@dataclass(frozen=True, slots=True)
class Gap:
    """Two listings of a source without a common entry: what appeared between the two checks may have been missed.

    `before` and `listed` count the entries on both sides, `backfilled` those of the time between that came later by
    another way; closed once a listing of the same site reached across. `asked_at`: when the site was last asked for
    the missing part, `answer` what came of it, in words.
    """

    id: int
    source_id: str
    host: str
    since: datetime
    until: datetime
    before: int
    listed: int
    backfilled: int = 0
    closed_at: datetime | None = None
    asked_at: datetime | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of a source's completeness. `newest` is the latest date that its last listing carried."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    newest: datetime | None = None
    gaps: int = 0
    open_gaps: int = 0


def window(tx: Connection, source_id: str, url: str) -> Window | None:
    """The last good listing of a source at this address; None when there was none."""
    wanted = (listed_window.c.source_id == source_id, listed_window.c.url == url)
    row = tx.execute(select(listed_window).where(*wanted)).first()
    return None if row is None else Window(tuple(row.entry_keys), row.partly)


def keep_window(tx: Connection, source_id: str, url: str, seen: Window, newest: datetime | None) -> None:
    """Remember the last good listing of a source in the place of the one before."""
    values = {"url": url, "entry_keys": list(seen.keys), "partly": seen.partly, "newest": newest}
    _put(tx, listed_window, source_id, values)


def _put(tx: Connection, table: Table, source_id: str, values: dict[str, object]) -> None:
    if not tx.execute(update(table).where(table.c.source_id == source_id).values(values)).rowcount:
        tx.execute(insert_new(tx, table).values(source_id=source_id, **values))


def add_gap(tx: Connection, found: Gap) -> None:
    """Record a gap; its id is given by the archive."""
    names = ("source_id", "host", "since", "until", "before", "listed", "backfilled", "closed_at")
    tx.execute(insert(gap), {name: getattr(found, name) for name in names})


def open_gaps(tx: Connection, hosts: Collection[str], now: datetime) -> tuple[Gap, ...]:
    """The gaps of these sites that may still be filled, at most four weeks old."""
    wanted = (gap.c.closed_at.is_(None), gap.c.host.in_(hosts), gap.c.until > now - MEMORY)
    return tuple(map(_gap_of, tx.execute(select(gap).where(*wanted).order_by(gap.c.id))))


def fill_gap(tx: Connection, gap_id: int, arrived: int, closed_at: datetime | None) -> None:
    """Count entries that came later; `closed_at` when nothing more is to be expected."""
    values = {"backfilled": gap.c.backfilled + arrived, "closed_at": closed_at}
    tx.execute(update(gap).where(gap.c.id == gap_id).values(values))


def gaps(tx: Connection, source_id: str, limit: int = 20) -> tuple[Gap, ...]:
    """The latest gaps of a source, newest first."""
    query = select(gap).where(gap.c.source_id == source_id).order_by(gap.c.id.desc()).limit(limit)
    return tuple(map(_gap_of, tx.execute(query)))


def _gap_of(row: AnyRow) -> Gap:
    return Gap(**{one.name: getattr(row, one.name) for one in fields(Gap)})


def unasked(tx: Connection, source_id: str, now: datetime) -> tuple[Gap, ...]:
    """The open gaps of a source that it is time to ask about, oldest first."""
    wanted = (gap.c.source_id == source_id, gap.c.closed_at.is_(None), gap.c.until > now - ASKABLE)
    found = map(_gap_of, tx.execute(select(gap).where(*wanted).order_by(gap.c.id)))
    return tuple(one for one in found if to_ask(one.until, one.asked_at, now))


def ask(tx: Connection, gap_ids: Collection[int], now: datetime) -> None:
    """Record that these gaps are asked about now, before it is done: a crash must not ask twice."""
    tx.execute(update(gap).where(gap.c.id.in_(gap_ids)).values(asked_at=now, answer="asked, no answer recorded"))


def answer_gap(tx: Connection, gap_id: int, answer: str, came: Collection[str], closed_at: datetime | None) -> None:
    """Record what came of asking; `came` are the same-article keys of the entries that it brought, marked so."""
    values = {"answer": answer, "backfilled": gap.c.backfilled + len(came), "closed_at": closed_at}
    tx.execute(update(gap).where(gap.c.id == gap_id).values(values))
    if came:
        tx.execute(update(entry).where(entry.c.url_key.in_(came)).values(gap_id=gap_id))


def arrived(tx: Connection, keys: Collection[str], now: datetime) -> frozenset[str]:
    """Which of these same-article keys were listed for the first time by the check of this moment."""
    query = select(entry.c.url_key).where(entry.c.url_key.in_(keys), entry.c.first_seen == now)
    return frozenset(tx.scalars(query))


def arrivals(tx: Connection, source_id: str, now: datetime) -> tuple[tuple[datetime, int], ...]:
    """The checks of the last four weeks that brought something new, with how much; older ones are forgotten."""
    own = arrival.c.source_id == source_id
    tx.execute(delete(arrival).where(own, arrival.c.moment <= now - MEMORY))
    query = select(arrival.c.moment, arrival.c.new).where(own).order_by(arrival.c.moment)
    return tuple((moment, count) for moment, count in tx.execute(query))


def measured(tx: Connection, source_id: str) -> datetime | None:
    """When a source's rhythm was last measured."""
    return tx.execute(select(rhythm_table.c.measured).where(rhythm_table.c.source_id == source_id)).scalar()


def keep_rhythm(tx: Connection, source_id: str, own: Rhythm, now: datetime) -> None:
    """Remember a source's rhythm as measured now."""
    names = ("newest", "usual", "patience", "days", "mean", "sigma", "last_day")
    _put(tx, rhythm_table, source_id, {name: getattr(own, name) for name in names} | {"measured": now})


def brought(tx: Connection, source_id: str, new: int, now: datetime) -> None:
    """Record that a check has brought so many new entries."""
    tx.execute(insert_new(tx, arrival).values(source_id=source_id, moment=now, new=new))
    tx.execute(update(rhythm_table).where(rhythm_table.c.source_id == source_id).values(newest=now))


def of_sources(tx: Connection) -> dict[str, Coverage]:
    """What is known of every source's completeness, by its id."""
    still = func.count().filter(gap.c.closed_at.is_(None))
    counted = {
        source_id: (total, unfilled)
        for source_id, total, unfilled in tx.execute(
            select(gap.c.source_id, func.count(), still).group_by(gap.c.source_id)
        )
    }
    dated = select(listed_window.c.source_id, listed_window.c.newest)
    newest = {row.source_id: row.newest for row in tx.execute(dated)}
    rhythms = {row.source_id: _rhythm_of(row) for row in tx.execute(select(rhythm_table))}
    return {
        one: Coverage(rhythms.get(one, Rhythm()), newest.get(one), *counted.get(one, (0, 0)))
        for one in {*counted, *newest, *rhythms}
    }


def _rhythm_of(row: AnyRow) -> Rhythm:
    return Rhythm(row.newest, row.usual, row.patience, row.days, row.mean, row.sigma, row.last_day)


def lag(tx: Connection, source_id: str) -> timedelta | None:
    """The median time from publication to our first sight over the latest 200 dated entries; no backlog among them."""
    wanted = (entry.c.source_id == source_id, entry.c.published.is_not(None), ~entry.c.first_import)
    query = select(entry.c.published, entry.c.first_seen).where(*wanted).order_by(entry.c.id.desc()).limit(_LATEST)
    late = [(seen - published).total_seconds() for published, seen in tx.execute(query) if published is not None]
    return timedelta(seconds=max(median(late), 0.0)) if late else None
