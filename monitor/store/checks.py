"""What checks saw of a stretch of time, and where they left gaps: bounded reads, whatever the archive holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, case, func, literal, select

from monitor.model import Outcome
from monitor.store.columns import Utc
from monitor.store.coverage import Coverage, Gap, of_sources
from monitor.store.fetches import fetch_row, last_number
from monitor.store.review import SourceRow
from monitor.store.sources import COLUMNS, state_of
from monitor.store.tables import fetch, gap, source

_WORKED = (Outcome.OK, Outcome.UNCHANGED)
# Of a clock that was put back.
_LEEWAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks of a source in one stretch of time (its place) that ended alike: how many, the first and the last."""

    source_id: str
    place: int
    outcome: Outcome
    count: int
    first: datetime
    last: datetime

    @property
    def worked(self) -> bool:
        return self.outcome in _WORKED


def by_place(tx: Connection, ends: Sequence[datetime]) -> tuple[Checks, ...]:
    """The checks of all sources between neighbours of these moments, by source and time."""
    moments = {f"end{place}": end for place, end in enumerate(ends)}
    first = last_number(tx, ends[0] - _LEEWAY)
    rows = tx.execute(_checks(len(ends)), {**moments, "last": ends[-1], "first": first})
    return tuple(Checks(row[0], row[1], Outcome(row[2]), *row[3:]) for row in rows)


@cache
def _checks(count: int) -> Select[*tuple[Any, ...]]:
    """Between so many moments: a day has up to 26 of them."""
    part = _part(0, count - 2).label("part")
    started, last = fetch.c.started, bindparam("last", type_=Utc)
    wanted = and_(fetch.c.kind == "check", started >= _end(0), started < last, fetch.c.id >= bindparam("first"))
    columns = (fetch.c.source_id, part, fetch.c.outcome, func.count(), func.min(started), func.max(started))
    return (
        select(*columns)
        .where(wanted)
        .group_by(fetch.c.source_id, part, fetch.c.outcome)
        .order_by(fetch.c.source_id, part)
    )


def _part(first: int, last: int) -> ColumnElement[int]:
    """Between which two of the moments a check began, by halves: in turn takes four times as long."""
    if first >= last:
        return literal(first, Integer)
    middle = (first + last) // 2
    return case((fetch.c.started < _end(middle + 1), _part(first, middle)), else_=_part(middle + 1, last))


def _end(place: int) -> Any:
    return bindparam(f"end{place}", type_=Utc)


def first_check(tx: Connection) -> datetime | None:
    """Since when checks are on record: older ones are forgotten. None where nothing was checked yet."""
    return tx.execute(_FIRST_CHECK).scalar()


_FIRST_CHECK = select(fetch.c.started).where(fetch.c.kind == "check").order_by(fetch.c.id).limit(1)


def gaps(tx: Connection, since: datetime, until: datetime, most: int = 50) -> tuple[Gap, ...]:
    """The gaps of all sources that reach into [since, until), oldest first."""
    names = Gap.__dataclass_fields__
    rows = tx.execute(_gaps(), {"since": since, "until": until, "most": most})
    return tuple(Gap(**{name: getattr(row, name) for name in names}) for row in rows)


@cache
def _gaps() -> Select[*tuple[Any, ...]]:
    since, until = bindparam("since", type_=Utc), bindparam("until", type_=Utc)
    reached = select(gap).where(gap.c.since < until, gap.c.until > since)
    return reached.order_by(gap.c.since, gap.c.id).limit(bindparam("most"))


def sources(tx: Connection) -> tuple[SourceRow, ...]:
    """Every enabled source with what tells how it does; what it brought in all is not counted."""
    fetched = {row.source_id: fetch_row(row) for row in tx.execute(_LAST_CHECKS)}
    covered = of_sources(tx)
    rows = tx.execute(_ENABLED).all()
    return tuple(
        SourceRow(state_of(row), True, fetched.get(row.source_id), {}, 0, None, covered.get(row.source_id, Coverage()))
        for row in rows
    )


_ENABLED = select(*COLUMNS).where(source.c.enabled).order_by(source.c.id)
_LAST_CHECKS = select(fetch).where(
    fetch.c.id.in_(select(func.max(fetch.c.id)).where(fetch.c.kind == "check").group_by(fetch.c.source_id))
)
