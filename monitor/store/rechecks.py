"""Re-checks: when the page of an announced article is asked for again. The time to act is a column, as everywhere."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update

from monitor.model import EntryState, Validators
from monitor.schedule import recheck_at
from monitor.store.columns import insert_new
from monitor.store.tables import entry
from monitor.store.tables import recheck as table

_FINISHED = (EntryState.DONE.value, EntryState.FAILED.value)
_MOST_AT_ONCE = 200


def start(tx: Connection, entry_id: int, validators: Validators, now: datetime) -> None:
    """Ask for an announced entry's page again from now on. One that is being re-checked already keeps its times."""
    values = {
        "entry_id": entry_id,
        "announced": now,
        "due_at": recheck_at(now, now),
        "asked": 0,
        "open": False,
        "etag": validators.etag,
        "last_modified": validators.last_modified,
    }
    tx.execute(insert_new(tx, table), values)


def wake(tx: Connection, now: datetime) -> int:
    """Let the entries wait whose re-check is due; returns how many. What was missed meanwhile is asked for once.

    An entry that waits anyway is read anyway; its re-check stays due.
    """
    query = (
        select(table.c.entry_id, table.c.announced, table.c.asked)
        .join_from(table, entry)
        .where(table.c.due_at <= now, entry.c.state.in_(_FINISHED))
        .order_by(table.c.due_at, table.c.entry_id)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(query).all()
    for row in rows:
        values = {"open": True, "asked": row.asked + 1, "due_at": recheck_at(row.announced, now)}
        tx.execute(update(table).where(table.c.entry_id == row.entry_id).values(values))
    waiting = {"state": EntryState.WAITING.value, "due_at": now, "attempts": 0}
    if rows:
        tx.execute(update(entry).where(entry.c.id.in_([row.entry_id for row in rows])).values(waiting))
    return len(rows)


def opened(tx: Connection, entry_ids: Collection[int]) -> dict[int, Validators]:
    """Which of these entries wait for a re-check, with what their page's last answer came with."""
    query = select(table).where(table.c.entry_id.in_(entry_ids), table.c.open)
    return {row.entry_id: Validators(row.etag, row.last_modified) for row in tx.execute(query)}


def close(tx: Connection, entry_id: int, validators: Validators | None) -> None:
    """End a re-check; `validators` are those of a page that was read, None leaves the old ones."""
    values: dict[str, object] = {"open": False}
    if validators is not None:
        values |= {"etag": validators.etag, "last_modified": validators.last_modified}
    tx.execute(update(table).where(table.c.entry_id == entry_id).values(values))
