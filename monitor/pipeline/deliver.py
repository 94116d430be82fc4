"""Step four: an intent is recorded, the frozen bytes are sent by the caller, the result is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.retry import next_attempt
from monitor.errors import DeliveryError
from monitor.model import Delivery, Receipt
from monitor.store import Store, sending


def claim_delivery(store: Store, owner: str, now: datetime, *, channel: str | None = None) -> Delivery | None:
    """Claim one due delivery of a channel (None: of any). Its intent is committed when this returns."""
    with store.write() as tx:
        return sending.claim(tx, owner, now, channel=channel)


def record_sent(store: Store, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
    """Commit that a receiver took the message."""
    with store.write() as tx:
        sending.sent(tx, delivery.id, receipt, now)


def record_failure(
    store: Store, delivery: Delivery, error: DeliveryError, first: timedelta, now: datetime, *, jitter: float
) -> datetime | None:
    """Commit a failed attempt with its next one; None: dead, kept and shown, sent again by `alerts retry`."""
    again = next_attempt(error, delivery.attempts, delivery.created, first, now, jitter)
    with store.write() as tx:
        sending.failed(tx, delivery.id, error, again, now)
    return again
