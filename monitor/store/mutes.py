"""Mutes: what nobody wants to hear of for a while. Always with an end, and kept when they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from monitor.model import Mute, MuteKind
from monitor.store.handwork import resolved
from monitor.store.rows import AnyRow
from monitor.store.tables import mute as table


def add(
    tx: Connection, kind: MuteKind, target: str, until: datetime, who: str, now: datetime, *, note: str = ""
) -> int:
    """Mute a story (its number), a source or a rule; returns the mute's id."""
    values = {"kind": kind.value, "target": target, "until": until, "created": now, "who": who, "note": note}
    return tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one()


def end(tx: Connection, mute_id: int, now: datetime) -> bool:
    """End a mute before its time. False: there is none, or it is over."""
    wanted = and_(table.c.id == mute_id, table.c.ended.is_(None), table.c.until > now)
    return tx.execute(update(table).where(wanted).values(ended=now)).rowcount > 0


def active(tx: Connection, now: datetime) -> tuple[Mute, ...]:
    """The mutes in force: a mute is over at the second that it names."""
    # The one that lasts longest last: it wins where the same thing is muted twice.
    found = [
        _mute_of(row) for row in tx.execute(select(table).where(_in_force(now)).order_by(table.c.until, table.c.id))
    ]
    return tuple(_now(tx, one) for one in found)


def _in_force(now: datetime) -> ColumnElement[bool]:
    return and_(table.c.created <= now, table.c.until > now, table.c.ended.is_(None))


def _now(tx: Connection, one: Mute) -> Mute:
    """A story that was merged into another one since is muted there."""
    return replace(one, target=str(resolved(tx, int(one.target)))) if one.kind is MuteKind.STORY else one


def page(
    tx: Connection, limit: int, after: int | None = None, *, active_at: datetime | None = None
) -> tuple[tuple[Mute, ...], int | None]:
    """Mutes (all ever, or those in force at a moment), newest first, below id `after`; with the next `after`."""
    query = select(table).order_by(table.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(table.c.id < after)
    if active_at is not None:
        query = query.where(_in_force(active_at))
    rows = [_mute_of(row) for row in tx.execute(query)]
    return tuple(rows[:limit]), rows[limit - 1].id if len(rows) > limit else None


def by_id(tx: Connection, mute_id: int) -> Mute | None:
    """One mute."""
    row = tx.execute(select(table).where(table.c.id == mute_id)).first()
    return None if row is None else _mute_of(row)


def _mute_of(row: AnyRow) -> Mute:
    return Mute(row.id, MuteKind(row.kind), row.target, row.until, row.created, row.who, row.note, row.ended)
