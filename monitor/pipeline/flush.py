"""Step three: what is owed and has waited long enough for its group is composed, and its bytes are frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from alerts.calm import STORM
from alerts.channels import Channel
from alerts.compose import MOST_DEVELOPMENTS
from alerts.owing import FIRST_IMPORT
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, Digest, SourceState, Subject
from monitor.pipeline import hold
from monitor.store import Store, alerts, deliveries, edits, entries, lanes, sending, sources
from monitor.watch import Watch

# Storms are decided about in pieces, so that nobody else waits long for the archive.
BATCH = 200
_PATIENCE = timedelta(minutes=15)


def flush(store: Store, watch: Watch, channels: Mapping[str, Channel], now: datetime) -> int:
    """Compose every delivery that is due, not composed yet and may interrupt now; returns how many were frozen.

    One that cannot be composed is dead with the reason, and holds up no other.
    """
    with store.write() as tx:
        lanes.silence(tx)
        hold.release(tx, watch, now)
        hold.rest(tx, watch, now)
        for delivery in deliveries.without_channel(tx, tuple(channels)):
            sending.failed(tx, delivery.id, _unknown(delivery), None, now)
        seen, frozen = _flush_some(tx, watch, channels, now)
    crashpoint("G3")
    while seen == BATCH:
        with store.write() as tx:
            seen, more = _flush_some(tx, watch, channels, now)
        frozen += more
    return frozen


def _flush_some(tx: Connection, watch: Watch, channels: Mapping[str, Channel], now: datetime) -> tuple[int, int]:
    """Decide about the first deliveries that are due; how many those were, and how many were frozen."""
    due = deliveries.uncomposed(tx, now, BATCH)
    if not due:
        return 0, 0
    go = hold.decided(tx, hold.desk(tx, watch, now), due, now)
    return len(due), sum(_composed(tx, channels[one.destination.channel], one, now) for one in go)


def _composed(tx: Connection, channel: Channel, delivery: Delivery, now: datetime) -> bool:
    """Freeze the bytes of a delivery, or record why there are none."""
    try:
        message = channel.compose(_subject(tx, delivery), delivery.destination, delivery.key)
    except SQLAlchemyError:
        raise
    except Exception as error:
        sending.failed(tx, delivery.id, _uncomposable(error), None, now)
        return False
    deliveries.freeze(tx, delivery.id, message, now)
    return True


def _subject(tx: Connection, delivery: Delivery) -> Subject:
    """All that a delivery tells."""
    if delivery.notice is not None:
        return delivery.notice
    if delivery.kind is DeliveryKind.DIGEST:
        return _digest(tx, delivery)
    if delivery.development_id is None:
        return Digest(alerts.gathered(tx, delivery.id), first_import=True)
    if delivery.version_id is not None:
        return edits.notice(tx, delivery.development_id, delivery.version_id)
    return alerts.alert(tx, delivery.development_id)


def _digest(tx: Connection, delivery: Delivery) -> Subject:
    """What was held, the newest of it by name; a digest of one tells that one in full."""
    turns, altered = alerts.gathered_counts(tx, delivery.id)
    told = alerts.gathered(tx, delivery.id, MOST_DEVELOPMENTS)
    notices = edits.gathered(tx, delivery.id, max(0, MOST_DEVELOPMENTS - len(told)))
    if turns + altered == 1:
        return told[0] if told else notices[0]
    reasons = tuple(delivery.reason.split("; "))
    more = turns + altered - len(told) - len(notices)
    return Digest(told, notices, reasons, more=more, storm=all(one.startswith(STORM) for one in reasons))


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
