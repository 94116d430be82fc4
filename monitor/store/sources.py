"""Sources: what is remembered of each between two checks, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, true, update

from monitor.model import Source, SourceState
from monitor.store.rows import AnyRow
from monitor.store.tables import source
from monitor.urls import host_of

_STATE = tuple(column for column in source.c if column.name not in ("id", "configured_url", "host", "enabled"))
COLUMNS = (source.c.id.label("source_id"), *_STATE)
_NAMES = ("source_id", *(column.name for column in _STATE))
# Built once: every page asks for it.
_STATES = select(*COLUMNS).order_by(source.c.id)


def state_of(row: AnyRow) -> SourceState:
    return SourceState(**{name: getattr(row, name) for name in _NAMES})


def sync(tx: Connection, sources: Sequence[Source], now: datetime) -> None:
    """Bring the rows in line with the config: new sources are due now, missing ones are switched off and kept.

    A source whose configured URL changed starts anew, and whoever is checking the old one loses the lease; one that is
    as before keeps all that was learnt.
    """
    known = {row.id: row.configured_url for row in tx.execute(select(source.c.id, source.c.configured_url))}
    for one in sources:
        if one.id not in known:
            tx.execute(insert(source).values(id=one.id, enabled=one.enabled, first_checked=None, **_fresh(one, now)))
        elif known[one.id] != one.url:
            tx.execute(update(source).where(source.c.id == one.id).values(enabled=one.enabled, **_fresh(one, now)))
        else:
            tx.execute(update(source).where(source.c.id == one.id).values(enabled=one.enabled))
    tx.execute(update(source).where(source.c.id.not_in([one.id for one in sources])).values(enabled=False))


def _fresh(one: Source, now: datetime) -> dict[str, Any]:
    return {
        "configured_url": one.url,
        "url": one.url,
        "host": host_of(one.url),
        "due_at": now,
        "etag": "",
        "last_modified": "",
        "body_hash": "",
        "interval": one.every,
        "failures": 0,
        "gone_at": None,
        "moved_to": "",
        "moved_seen": 0,
        "lease_owner": None,
        "lease_until": None,
    }


def states(tx: Connection) -> tuple[SourceState, ...]:
    """The state of every source the archive has seen, by id."""
    return tuple(state_of(row) for row in tx.execute(_STATES))


def state(tx: Connection, source_id: str) -> SourceState | None:
    """The state of one source."""
    row = tx.execute(select(*COLUMNS).where(source.c.id == source_id)).one_or_none()
    return None if row is None else state_of(row)


def claim_due(
    tx: Connection,
    owner: str,
    lease: timedelta,
    limit: int,
    busy_hosts: Collection[str],
    now: datetime,
    *,
    only: Collection[str] | None = None,
    force: bool = False,
) -> tuple[SourceState, ...]:
    """Lease up to `limit` due sources, longest due first: one per host, none of a busy host.

    `only` limits the claim to these ids; `force` takes them due or not, enabled or not.
    """
    free = _free(busy_hosts, now, only, force)
    turn = func.row_number().over(partition_by=source.c.host, order_by=(source.c.due_at, source.c.id))
    first = select(source.c.id, turn.label("turn")).where(free).subquery()
    # A CTE: as a plain subquery PostgreSQL may run it more than once, and then lease more than `limit`.
    chosen = (
        select(source.c.id)
        .where(source.c.id.in_(select(first.c.id).where(first.c.turn == 1)), free)
        .order_by(source.c.due_at, source.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()
    )
    claim = (
        update(source)
        .where(source.c.id.in_(select(chosen.c.id)), free)
        .values(lease_owner=owner, lease_until=now + lease)
        .returning(*COLUMNS)
    )
    claimed = [state_of(row) for row in tx.execute(claim)]
    return tuple(sorted(claimed, key=lambda state: (state.due_at, state.source_id)))


def _free(busy_hosts: Collection[str], now: datetime, only: Collection[str] | None, force: bool) -> ColumnElement[bool]:
    return and_(
        true() if force else source.c.enabled,
        or_(source.c.lease_owner.is_(None), source.c.lease_until <= now),
        true() if force else source.c.due_at <= now,
        true() if only is None else source.c.id.in_(only),
        source.c.host.not_in(busy_hosts),
    )


def hasten(tx: Connection, source_id: str, now: datetime) -> bool:
    """Let an enabled source be due now; False when it is, or is being checked. Its host's rests hold all the same."""
    waiting = and_(source.c.id == source_id, source.c.enabled, source.c.lease_owner.is_(None), source.c.due_at > now)
    return tx.execute(update(source).where(waiting).values(due_at=now)).rowcount == 1


def finish_check(tx: Connection, state: SourceState, owner: str) -> bool:
    """Store what a check taught and give the lease back. False, with nothing stored, when `owner` lost the lease."""
    values = {column.name: getattr(state, column.name) for column in _STATE}
    values |= {"host": host_of(state.url), "lease_owner": None, "lease_until": None}
    mine = and_(source.c.id == state.source_id, source.c.lease_owner == owner)
    return tx.execute(update(source).where(mine).values(values)).rowcount == 1


def free_leases(tx: Connection, owner: str | None = None, only: Collection[str] | None = None) -> int:
    """Give back the leases of `owner` (None: of everybody, at boot under the archive lock); returns how many.

    `only` limits it to these ids.
    """
    held = source.c.lease_owner.is_not(None) if owner is None else source.c.lease_owner == owner
    if only is not None:
        held = and_(held, source.c.id.in_(only))
    return tx.execute(update(source).where(held).values(lease_owner=None, lease_until=None)).rowcount


def rescue(tx: Connection, now: datetime) -> int:
    """Give back the leases that ran out; returns how many."""
    late = and_(source.c.lease_owner.is_not(None), source.c.lease_until <= now)
    return tx.execute(update(source).where(late).values(lease_owner=None, lease_until=None)).rowcount
