"""Subscriptions at hubs: one row for each source whose listing names a hub."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from monitor import websub
from monitor.model import Agreement, Hub, Subscription
from monitor.novelty.shingles import signed
from monitor.store.rows import AnyRow
from monitor.store.tables import listed_window, source
from monitor.store.tables import subscription as table

_LIVE = (Agreement.PENDING.value, Agreement.ACTIVE.value, Agreement.RENEWING.value)
_NAMES = tuple(one.name for one in fields(Subscription))
# A push that cannot be used makes its source due at once, but no hub makes us ask a server without a pause.
_PAUSE = timedelta(minutes=1)


def of_source(tx: Connection, source_id: str) -> Subscription | None:
    """What is known of a source's hub; None when its listing never named one."""
    row = tx.execute(select(table).where(table.c.source_id == source_id)).one_or_none()
    return None if row is None else _subscription(row)


def all_of(tx: Connection) -> dict[str, Subscription]:
    """Every subscription, by source."""
    return {row.source_id: _subscription(row) for row in tx.execute(select(table))}


def by_token(tx: Connection, token: str) -> Subscription | None:
    """The subscription that a callback belongs to."""
    row = tx.execute(select(table).where(table.c.token == token)).one_or_none() if token else None
    return None if row is None else _subscription(row)


def save(tx: Connection, one: Subscription) -> None:
    """Store a subscription as it is now."""
    values = {name: getattr(one, name) for name in _NAMES} | {"state": one.state.value, "token": one.token or None}
    if not tx.execute(update(table).where(table.c.source_id == one.source_id).values(values)).rowcount:
        tx.execute(insert(table), values)


def forget(tx: Connection, source_id: str) -> None:
    """Drop a subscription."""
    tx.execute(delete(table).where(table.c.source_id == source_id))


def due(tx: Connection, site: str, limit: int, now: datetime) -> tuple[tuple[Subscription, bool], ...]:
    """Subscriptions for which something is to be done now, longest due first, and whether their source is enabled.

    `site` is the public address of the callbacks, "" when there is none.
    """
    live, wanted = table.c.state.in_(_LIVE), and_(source.c.enabled, table.c.offered)
    leaving = table.c.state == Agreement.LEAVING.value
    ready = and_(table.c.due_at <= now, or_(leaving, wanted) if site else leaving)
    at_odds = and_(live, or_(~wanted, table.c.site != site))
    idle = and_(~table.c.offered, ~live, ~leaving)
    query = (
        select(table, source.c.enabled)
        .join(source, source.c.id == table.c.source_id)
        .where(or_(ready, at_odds, idle))
        .order_by(table.c.due_at, table.c.source_id)
        .limit(limit)
    )
    return tuple((_subscription(row), row.enabled) for row in tx.execute(query))


def note_offer(tx: Connection, source_id: str, hub: Hub, now: datetime) -> None:
    """Record which hub a good listing of a source names."""
    before = of_source(tx, source_id)
    after = websub.offered(before, source_id, hub, now)
    if after is not None and after != before:
        save(tx, after)


def note_check(tx: Connection, source_id: str, new: int, now: datetime) -> bool:
    """Record what a check found; returns whether the source's hub can be relied on, so that polling may slow down."""
    found = of_source(tx, source_id)
    if not websub.relied_on(found, now):
        return False
    if new:
        tx.execute(update(table).where(table.c.source_id == source_id).values(missed_at=now))
    return not new


def note_push(tx: Connection, source_id: str, now: datetime) -> None:
    """Record that a genuine push came."""
    tx.execute(update(table).where(table.c.source_id == source_id).values(pushed_at=now))


def hasten(tx: Connection, source_id: str, now: datetime) -> None:
    """Make a working source due at once, not sooner than a minute after its last check."""
    row = tx.execute(select(source.c.due_at, source.c.last_checked).where(source.c.id == source_id)).one()
    at = max(now, row.last_checked + _PAUSE) if row.last_checked else now
    working = and_(source.c.id == source_id, source.c.failures == 0, source.c.gone_at.is_(None), source.c.due_at > at)
    tx.execute(update(source).where(working).values(due_at=at))


def widen_window(tx: Connection, source_id: str, url: str, url_keys: list[str], most: int) -> None:
    """Count pushed entries among the last listing's, so that a later poll that begins after it is no gap."""
    mine = and_(listed_window.c.source_id == source_id, listed_window.c.url == url)
    row = tx.execute(select(listed_window.c.entry_keys).where(mine)).one_or_none()
    if row is None:
        return
    keys = list(dict.fromkeys([*row.entry_keys, *(signed(key) for key in url_keys)]))
    tx.execute(update(listed_window).where(mine).values(entry_keys=keys[-most:]))


def _subscription(row: AnyRow) -> Subscription:
    values = {name: getattr(row, name) for name in _NAMES}
    return Subscription(**values | {"state": Agreement(row.state), "token": row.token or ""})
