"""Sending: a delivery is claimed with its intent in the journal, and what became of it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, true, update

from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Destination, Receipt
from monitor.store.columns import among, insert_new
from monitor.store.deliveries import UNDELIVERED, by_id
from monitor.store.tables import attempt, thread
from monitor.store.tables import delivery as table

_PENDING, _SENDING, _AMBIGUOUS = (
    DeliveryState.PENDING.value,
    DeliveryState.SENDING.value,
    DeliveryState.AMBIGUOUS.value,
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


def claim(tx: Connection, owner: str, now: datetime, *, channel: str | None = None) -> Delivery | None:
    """Take the composed delivery (of one channel, or of any) that has been due longest; journal the intent to send it.

    Within one story and destination the order is kept: an earlier one that is not delivered holds up the later.
    """
    free = and_(
        among(table.c.state, UNDELIVERED),
        table.c.state != _SENDING,
        table.c.due_at <= now,
        table.c.body.is_not(None),
        true() if channel is None else table.c.channel == channel,
        ~_overtaken(),
    )
    chosen = (
        select(table.c.id)
        .where(free)
        .order_by(table.c.due_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte()
    )
    take = (
        update(table)
        .where(table.c.id.in_(select(chosen.c.id)), free)
        .values(state=_SENDING, lease_owner=owner, attempts=table.c.attempts + 1)
        .returning(table.c.id)
    )
    taken = tx.execute(take).scalar()
    if taken is None:
        return None
    _intend(tx, taken, owner, now)
    return by_id(tx, taken)


def _overtaken() -> ColumnElement[bool]:
    earlier = table.alias("earlier")
    return (
        select(earlier.c.id)
        .where(
            earlier.c.story_id == table.c.story_id,
            earlier.c.channel == table.c.channel,
            earlier.c.address == table.c.address,
            earlier.c.id < table.c.id,
            among(earlier.c.state, UNDELIVERED),
        )
        .correlate(table)
        .exists()
    )


def _intend(tx: Connection, delivery_id: int, owner: str, now: datetime) -> None:
    number = select(func.coalesce(func.max(attempt.c.number), 0) + 1).where(attempt.c.delivery_id == delivery_id)
    values = {"delivery_id": delivery_id, "owner": owner, "started": now, "detail": ""}
    tx.execute(insert(attempt).values(**values, number=number.scalar_subquery()))


def _journal(tx: Connection, open_: ColumnElement[bool], outcome: str, detail: str, now: datetime) -> None:
    wanted = and_(attempt.c.outcome.is_(None), open_)
    tx.execute(update(attempt).where(wanted).values(outcome=outcome, detail=detail, ended=now))


def sent(tx: Connection, delivery_id: int, receipt: Receipt, now: datetime) -> bool:
    """Record that a receiver took a delivery; `receipt.ref` is the root that later ones of its story will join.

    False when it was settled otherwise meanwhile. That the receiver took it is true whoever holds the lease by now.
    """
    wanted = and_(table.c.id == delivery_id, table.c.state.in_(UNDELIVERED))
    values = {"state": "sent", "sent_at": now, "provider_ref": receipt.ref, "last_error": "", "lease_owner": None}
    taken = update(table).where(wanted).values(values).returning(table.c.story_id, table.c.channel, table.c.address)
    row = tx.execute(taken).first()
    if row is None:
        return False
    _journal(tx, attempt.c.delivery_id == delivery_id, "sent", receipt.detail, now)
    if receipt.ref and row.story_id is not None:
        _remember_root(tx, row.story_id, Destination(row.channel, row.address), receipt.ref, now)
    return True


def _remember_root(tx: Connection, story_id: int, destination: Destination, ref: str, now: datetime) -> None:
    """Keep the root that later messages join; a receiver that lost the old one has named a new one."""
    place = {"story_id": story_id, "channel": destination.channel, "address": destination.address}
    tx.execute(insert_new(tx, thread).values(**place, ref=ref, created=now, told=0, count_tries=0, count_error=""))
    same = and_(*(thread.c[name] == value for name, value in place.items()))
    tx.execute(update(thread).where(same, thread.c.ref != ref).values(ref=ref, created=now))


def failed(
    tx: Connection,
    delivery_id: int,
    error: DeliveryError,
    next_due: datetime | None,
    now: datetime,
    *,
    owner: str | None = None,
) -> bool:
    """Record a try that was not taken, or perhaps was; next one at `next_due`, None: dead.

    False, with nothing stored, when it is settled already or, where `owner` is given, when another one has it.
    """
    again = _AMBIGUOUS if error.ambiguous else _PENDING
    values: dict[str, Any] = {"state": again, "due_at": next_due, "last_error": str(error), "lease_owner": None}
    if next_due is None:
        values = {"state": DeliveryState.DEAD.value, "last_error": str(error), "lease_owner": None}
    if error.ambiguous:
        values["may_repeat"] = True
    wanted = and_(table.c.id == delivery_id, table.c.state.in_(UNDELIVERED))
    if owner is not None:
        wanted = and_(wanted, table.c.lease_owner == owner)
    if tx.execute(update(table).where(wanted).values(values)).rowcount == 0:
        return False
    outcome = "ambiguous" if error.ambiguous else "failed"
    _journal(tx, attempt.c.delivery_id == delivery_id, outcome, str(error), now)
    return True


def recover(tx: Connection, now: datetime) -> int:
    """At start, under the archive lock: let what a dead process was sending go out again, marked; returns how many."""
    detail = "the process ended before an answer was recorded"
    cut_off = select(table.c.id).where(table.c.state == _SENDING)
    _journal(tx, attempt.c.delivery_id.in_(cut_off), "ambiguous", detail, now)
    values = {"state": _PENDING, "may_repeat": True, "last_error": detail, "lease_owner": None}
    return tx.execute(update(table).where(table.c.state == _SENDING).values(values)).rowcount


def resend(tx: Connection, ids: Sequence[int] | None, now: datetime) -> int:
    """Give dead deliveries (None: all of them) another chance, now; returns how many. Their bytes stay the same."""
    wanted: ColumnElement[bool] = table.c.state == DeliveryState.DEAD.value
    if ids is not None:
        wanted = and_(wanted, table.c.id.in_(ids))
    return tx.execute(update(table).where(wanted).values(state=_PENDING, due_at=now)).rowcount


def attempts_of(tx: Connection, delivery_id: int) -> tuple[Attempt, ...]:
    """The journal of one delivery, first try first."""
    query = select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.number)
    return tuple(
        Attempt(row.delivery_id, row.number, row.started, row.ended, row.outcome, row.detail)
        for row in tx.execute(query)
    )
