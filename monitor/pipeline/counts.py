"""The root's count: when more outlets carry what a root announced, it is made to say so, without a ping.

As in sending, what is to be done is claimed and recorded here, and the network is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts.channels.contract import Counting
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, Message
from monitor.store import Store, alerts, deliveries, threads

MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Recount:
    """What a root is to say from now on: `message`, in which `told` outlets carry its development."""

    count: threads.Count
    delivery: Delivery
    message: Message
    told: int


def claim_count(store: Store, channel: Counting, now: datetime) -> Recount | None:
    """Claim a root of a channel that is to say more, with its new message. None: all of them are right."""
    with store.read() as tx:
        if not threads.any_due(tx, channel.id, now):
            return None
    while True:
        with store.write() as tx:
            count = threads.claim_count(tx, channel.id, now)
            if count is None:
                return None
            found = _recounted(tx, channel, count)
            if found is not None:
                return found
            # It says so already: on with the next.


def _recounted(tx: Connection, channel: Counting, count: threads.Count) -> Recount | None:
    delivery = deliveries.by_id(tx, count.delivery_id)
    if delivery is None or delivery.development_id is None or delivery.kind is not DeliveryKind.DEVELOPMENT:
        # A notice of an edit became the root: it tells no outlets.
        threads.counted(tx, count, count.told)
        return None
    told = threads.outlets(tx, delivery.development_id)
    message = channel.compose(alerts.alert(tx, delivery.development_id), delivery.destination, delivery.key)
    # What it said first is known by its frozen words only.
    first = delivery.message if count.told == 0 else None
    if told == count.told or (first is not None and first.body == message.body):
        threads.counted(tx, count, told)
        return None
    return Recount(count, delivery, message, told)


def record_count(store: Store, done: Recount) -> None:
    """Commit what the root says now."""
    with store.write() as tx:
        threads.counted(tx, done.count, done.told)


def record_miscount(store: Store, failed: Recount, error: DeliveryError, now: datetime) -> datetime | None:
    """Commit that a root could not be put right, with the next try; None: the error stays with it, to be seen.

    A root that is gone gets no successor for a count: the next alert of its story makes one.
    """
    tries = failed.count.tries + 1
    again: datetime | None = now + threads.CALM
    if error.retry_after is not None:
        tries, again = failed.count.tries, now + timedelta(seconds=error.retry_after)
    elif error.permanent or tries >= MOST_TRIES:
        again = None
    with store.write() as tx:
        threads.miscounted(tx, failed.count, str(error), again, tries=tries)
    return again
