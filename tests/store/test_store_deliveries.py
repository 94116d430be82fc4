"""Deliveries: owing, order, the journal of attempts, what a crash leaves, the dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination, Message, Receipt
from monitor.store import Store, alerts, articles, deliveries, sending

SECOND = timedelta(seconds=1)
DESK = Destination("desk")


def _claim(store: Store, make: Any, **options: Any) -> Delivery | None:
    now = options.pop("now", make.now)
    with store.write() as tx:
        return sending.claim(tx, "me", now, **options)


def _state(store: Store, delivery_id: int) -> DeliveryState:
    with store.read() as tx:
        found = deliveries.by_id(tx, delivery_id)
    assert found is not None
    return found.state


@pytest.fixture
def owed_two(store: Store, make: Any) -> tuple[int, int]:
    """Two developments of one story, owed to one destination."""
    with store.write() as tx:
        first = make.fired(tx, "a")
        second = make.fired(tx, "b", story_id=first.story_id)
        return make.owed(tx, first)[0], make.owed(tx, second)[0]


def test_a_development_is_owed_once_to_each_destination(store: Store, make: Any) -> None:
    places = [DESK, Destination("mail", "a@desk.example"), Destination("mail", "b@desk.example"), DESK]
    with store.write() as tx:
        made = make.fired(tx)
        options = {"development_id": made.development_id, "story_id": made.story_id, "source_id": "courier"}
        assert deliveries.owe(tx, places, make.now, make.now, **options) == 3
        assert deliveries.owe(tx, places, make.now, make.now, **options, state=DeliveryState.HELD) == 0
        rows = deliveries.of_developments(tx, [made.development_id])
    assert [one.destination for one in rows] == places[:3]
    assert {one.state for one in rows} == {DeliveryState.PENDING}
    assert len({one.key for one in rows}) == 3
    assert all(len(one.key) == 64 for one in rows)
    assert {(one.article_id, one.rules) for one in rows} == {(made.article_id, ("port",))}


def test_what_is_due_is_composed_once(store: Store, make: Any) -> None:
    with store.write() as tx:
        made = make.fired(tx)
        deliveries.owe(tx, [DESK], make.now, make.now, development_id=made.development_id, story_id=made.story_id)
        assert deliveries.uncomposed(tx, make.now - SECOND, 100) == ()
        (owed,) = deliveries.uncomposed(tx, make.now, 100)
        assert sending.claim(tx, "me", make.now) is None, "not without its bytes"
        deliveries.freeze(tx, owed.id, Message("One", "Bytes"), make.now)
        deliveries.freeze(tx, owed.id, Message("Two", "Others"), make.now)
        assert deliveries.uncomposed(tx, make.now, 100) == ()
        claimed = sending.claim(tx, "me", make.now)
    assert claimed is not None
    assert claimed.message == Message("One", "Bytes")
    assert (claimed.state, claimed.attempts, claimed.may_repeat) == (DeliveryState.SENDING, 1, False)


def test_the_group_wait_can_be_ended(store: Store, make: Any) -> None:
    later = make.now + timedelta(seconds=30)
    with store.write() as tx:
        made = make.fired(tx)
        deliveries.owe(tx, [DESK], later, make.now, development_id=made.development_id, story_id=made.story_id)
        (retried,) = make.owed(tx, make.fired(tx, "b"))
        sending.claim(tx, "me", make.now)
        sending.failed(tx, retried, DeliveryError("no"), later, make.now)
        assert deliveries.end_group_wait(tx, make.now) == 1
        assert deliveries.end_group_wait(tx, make.now) == 0
        assert len(deliveries.uncomposed(tx, make.now, 100)) == 1
        assert sending.claim(tx, "me", make.now) is None, "a retry keeps waiting"


def test_a_sent_delivery_is_settled_and_roots_its_thread(store: Store, make: Any, owed_two: tuple[int, int]) -> None:
    first, second = owed_two
    with store.write() as tx:
        root = sending.claim(tx, "me", make.now)
        assert root is not None
        assert sending.sent(tx, first, Receipt("ts1", "ok"), make.now + SECOND)
        assert not sending.sent(tx, first, Receipt("ts9"), make.now)
        assert not sending.failed(tx, first, DeliveryError("late"), None, make.now)
        reply = sending.claim(tx, "me", make.now)
        assert reply is not None
        sending.sent(tx, second, Receipt("ts1"), make.now)
        done = deliveries.by_id(tx, first)
        (tried,) = sending.attempts_of(tx, first)
        third = make.fired(tx, "c", story_id=root.story_id)
        make.owed(tx, third)
        later = sending.claim(tx, "me", make.now)
        assert later is not None
        sending.sent(tx, later.id, Receipt("ts7"), make.now)
        make.owed(tx, make.fired(tx, "d", story_id=root.story_id))
        last = sending.claim(tx, "me", make.now)
    assert (root.id, root.thread_ref) == (first, "")
    assert (reply.id, reply.thread_ref) == (second, "ts1")
    assert later.thread_ref == "ts1"
    assert last is not None
    assert last.thread_ref == "ts7", "a receiver that lost the root has named a new one"
    assert done is not None
    assert (done.state, done.sent_at, done.provider_ref) == (DeliveryState.SENT, make.now + SECOND, "ts1")
    assert (tried.outcome, tried.detail, tried.ended) == ("sent", "ok", make.now + SECOND)


@pytest.mark.parametrize("blocks", ["pending", "sending", "ambiguous"])
def test_a_later_development_does_not_overtake(store: Store, make: Any, owed_two: tuple[int, int], blocks: str) -> None:
    first, second = owed_two
    assert _claim(store, make) is not None
    if blocks != "sending":
        error = DeliveryError("no answer", ambiguous=blocks == "ambiguous")
        with store.write() as tx:
            sending.failed(tx, first, error, make.now + SECOND, make.now)
    assert _state(store, first) == blocks
    assert _claim(store, make) is None
    if blocks != "sending":
        again = _claim(store, make, now=make.now + SECOND)
        assert again is not None
        assert (again.id, again.attempts, again.may_repeat) == (first, 2, blocks == "ambiguous")
    with store.write() as tx:
        sending.sent(tx, first, Receipt(), make.now)
    after = _claim(store, make)
    assert after is not None
    assert after.id == second


def test_neither_other_destinations_nor_other_stories_wait(store: Store, make: Any) -> None:
    with store.write() as tx:
        first = make.fired(tx, "a")
        make.owed(tx, first, "desk")
        same_story = make.owed(tx, make.fired(tx, "b", story_id=first.story_id), "mail")
        other_story = make.owed(tx, make.fired(tx, "c"), "desk")
    taken = [_claim(store, make) for _ in range(4)]
    assert [one and one.id for one in taken] == [1, *same_story, *other_story, None]


@pytest.mark.parametrize("settled", [DeliveryState.DEAD, DeliveryState.HELD])
def test_what_is_settled_or_held_blocks_nobody(store: Store, make: Any, settled: DeliveryState) -> None:
    with store.write() as tx:
        first = make.fired(tx, "a")
        state = DeliveryState.HELD if settled is DeliveryState.HELD else DeliveryState.PENDING
        options = {"development_id": first.development_id, "story_id": first.story_id, "state": state}
        deliveries.owe(tx, [DESK], make.now, make.now, **options)
        if settled is DeliveryState.DEAD:
            assert sending.failed(tx, 1, DeliveryError("unknown channel"), None, make.now)
        (second,) = make.owed(tx, make.fired(tx, "b", story_id=first.story_id))
    assert _state(store, 1) is settled
    taken = _claim(store, make)
    assert taken is not None
    assert taken.id == second


def test_a_channel_claims_only_its_own(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.owed(tx, make.fired(tx), "desk", "mail")
    taken = _claim(store, make, channel="mail")
    assert taken is not None
    assert taken.destination.channel == "mail"
    assert _claim(store, make, channel="mail") is None


def test_what_waits_for_a_channel_that_is_gone_is_found(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.owed(tx, make.fired(tx), "desk", "mail")
        (left,) = deliveries.without_channel(tx, ["desk"])
        assert deliveries.without_channel(tx, ["desk", "mail"]) == ()
    assert left.destination.channel == "mail"


def test_what_a_dead_process_was_sending_goes_again_marked(store: Store, make: Any, owed_two: tuple[int, int]) -> None:
    first, second = owed_two
    _claim(store, make)
    with store.write() as tx:
        assert sending.recover(tx, make.now + SECOND, make.now) == 1
        assert sending.recover(tx, make.now + SECOND, make.now) == 0
        (cut_off,) = sending.attempts_of(tx, first)
        waiting = deliveries.by_id(tx, first)
        untouched = deliveries.by_id(tx, second)
        assert sending.claim(tx, "me", make.now) is None, "not before the receiver can have been asked"
        again = sending.claim(tx, "me", make.now + SECOND)
        assert [one.number for one in sending.attempts_of(tx, first)] == [1, 2]
    assert cut_off.outcome == "ambiguous"
    assert waiting is not None
    assert (waiting.state, waiting.may_repeat) == (DeliveryState.AMBIGUOUS, False)
    assert untouched is not None
    assert not untouched.may_repeat
    assert again is not None
    assert (again.id, again.attempts, again.may_repeat) == (first, 2, True)


def test_a_failure_of_somebody_elses_delivery_is_not_recorded(store: Store, make: Any) -> None:
    with store.write() as tx:
        (one,) = make.owed(tx, make.fired(tx))
        sending.claim(tx, "second", make.now)
        assert not sending.failed(tx, one, DeliveryError("late"), make.now, make.now, owner="first")
        assert sending.failed(tx, one, DeliveryError("no"), make.now, make.now, owner="second")


def test_the_dead_are_kept_and_sent_again_on_demand(store: Store, make: Any) -> None:
    with store.write() as tx:
        first, second = make.owed(tx, make.fired(tx), "desk", "mail")
        for one in (first, second):
            sending.claim(tx, "me", make.now)
            sending.failed(tx, one, DeliveryError("wrong password", permanent=True), None, make.now)
        dead = deliveries.by_id(tx, first)
        assert dead is not None
        assert (dead.state, dead.last_error) == (DeliveryState.DEAD, "wrong password")
        assert deliveries.dead(tx) == deliveries.owed(tx, make.now).counts[DeliveryState.DEAD] == 2
        assert sending.claim(tx, "me", make.now) is None
        assert sending.resend(tx, [first], make.now + SECOND) == 1
        assert sending.resend(tx, None, make.now + SECOND) == 1
        assert sending.resend(tx, None, make.now + SECOND) == 0
        again = sending.claim(tx, "me", make.now + SECOND)
    anew = replace(dead, state=DeliveryState.SENDING, due_at=make.now + SECOND, attempts=2, last_error="")
    assert again == anew, "same key, same bytes"


def test_a_summary_takes_in_what_a_first_import_held(store: Store, make: Any) -> None:
    reason = "first import"
    with store.write() as tx:
        for key in ("a", "b"):
            made = make.fired(tx, key)
            deliveries.owe(
                tx,
                [DESK, Destination("mail", "x")],
                make.now,
                make.now,
                development_id=made.development_id,
                story_id=made.story_id,
                state=DeliveryState.HELD,
                reason=reason,
            )
        held = deliveries.held(tx, reason)
        assert deliveries.held(tx, "another") == {}
        assert list(held.values()) == [(1, 3), (2, 4)]
        summary = deliveries.owe_summary(tx, DESK, held[DESK], make.now)
        assert deliveries.merge_into(tx, held[DESK], summary, "told") == 2
        assert deliveries.merge_into(tx, held[DESK], summary, "told") == 0
        with pytest.raises(ValueError, match=r"owed to .* already"):
            deliveries.owe_summary(tx, DESK, held[DESK], make.now)
        assert [one.title for one in alerts.gathered(tx, summary)] == ["Turn a", "Turn b"]
        assert list(deliveries.held(tx, reason)) == [Destination("mail", "x")]
        (owed,) = deliveries.uncomposed(tx, make.now, 100)
        assert (owed.id, owed.kind, owed.development_id) == (summary, DeliveryKind.SUMMARY, None)
        first = articles.by_id(tx, 1)
        assert first is not None
        assert not first.alerted
        deliveries.freeze(tx, summary, Message("Summary", "All"), make.now)
        sending.claim(tx, "me", make.now)
        sending.sent(tx, summary, Receipt("ref"), make.now)
        first = articles.by_id(tx, 1)
        assert first is not None
        assert first.alerted, "told inside the summary"


def test_an_article_is_alerted_once_it_was_sent(store: Store, make: Any) -> None:
    with store.write() as tx:
        made = make.fired(tx)
        (one,) = make.owed(tx, made)
        sending.claim(tx, "me", make.now)
        before = articles.by_id(tx, made.article_id)
        sending.sent(tx, one, Receipt(), make.now)
        after = articles.by_id(tx, made.article_id)
    assert before is not None
    assert after is not None
    assert (before.alerted, after.alerted) == (False, True)


def test_pages_go_from_the_newest_down(store: Store, make: Any) -> None:
    with store.write() as tx:
        for key in "abc":
            make.owed(tx, make.fired(tx, key), "desk")
        sending.claim(tx, "me", make.now)
        rows, after = deliveries.page(tx, limit=2)
        rest, end = deliveries.page(tx, limit=2, after=after)
        assert [one.id for one in (*rows, *rest)] == [3, 2, 1]
        assert (after, end) == (2, None)
        assert rows[0].rules == ("port",)
        under_way, _ = deliveries.page(tx, state=DeliveryState.SENDING)
        assert [one.id for one in under_way] == [1]
        owed = deliveries.owed(tx, make.now)
    assert owed.counts == {DeliveryState.SENDING: 1, DeliveryState.PENDING: 2}
    assert (owed.due, owed.oldest_due) == (3, make.now)


def test_nothing_owed(store: Store, make: Any) -> None:
    with store.read() as tx:
        owed = deliveries.owed(tx, make.now)
        assert deliveries.page(tx) == ((), None)
        assert deliveries.by_id(tx, 1) is None
    assert (owed.counts, owed.due, owed.oldest_due) == ({}, 0, None)
