"""Fetches: the record of every exchange with a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from monitor.model import Fetch, Outcome
from monitor.store.byhalves import last_before
from monitor.store.rows import AnyRow
from monitor.store.tables import fetch as table
from monitor.urls import host_of

_LAST_BEFORE = last_before(table.c.id, table.c.recorded)
_FOLLOWING = select(table.c.recorded).where(table.c.id > bindparam("last")).order_by(table.c.id).limit(1)


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One recorded exchange; `kind` is check, page, pushed or hub, `elapsed` is in seconds, `size` in bytes."""

    id: int
    source_id: str
    kind: str
    url: str
    final_url: str
    outcome: Outcome
    status: int | None
    started: datetime
    elapsed: float
    size: int
    entries: int
    new: int
    error: str


def add(
    tx: Connection, fetch: Fetch, source_id: str, now: datetime, *, kind: str, entries: int = 0, new: int = 0
) -> int:
    """Record one exchange without its body; returns its id. `kind`: check (a poll), page, pushed, hub."""
    values = {
        "source_id": source_id,
        "kind": kind,
        "url": fetch.url,
        "final_url": fetch.final_url,
        "outcome": fetch.outcome.value,
        "status": fetch.status,
        "started": fetch.started,
        "elapsed": fetch.elapsed,
        "size": len(fetch.body),
        "entries": entries,
        "new": new,
        "error": fetch.error,
        "recorded": now,
    }
    return tx.execute(insert(table).returning(table.c.id), values).scalar_one()


def recent(tx: Connection, source_id: str, limit: int = 50, *, kind: str | None = None) -> tuple[FetchRow, ...]:
    """The latest exchanges of a source, newest first."""
    query = select(table).where(table.c.source_id == source_id).order_by(table.c.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    return tuple(fetch_row(row) for row in tx.execute(query))


def asked_since(tx: Connection, since: datetime) -> dict[str, datetime]:
    """When each host was asked last since then, by the latest thousand records."""
    query = select(table.c.url, table.c.final_url, table.c.recorded).order_by(table.c.id.desc()).limit(1000)
    asked: dict[str, datetime] = {}
    for row in tx.execute(query):
        if row.recorded > since:
            asked.setdefault(host_of(row.final_url or row.url), row.recorded)
    return asked


def prune(tx: Connection, before: datetime, keep: int) -> int:
    """Forget what was recorded before then, and all but the latest `keep` of each source and kind; returns how many.

    The latest of each source and kind stays, however old it is: it says how the source does.
    """
    newer = func.row_number().over(partition_by=(table.c.source_id, table.c.kind), order_by=table.c.id.desc())
    ranked = select(table.c.id, table.c.recorded, newer.label("place")).subquery()
    gone = select(ranked.c.id).where(ranked.c.place > 1, or_(ranked.c.place > keep, ranked.c.recorded < before))
    return tx.execute(delete(table).where(table.c.id.in_(gone))).rowcount


def fetch_row(row: AnyRow) -> FetchRow:
    return FetchRow(
        row.id,
        row.source_id,
        row.kind,
        row.url,
        row.final_url,
        Outcome(row.outcome),
        row.status,
        row.started,
        row.elapsed,
        row.size,
        row.entries,
        row.new,
        row.error,
    )


def looked(tx: Connection, spans: Sequence[tuple[datetime, datetime]]) -> list[bool]:
    """For each of these spans, in order of time, whether anything was fetched in it."""
    found: list[bool] = []
    following: datetime | None = None
    for start, end in spans:
        # What was found for one span mostly answers for the next ones, too: an archive's youth is one long silence.
        if following is None or following < start:
            following = _first_since(tx, start)
        found.append(following is not None and following < end)
        if following is None:
            break
    return found + [False] * (len(spans) - len(found))


def _first_since(tx: Connection, moment: datetime) -> datetime | None:
    """When the first exchange at or after a moment was recorded."""
    return tx.scalar(_FOLLOWING, {"last": last_number(tx, moment)})


def last_number(tx: Connection, moment: datetime) -> int:
    """The number of the last exchange that was recorded before a moment, 0 where none was."""
    return tx.execute(_LAST_BEFORE, {"moment": moment}).scalar_one()
