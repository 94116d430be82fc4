"""Composing what is due: one broken message holds up no other, and nothing waits for a channel that is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.channels.contract import Taken, unheard
from alerts.compose import Telling
from monitor import pipeline
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, DeliveryState, Destination, Message, Receipt, Subject
from monitor.store import deliveries, entries, sending

TRUCE = "A truce was signed at dawn by envoys of the two valleys, ending 11 weeks of shelling along the river. " * 3


class Broken:
    """A channel with a fault: it cannot compose what speaks of a harbour."""

    id = "terminal"
    kind = "console"

    reconciles = False
    telling = Telling("Grain", "", "UTC")

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        if not isinstance(subject, Alert) or "Harbour" in subject.title:
            raise ZeroDivisionError("no such letter")
        return Message(subject.title, subject.title)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        return Receipt()

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return ""


def owed(desk: Any) -> dict[int, Any]:
    with desk.store.read() as tx:
        return {row.id: row for row in deliveries.page(tx, limit=100)[0]}


def test_a_message_that_cannot_be_composed_is_shown_and_holds_up_no_other(desk: Any, article: str) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article)
    desk.file("http://daily.example/b", "Truce signed", TRUCE, "daily")
    desk.tick(minutes=1)
    pipeline.flush(desk.store, desk.watch, {"terminal": Broken()}, desk.now)
    broken, whole = (row for _id, row in sorted(owed(desk).items()))
    assert broken.state is DeliveryState.DEAD and "ZeroDivisionError" in broken.last_error
    assert whole.message == Message("Truce signed", "Truce signed")
    # Mended, it is sent after all.
    with desk.store.write() as tx:
        sending.resend(tx, None, desk.now)
    assert pipeline.flush(desk.store, desk.watch, desk.channels, desk.now) == 1
    assert owed(desk)[broken.id].message is not None


def test_a_page_that_is_asked_for_tomorrow_does_not_hold_up_the_first_summary(desk: Any, article: str) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article, first_import=True)
    late = desk.claim("http://daily.example/b", "daily", first_import=True)
    soon, tomorrow = desk.now + timedelta(minutes=5), desk.now + timedelta(hours=24)
    pipeline.give_up(desk.store, late, "test-owner", desk.now, error="429", retry_at=soon)
    desk.flush()
    assert [row.state for row in owed(desk).values()] == [DeliveryState.HELD]
    with desk.store.write() as tx:
        (again,) = entries.claim_waiting(tx, "test-owner", timedelta(minutes=5), 1, (), desk.tick(minutes=5))
    pipeline.give_up(desk.store, again, "test-owner", desk.now, error="429", retry_at=tomorrow)
    desk.flush()
    assert sorted(row.state for row in owed(desk).values()) == [DeliveryState.MERGED, DeliveryState.PENDING]


@pytest.mark.parametrize("ambiguous", [False, True])
def test_what_waits_for_a_channel_that_is_gone_is_dead_with_a_word(desk: Any, article: str, ambiguous: bool) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article)
    desk.tick(minutes=1)
    desk.flush()
    delivery = pipeline.claim_delivery(desk.store, "sender", desk.now)
    error = DeliveryError("went silent", ambiguous=ambiguous)
    pipeline.record_failure(desk.store, delivery, error, timedelta(seconds=5), desk.now, jitter=0.0)
    desk.tick(minutes=1)
    pipeline.flush(desk.store, desk.watch, {}, desk.now)
    (row,) = owed(desk).values()
    assert row.state is DeliveryState.DEAD
    assert "alerts retry" in row.last_error
