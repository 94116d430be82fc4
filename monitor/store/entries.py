"""Entries: what sources listed, and what of it still waits to be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from monitor.model import Entry, EntryState, WaitingEntry
from monitor.store.columns import among, insert_new
from monitor.store.rows import AnyRow
from monitor.store.tables import entry as table
from monitor.store.tables import sighting
from monitor.urls import host_of

MOST_REREADS = 8
_LISTED = tuple(
    table.c[name]
    for name in (
        "url",
        "guid",
        "title",
        "summary",
        "text",
        "author",
        "published",
        "published_raw",
        "updated_raw",
        "language",
    )
)


# In the words of the partial index that answers it.
_UNREAD = among(table.c.state, (EntryState.WAITING.value, EntryState.READING.value))


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry on its way into the archive: its same-article key, its page's host and where it starts."""

    entry: Entry
    url_key: str
    host: str
    state: EntryState
    first_import: bool
    due_at: datetime


def add(tx: Connection, source_id: str, listed: Sequence[Listed], now: datetime) -> tuple[int, int]:
    """Record what a source listed; returns (how many were new, how many of the known are to be read again).

    Read again: a finished entry whose update mark or title changed at the source it came from, at most 8 times.
    An entry that another source listed first becomes a sighting of it; one that was only filtered so far starts now.
    """
    unique: dict[str, Listed] = {}
    for item in listed:
        unique.setdefault(item.url_key, item)
    query = select(table).where(table.c.url_key.in_(list(unique)))
    known: Mapping[str, AnyRow] = {row.url_key: row for row in tx.execute(query)}
    fresh = [item for key, item in unique.items() if key not in known]
    new = _insert(tx, source_id, fresh, now)
    again = 0
    for row in known.values():
        item = unique[row.url_key]
        if row.state == EntryState.FILTERED and item.state is EntryState.WAITING:
            _restart(tx, row, source_id, item, rereads=row.rereads)
            new += 1
        elif row.source_id != source_id:
            _see(tx, row.id, source_id, item, now)
        elif _changed(row, item):
            _restart(tx, row, source_id, item, rereads=row.rereads + 1)
            again += 1
    return new, again


def known(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Which of these same-article keys have an entry."""
    return frozenset(tx.scalars(select(table.c.url_key).where(table.c.url_key.in_(keys))))


def trouble_of(tx: Connection, article_id: int) -> str:
    """Why the page of an article could not be read at the last try; "" when it was."""
    query = select(table.c.error).where(table.c.article_id == article_id).order_by(table.c.finished_at.desc())
    return tx.execute(query.limit(1)).scalar() or ""


def latest_address(tx: Connection, source_id: str, site: str = "") -> str:
    """The address of the newest entry of a source, "" when there is none; `site`: whose key lies on that host."""
    query = select(table.c.url, table.c.url_key).where(table.c.source_id == source_id).order_by(table.c.id.desc())
    found = tx.execute(query.limit(50))
    return next((row.url for row in found if not site or host_of(row.url_key) == site), "")


def _insert(tx: Connection, source_id: str, fresh: Sequence[Listed], now: datetime) -> int:
    rows = [
        {
            "source_id": source_id,
            "url_key": item.url_key,
            "host": item.host,
            **_words(item.entry),
            "state": item.state.value,
            "first_import": item.first_import,
            "first_seen": now,
            "due_at": item.due_at,
            "attempts": 0,
            "rereads": 0,
            "error": "",
        }
        for item in fresh
    ]
    if not rows:
        return 0
    return len(tx.execute(insert_new(tx, table).returning(table.c.id), rows).all())


def _words(entry: Entry) -> dict[str, Any]:
    return {column.name: getattr(entry, column.name) for column in _LISTED}


def _changed(row: AnyRow, item: Listed) -> bool:
    if row.state not in (EntryState.DONE, EntryState.FAILED) or row.rereads >= MOST_REREADS:
        return False
    marked = bool(item.entry.updated_raw) and item.entry.updated_raw != row.updated_raw
    return item.state is EntryState.WAITING and (marked or item.entry.title != row.title)


def _restart(tx: Connection, row: AnyRow, source_id: str, item: Listed, *, rereads: int) -> None:
    values = {
        "source_id": source_id,
        "host": item.host,
        **_words(item.entry),
        "state": item.state.value,
        "first_import": item.first_import,
        "due_at": item.due_at,
        "attempts": 0,
        "rereads": rereads,
        "error": "",
        "finished_at": None,
    }
    tx.execute(update(table).where(table.c.id == row.id).values(values))


def _see(tx: Connection, entry_id: int, source_id: str, item: Listed, now: datetime) -> None:
    values = {"entry_id": entry_id, "source_id": source_id, "url": item.entry.url, "title": item.entry.title}
    tx.execute(insert_new(tx, sighting).values(**values, first_seen=now))


def claim_waiting(
    tx: Connection, owner: str, lease: timedelta, limit: int, busy_hosts: Collection[str], now: datetime
) -> tuple[WaitingEntry, ...]:
    """Lease up to `limit` waiting entries of one host, oldest first: the host whose oldest has waited longest."""
    free = _free(busy_hosts, now)
    host = select(table.c.host).where(free).order_by(table.c.due_at, table.c.id).limit(1).scalar_subquery()
    # A CTE: as a plain subquery PostgreSQL may run it more than once, and then lease more than `limit`.
    chosen = (
        select(table.c.id)
        .where(table.c.host == host, free)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()
    )
    claim = (
        update(table)
        .where(table.c.id.in_(select(chosen.c.id)), free)
        .values(
            state=EntryState.READING.value,
            lease_owner=owner,
            lease_until=now + lease,
            attempts=table.c.attempts + 1,
        )
        .returning(table)
    )
    rows = sorted(tx.execute(claim), key=lambda row: (row.due_at, row.id))
    return tuple(_waiting_of(row) for row in rows)


def _free(busy_hosts: Collection[str], now: datetime) -> ColumnElement[bool]:
    late = and_(table.c.state == EntryState.READING.value, table.c.lease_until <= now)
    return and_(
        _UNREAD,
        or_(table.c.state == EntryState.WAITING.value, late),
        table.c.due_at <= now,
        table.c.host.not_in(busy_hosts),
    )


def _waiting_of(row: AnyRow) -> WaitingEntry:
    listed = Entry(**{column.name: getattr(row, column.name) for column in _LISTED})
    return WaitingEntry(row.id, row.source_id, row.url_key, row.host, listed, row.first_import, row.attempts)


def finish(
    tx: Connection,
    entry_id: int,
    owner: str,
    state: EntryState,
    now: datetime,
    *,
    article_id: int | None = None,
    error: str = "",
) -> bool:
    """End the reading of a leased entry. False, with nothing stored, when `owner` lost the lease."""
    ended = {"state": state.value, "finished_at": now, "error": error, "lease_owner": None, "lease_until": None}
    values = ended if article_id is None else {**ended, "article_id": article_id}
    return tx.execute(update(table).where(_mine(entry_id, owner)).values(values)).rowcount == 1


def retry(tx: Connection, entry_id: int, owner: str, due_at: datetime, error: str) -> bool:
    """Let a leased entry wait until `due_at`. False, with nothing stored, when `owner` lost the lease."""
    values = {**_WAITING, "due_at": due_at, "error": error}
    return tx.execute(update(table).where(_mine(entry_id, owner)).values(values)).rowcount == 1


_WAITING = {"state": EntryState.WAITING.value, "lease_owner": None, "lease_until": None}


def _mine(entry_id: int, owner: str) -> ColumnElement[bool]:
    return and_(table.c.id == entry_id, table.c.lease_owner == owner, table.c.state == EntryState.READING.value)


def free_leases(tx: Connection, owner: str | None = None, only: Collection[int] | None = None) -> int:
    """Let the entries that `owner` leased wait again (None: everybody's, at boot under the archive lock).

    `only` limits it to these ids. A read that a dying process cut short is not counted as a try. Returns how many.
    """
    held = and_(_UNREAD, table.c.lease_owner.is_not(None) if owner is None else table.c.lease_owner == owner)
    if only is not None:
        held = and_(held, table.c.id.in_(only))
    fewer = case((table.c.attempts > 0, table.c.attempts - 1), else_=0)
    return tx.execute(update(table).where(held).values(**_WAITING, attempts=fewer)).rowcount


def rescue(tx: Connection, now: datetime) -> int:
    """Let the entries wait again whose lease ran out; returns how many. The try counts: it may be what kills."""
    late = and_(_UNREAD, table.c.lease_owner.is_not(None), table.c.lease_until <= now)
    return tx.execute(update(table).where(late).values(_WAITING)).rowcount


def waiting(
    tx: Connection,
    *,
    source_id: str | None = None,
    first_import: bool | None = None,
    due_by: datetime | None = None,
) -> int:
    """How many entries are not read yet, those being read included."""
    query = select(func.count()).where(_UNREAD)
    if source_id is not None:
        query = query.where(table.c.source_id == source_id)
    if first_import is not None:
        query = query.where(table.c.first_import == first_import)
    if due_by is not None:
        query = query.where(table.c.due_at <= due_by)
    return tx.execute(query).scalar_one()


def weekly(tx: Connection, source_id: str, now: datetime) -> float:
    """How many entries of the last seven days a source has listed, by their own date where they carry one."""
    dated = func.coalesce(table.c.published, table.c.first_seen)
    recent = and_(table.c.source_id == source_id, dated > now - timedelta(days=7), dated <= now + timedelta(days=1))
    return float(tx.execute(select(func.count()).where(recent)).scalar_one())
