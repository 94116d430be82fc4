"""Step four: an intent is recorded, the frozen bytes are sent by the caller, the result is recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from alerts.retry import next_attempt
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Receipt
from monitor.store import Store, lanes, sending

# A receiver is asked whether it has an ambiguous delivery this long after the try, and this long after the first look:
# what it took a moment ago it may not show yet.
_LOOKS = (timedelta(seconds=5), timedelta(seconds=25))
# No channel waits longer between two tries; what is due later was put off before the clock was set back.
_FURTHEST = timedelta(hours=27)
# More than a clock is put right by as a matter of course.
_SET_BACK = timedelta(minutes=1)


def claim_delivery(
    store: Store, owner: str, now: datetime, *, channel: str | None = None, reconciles: bool = False
) -> Delivery | None:
    """Claim one due delivery of a channel (None: of any). Its intent is committed when this returns.

    `reconciles`: the receiver can be asked for an ambiguous one, which is not sent again before that.
    """
    with store.write() as tx:
        sending.pull_in(tx, now + _FURTHEST, now)
        delivery = sending.claim(tx, owner, now, channel=channel, reconciles=reconciles)
        if delivery is not None:
            crashpoint("R3" if delivery.may_repeat else "D2")
    if delivery is not None:
        crashpoint("D3")
    return delivery


def set_back(store: Store, now: datetime) -> int:
    """The clock was set back: nothing waits for a time that may be far away now; returns how many are due at once."""
    with store.write() as tx:
        return sending.pull_in(tx, now, now)


def to_look(store: Store, channel: str, now: datetime) -> Delivery | None:
    """The delivery that the receiver behind a channel is to be asked for now."""
    with store.read() as tx:
        return sending.to_look(tx, channel, now)


def record_sent(store: Store, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
    """Commit that a receiver took the message."""
    with store.write() as tx:
        sending.sent(tx, delivery.id, receipt, now, joined=delivery.thread_ref)
        crashpoint("D8")


def record_look(store: Store, delivery: Delivery, receipt: Receipt | None, said: str, now: datetime) -> None:
    """Commit what the receiver showed when it was asked for a delivery: it has it, or not (`said`: what it showed).

    After the last look without it, it is due at once and goes again with its mark.
    """
    crashpoint("R2")
    with store.write() as tx:
        if receipt is not None:
            sending.sent(tx, delivery.id, receipt, now)
        else:
            last = delivery.looks + 1 >= sending.MOST_LOOKS
            sending.not_found(tx, delivery.id, said, now if last else now + _LOOKS[1])


def record_failure(
    store: Store,
    delivery: Delivery,
    error: DeliveryError,
    first: timedelta,
    now: datetime,
    *,
    jitter: float,
    reconciles: bool = False,
) -> datetime | None:
    """Commit a failed attempt with its next one; None: dead, kept and shown, sent again by `alerts retry`.

    A pause that the receiver asked for, and a lane that is switched off, hold the whole channel and are no attempt.
    """
    again = _again(delivery, error, first, now, jitter, reconciles)
    if error.retry_after is not None:
        crashpoint("D10")
    with store.write() as tx:
        lane = Destination(delivery.destination.channel)
        if error.off:
            lanes.off(tx, lane, str(error), now)
        elif error.retry_after is not None and again is not None:
            lanes.pause(tx, lane, again, str(error), now)
        sending.failed(tx, delivery.id, error, again, now, counts=not (error.off or error.retry_after is not None))
    return again


def _again(
    delivery: Delivery, error: DeliveryError, first: timedelta, now: datetime, jitter: float, reconciles: bool
) -> datetime | None:
    """When to go on with a delivery: what a lane holds is due at once when the lane is open again."""
    if error.off:
        return now
    again = next_attempt(error, delivery.attempts, delivery.created, first, now, jitter)
    if error.ambiguous and reconciles and again is not None:
        return now + _LOOKS[0]
    return again


def recover(store: Store, now: datetime) -> int:
    """At start: what a dead process was sending is ambiguous now; returns how many deliveries that are.

    Where the clock was set back since the last try, nothing waits for a time that may be far away now.
    """
    with store.write() as tx:
        crashpoint("R1")
        unclear = sending.recover(tx, now + _LOOKS[0], now)
        latest = sending.latest(tx)
        if latest is not None and latest > now + _SET_BACK:
            sending.pull_in(tx, now + _LOOKS[0], now)
        return unclear


def open_lanes(store: Store, channels: Collection[str] | None = None, *, unsubscribed: bool = False) -> tuple[str, ...]:
    """Let channels (None: all) that were switched off try again, as their cause may be mended; returns their names."""
    with store.write() as tx:
        return lanes.on(tx, channels, unsubscribed=unsubscribed)
