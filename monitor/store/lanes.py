"""Lanes: which ways to receivers rest or are switched off, and why. They outlive a restart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, true, update

from monitor.model import Destination
from monitor.store.columns import insert_new
from monitor.store.tables import delivery
from monitor.store.tables import lane as table

# No receiver is given a longer pause; one that ends later was stored before the clock was set back.
LONGEST_PAUSE = timedelta(minutes=20)
UNSUBSCRIBED = "unsubscribed by mail link"
_UNSUBSCRIBED = table.c.reason.startswith(UNSUBSCRIBED)
# Statements that every wake-up of a sender asks are made once: making one costs more than asking the database.
_SHUT = or_(
    table.c.off_since.is_not(None),
    and_(table.c.paused_until > bindparam("now"), table.c.paused_until <= bindparam("longest")),
)
# Inside a query of deliveries: the lane to its destination, or the whole channel, is off or rests; see `at`.
CLOSED = (
    select(table.c.channel)
    .where(table.c.channel == delivery.c.channel, table.c.address.in_(("", delivery.c.address)), _SHUT)
    .correlate(delivery)
    .exists()
)
_WISHES = select(table).where(_UNSUBSCRIBED)
_LANES = select(table).where(_SHUT).order_by(table.c.channel, table.c.address)


@dataclass(frozen=True, slots=True)
class Lane:
    """A way to a receiver that rests until `paused_until` or is off since `off_since`; address "": a whole channel."""

    place: Destination
    paused_until: datetime | None
    off_since: datetime | None
    reason: str


def pause(tx: Connection, place: Destination, until: datetime, reason: str, now: datetime) -> None:
    """Let nothing be sent there before `until`; at most LONGEST_PAUSE. A lane that is off stays as it is."""
    _make(tx, place)
    values = {"paused_until": min(until, now + LONGEST_PAUSE), "reason": reason}
    tx.execute(update(table).where(_same(place), table.c.off_since.is_(None)).values(values))


def off(tx: Connection, place: Destination, reason: str, now: datetime) -> bool:
    """Send nothing there until a person mends the cause. False when it was off already: that reason stays."""
    _make(tx, place)
    values = {"off_since": now, "paused_until": None, "reason": reason}
    return tx.execute(update(table).where(_same(place), table.c.off_since.is_(None)).values(values)).rowcount > 0


def on(tx: Connection, channels: Collection[str] | None = None, *, unsubscribed: bool = False) -> tuple[str, ...]:
    """Switch on again what is off, of these channels or (None) of all; returns the channels that were off.

    Who unsubscribed stays so, unless asked for: no mended cause changes that wish.
    """
    among_them = true() if channels is None else table.c.channel.in_(channels)
    wished = true() if unsubscribed else ~_UNSUBSCRIBED
    gone = delete(table).where(among_them, wished, table.c.off_since.is_not(None)).returning(table.c.channel)
    return tuple(sorted(set(tx.scalars(gone))))


def unsubscribe(tx: Connection, place: Destination, now: datetime) -> None:
    """A reader wants no more: nothing is owed to this destination from now on. The first time counts."""
    _make(tx, place)
    values = {"off_since": now, "paused_until": None, "reason": f"{UNSUBSCRIBED} on {now:%Y-%m-%d}"}
    tx.execute(update(table).where(_same(place), ~_UNSUBSCRIBED).values(values))
    silence(tx)


def subscribe(tx: Connection, place: Destination) -> None:
    """The reader wants alerts again, from now on."""
    tx.execute(delete(table).where(_same(place), _UNSUBSCRIBED))


def unsubscribed(tx: Connection) -> dict[Destination, str]:
    """Who wants no more, and since when in words."""
    rows = tx.execute(_WISHES)
    return {Destination(row.channel, row.address): row.reason for row in rows}


def silence(tx: Connection) -> int:
    """Suppress what waits for those who unsubscribed; returns how many."""
    count = 0
    waiting = delivery.c.state.in_(("pending", "held", "ambiguous"))
    for place, reason in unsubscribed(tx).items():
        there = and_(delivery.c.channel == place.channel, delivery.c.address == place.address)
        values = {"state": "suppressed", "reason": reason}
        count += tx.execute(update(delivery).where(there, waiting).values(values)).rowcount
    return count


def lanes(tx: Connection, now: datetime) -> tuple[Lane, ...]:
    """Every lane that is off or rests now."""
    return tuple(
        Lane(Destination(row.channel, row.address), row.paused_until, row.off_since, row.reason)
        for row in tx.execute(_LANES, at(now))
    )


def at(now: datetime) -> dict[str, datetime]:
    """The moment that a statement with CLOSED in it is executed with."""
    return {"now": now, "longest": now + LONGEST_PAUSE}


def _same(place: Destination) -> ColumnElement[bool]:
    return and_(table.c.channel == place.channel, table.c.address == place.address)


def _make(tx: Connection, place: Destination) -> None:
    values = {"channel": place.channel, "address": place.address, "reason": ""}
    tx.execute(insert_new(tx, table).values(values))
