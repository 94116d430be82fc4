"""Step three: what is owed and has waited long enough for its group is composed, and its bytes are frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts.channels import Channel
from alerts.owing import FIRST_IMPORT
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, Digest, SourceState, Subject
from monitor.store import Store, alerts, deliveries, edits, entries, sending, sources
from monitor.watch import Watch

_PATIENCE = timedelta(minutes=15)


def flush(store: Store, channels: Mapping[str, Channel], now: datetime) -> int:
    """Compose every delivery that is due and not composed yet; returns how many were frozen.

    One that cannot be composed is dead with the reason, and holds up no other.
    """
    frozen = 0
    with store.write() as tx:
        for delivery in deliveries.without_channel(tx, tuple(channels)):
            sending.failed(tx, delivery.id, _unknown(delivery), None, now)
        for delivery in deliveries.uncomposed(tx, now):
            channel = channels[delivery.destination.channel]
            subject = _subject(tx, delivery)
            try:
                message = channel.compose(subject, delivery.destination, delivery.key)
            except Exception as error:
                sending.failed(tx, delivery.id, _uncomposable(error), None, now)
                continue
            deliveries.freeze(tx, delivery.id, message, now)
            frozen += 1
    return frozen


def _subject(tx: Connection, delivery: Delivery) -> Subject:
    """All that a delivery tells."""
    if delivery.notice is not None:
        return delivery.notice
    if delivery.development_id is None:
        first_import = delivery.kind is DeliveryKind.SUMMARY
        return Digest(alerts.gathered(tx, delivery.id), first_import=first_import)
    if delivery.version_id is not None:
        return edits.notice(tx, delivery.development_id, delivery.version_id)
    return alerts.alert(tx, delivery.development_id)


def _uncomposable(error: Exception) -> DeliveryError:
    return DeliveryError(
        f"the message cannot be composed ({type(error).__name__}: {error}): this is a fault in storywatch",
        permanent=True,
    )


def _unknown(delivery: Delivery) -> DeliveryError:
    name = delivery.destination.channel
    return DeliveryError(
        f"channel {name!r} is not in the config any more: put it back and run `storywatch alerts retry`", permanent=True
    )


def summarise_imports(store: Store, watch: Watch, now: datetime) -> int:
    """Turn what first imports held back into one summary per destination, once no first import is under way.

    Returns how many summaries were made. A source whose first check failed does not keep the others waiting, nor does
    a page that its server puts off for long.
    """
    with store.write() as tx:
        if entries.waiting(tx, first_import=True, due_by=now + _PATIENCE) or _unchecked(watch, sources.states(tx)):
            return 0
        held = deliveries.held(tx, FIRST_IMPORT)
        for destination, rows in held.items():
            summary = deliveries.owe_summary(tx, destination, rows, now)
            deliveries.merge_into(tx, rows, summary, "told in the summary of the first import")
    return len(held)


def _unchecked(watch: Watch, states: Sequence[SourceState]) -> bool:
    """Whether some enabled source was not even tried yet."""
    tried = {state.source_id for state in states if state.last_checked is not None}
    return any(source.enabled and source.id not in tried for source in watch.sources.values())
