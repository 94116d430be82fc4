"""Sending: a delivery is claimed with its intent in the journal, and what became of it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select, true, update
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Destination, Receipt
from monitor.store import lanes, threads
from monitor.store.columns import among
from monitor.store.deliveries import UNDELIVERED, by_id
from monitor.store.tables import attempt, merged_story, thread
from monitor.store.tables import delivery as table

_PENDING, _SENDING, _AMBIGUOUS = (
    DeliveryState.PENDING.value,
    DeliveryState.SENDING.value,
    DeliveryState.AMBIGUOUS.value,
)
# How often a receiver is asked for a delivery that it may have, before it is sent again with a mark.
MOST_LOOKS = 2
# Statements that every wake-up of a sender asks are made once: making one costs more than asking the database.
_earlier = table.alias("earlier")
_OVERTAKEN = (
    select(_earlier.c.id)
    .where(
        _earlier.c.story_id == table.c.story_id,
        _earlier.c.channel == table.c.channel,
        _earlier.c.address == table.c.address,
        _earlier.c.id < table.c.id,
        among(_earlier.c.state, UNDELIVERED),
    )
    .correlate(table)
    .exists()
)
_READY = and_(
    among(table.c.state, UNDELIVERED),
    table.c.state != _SENDING,
    table.c.due_at <= bindparam("now"),
    ~_OVERTAKEN,
    ~lanes.CLOSED,
)
_ITS_CHANNEL = table.c.channel == bindparam("its_channel")
_LOOKED_FOR = or_(table.c.state != _AMBIGUOUS, table.c.looks >= MOST_LOOKS)
_TO_LOOK = (
    select(table.c.id)
    .where(_READY, _ITS_CHANNEL, table.c.state == _AMBIGUOUS, ~_LOOKED_FOR)
    .order_by(table.c.due_at, table.c.id)
    .limit(1)
)
_NEXT_NUMBER = (
    select(func.coalesce(func.max(attempt.c.number), 0) + 1)
    .where(attempt.c.delivery_id == bindparam("its_delivery"))
    .scalar_subquery()
)
_INTEND = insert(attempt).values(
    delivery_id=bindparam("its_delivery"),
    owner=bindparam("owner"),
    started=bindparam("now"),
    detail="",
    number=_NEXT_NUMBER,
)
_PULL_IN = (
    update(table)
    .where(among(table.c.state, UNDELIVERED), table.c.state != _SENDING, table.c.due_at > bindparam("furthest"))
    .values(due_at=bindparam("now"))
)


@cache
def _take(*, one_channel: bool, reconciles: bool) -> ReturningUpdate[int]:
    """The statement that takes what is due longest."""
    free = and_(
        _READY,
        _ITS_CHANNEL if one_channel else true(),
        table.c.body.is_not(None),
        _LOOKED_FOR if reconciles else true(),
    )
    chosen = (
        select(table.c.id)
        .where(free)
        .order_by(table.c.due_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte()
    )
    marked = or_(table.c.may_repeat, table.c.state == _AMBIGUOUS)
    return (
        update(table)
        .where(table.c.id.in_(select(chosen.c.id)), free)
        .values(state=_SENDING, lease_owner=bindparam("owner"), attempts=table.c.attempts + 1, may_repeat=marked)
        .returning(table.c.id)
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send; `outcome` is sent, failed or ambiguous, None while it is under way."""

    delivery_id: int
    number: int
    started: datetime
    ended: datetime | None
    outcome: str | None
    detail: str


def claim(
    tx: Connection, owner: str, now: datetime, *, channel: str | None = None, reconciles: bool = False
) -> Delivery | None:
    """Take the composed delivery (of one channel, or of any) that has been due longest; journal the intent to send it.

    Within one story and destination the order is kept: an earlier one that is not delivered holds up the later. One
    whose last try may have been taken is marked; where the receiver can be asked (`reconciles`) only after MOST_LOOKS.
    """
    take = _take(one_channel=channel is not None, reconciles=reconciles)
    taken = tx.execute(take, lanes.at(now) | {"its_channel": channel, "owner": owner}).scalar()
    if taken is None:
        return None
    crashpoint("D1")
    _intend(tx, taken, owner, now)
    return by_id(tx, taken)


def to_look(tx: Connection, channel: str, now: datetime) -> Delivery | None:
    """The delivery of a channel that its receiver is to be asked for now: it may have it."""
    found = tx.scalar(_TO_LOOK, lanes.at(now) | {"its_channel": channel})
    return None if found is None else by_id(tx, found)


def _intend(tx: Connection, delivery_id: int, owner: str, now: datetime) -> None:
    tx.execute(_INTEND, {"its_delivery": delivery_id, "owner": owner, "now": now})


def _journal(tx: Connection, open_: ColumnElement[bool], outcome: str, detail: str, now: datetime) -> None:
    wanted = and_(attempt.c.outcome.is_(None), open_)
    tx.execute(update(attempt).where(wanted).values(outcome=outcome, detail=detail, ended=now))


def sent(tx: Connection, delivery_id: int, receipt: Receipt, now: datetime, *, joined: str | None = None) -> bool:
    """Record that a receiver took a delivery; `receipt.ref` is the root that later ones of its story will join.

    `joined`: the root that it was sent to, "" when it was to become one, None when nobody knows.

    False when it was settled otherwise meanwhile. That the receiver took it is true whoever holds the lease by now.
    """
    wanted = and_(table.c.id == delivery_id, table.c.state.in_(UNDELIVERED))
    values = {"state": "sent", "sent_at": now, "provider_ref": receipt.ref, "last_error": "", "lease_owner": None}
    taken = update(table).where(wanted).values(values).returning(table.c.story_id, table.c.channel, table.c.address)
    row = tx.execute(taken).first()
    if row is None:
        return False
    _journal(tx, attempt.c.delivery_id == delivery_id, "sent", receipt.detail, now)
    place = Destination(row.channel, row.address)
    if receipt.ref and row.story_id is not None and _names_root(tx, row.story_id, place, joined):
        threads.remember_root(tx, row.story_id, place, receipt.ref, now, delivery_id=delivery_id)
    return True


def _names_root(tx: Connection, story_id: int, place: Destination, joined: str | None) -> bool:
    """Whether an answer names the story's root there: not when it got another one meanwhile, by being merged."""
    same = and_(thread.c.story_id == story_id, thread.c.channel == place.channel, thread.c.address == place.address)
    current = tx.scalar(select(thread.c.ref).where(same))
    if joined is not None:
        return current in (None, joined)
    others = select(merged_story.c.story_id).where(merged_story.c.into_id == story_id)
    return current is None or tx.execute(others).first() is None


def failed(
    tx: Connection,
    delivery_id: int,
    error: DeliveryError,
    next_due: datetime | None,
    now: datetime,
    *,
    owner: str | None = None,
    counts: bool = True,
) -> bool:
    """Record a try that was not taken, or perhaps was; next one at `next_due`, None: dead. `counts`: it was a real try.

    False, with nothing stored, when it is settled already or, where `owner` is given, when another one has it.
    """
    values: dict[str, Any] = {"last_error": str(error), "lease_owner": None}
    if next_due is None:
        # Sent again by hand one day, it has to say that it may have been taken.
        unclear = true() if error.ambiguous else table.c.state == _AMBIGUOUS
        values |= {"state": DeliveryState.DEAD.value, "may_repeat": or_(table.c.may_repeat, unclear)}
    else:
        values |= {"state": _AMBIGUOUS if error.ambiguous else _PENDING, "due_at": next_due, "looks": 0}
    if not counts:
        values["attempts"] = table.c.attempts - 1
    wanted = and_(table.c.id == delivery_id, table.c.state.in_(UNDELIVERED))
    if owner is not None:
        wanted = and_(wanted, table.c.lease_owner == owner)
    if tx.execute(update(table).where(wanted).values(values)).rowcount == 0:
        return False
    outcome = "ambiguous" if error.ambiguous else "failed"
    _journal(tx, attempt.c.delivery_id == delivery_id, outcome, str(error), now)
    return True


def not_found(tx: Connection, delivery_id: int, said: str, next_due: datetime) -> bool:
    """Record that the receiver did not show an ambiguous delivery when it was asked. False: it is settled already."""
    wanted = and_(table.c.id == delivery_id, table.c.state == _AMBIGUOUS)
    values = {"looks": table.c.looks + 1, "due_at": next_due, "last_error": said}
    return tx.execute(update(table).where(wanted).values(values)).rowcount > 0


def recover(tx: Connection, look_at: datetime, now: datetime) -> int:
    """At start, under the archive lock: what a dead process was sending may have been taken; returns how many."""
    detail = "the process ended before an answer was recorded"
    cut_off = select(table.c.id).where(table.c.state == _SENDING)
    _journal(tx, attempt.c.delivery_id.in_(cut_off), "ambiguous", detail, now)
    values = {"state": _AMBIGUOUS, "due_at": look_at, "looks": 0, "last_error": detail, "lease_owner": None}
    return tx.execute(update(table).where(table.c.state == _SENDING).values(values)).rowcount


def latest(tx: Connection) -> datetime | None:
    """The last moment at which anything was tried, or owed that is not delivered yet; None when nothing ever was."""
    tried, owed = (
        tx.scalar(select(func.max(attempt.c.started))),
        tx.scalar(select(func.max(table.c.created)).where(among(table.c.state, UNDELIVERED))),
    )
    return max((one for one in (tried, owed) if one is not None), default=None)


def pull_in(tx: Connection, furthest: datetime, now: datetime) -> int:
    """Make due now what waits for a time that no wait reaches: the clock was set back; returns how many."""
    return tx.execute(_PULL_IN, {"furthest": furthest, "now": now}).rowcount


def resend(tx: Connection, ids: Sequence[int] | None, now: datetime, *, channel: str | None = None) -> int:
    """Give dead deliveries (None: all; `channel`: of one) another chance, now; returns how many, of the same bytes.

    What went wrong before stays in the journal: the row says what goes wrong from now on.
    """
    wanted: ColumnElement[bool] = table.c.state == DeliveryState.DEAD.value
    if ids is not None:
        wanted = and_(wanted, table.c.id.in_(ids))
    if channel is not None:
        wanted = and_(wanted, table.c.channel == channel)
    return tx.execute(update(table).where(wanted).values(state=_PENDING, due_at=now, last_error="")).rowcount


def attempts_of(tx: Connection, delivery_id: int) -> tuple[Attempt, ...]:
    """The journal of one delivery, first try first."""
    return journals(tx, [delivery_id]).get(delivery_id, ())


def journals(tx: Connection, delivery_ids: Sequence[int]) -> dict[int, tuple[Attempt, ...]]:
    """The journal of every delivery that was tried, by its id, first try first."""
    query = select(attempt).where(attempt.c.delivery_id.in_(delivery_ids)).order_by(attempt.c.number)
    found: dict[int, tuple[Attempt, ...]] = {}
    for row in tx.execute(query):
        made = Attempt(row.delivery_id, row.number, row.started, row.ended, row.outcome, row.detail)
        found[row.delivery_id] = (*found.get(row.delivery_id, ()), made)
    return found
