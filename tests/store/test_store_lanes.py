"""Lanes that rest or are off: what waits for them, and how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import DeliveryError
from monitor.model import Destination, Receipt
from monitor.store import Store, lanes, sending
from monitor.store.lanes import LONGEST_PAUSE

MINUTE = timedelta(minutes=1)
MAIL = Destination("mail")


@pytest.fixture
def two(store: Store, make: Any) -> Store:
    """One development owed to two channels."""
    with store.write() as tx:
        make.owed(tx, make.fired(tx), "mail", "slack")
    return store


def claimed(store: Store, now: Any) -> list[str]:
    found = []
    with store.write() as tx:
        while (one := sending.claim(tx, "me", now)) is not None:
            found.append(one.destination.channel)
    return found


def test_a_pause_holds_its_channel_until_it_is_over(two: Store, make: Any) -> None:
    with two.write() as tx:
        lanes.pause(tx, MAIL, make.now + MINUTE, "slow down", make.now)
        (lane,) = lanes.lanes(tx, make.now)
        assert lanes.lanes(tx, make.now + MINUTE) == ()
    assert (lane.place, lane.paused_until, lane.off_since, lane.reason) == (MAIL, make.now + MINUTE, None, "slow down")
    assert claimed(two, make.now) == ["slack"]
    assert claimed(two, make.now + MINUTE) == ["mail"]


def test_no_pause_is_long_and_none_outlasts_a_clock_that_is_set_back(two: Store, make: Any) -> None:
    with two.write() as tx:
        lanes.pause(tx, MAIL, make.now + timedelta(days=9), "gone fishing", make.now)
        assert [one.paused_until for one in lanes.lanes(tx, make.now)] == [make.now + LONGEST_PAUSE]
        assert lanes.lanes(tx, make.now - MINUTE) == ()


def test_a_channel_that_is_off_waits_for_a_person(two: Store, make: Any) -> None:
    with two.write() as tx:
        assert lanes.off(tx, MAIL, "token revoked", make.now)
        assert not lanes.off(tx, MAIL, "again", make.now + MINUTE)
        lanes.pause(tx, MAIL, make.now + MINUTE, "slow down", make.now)
        (lane,) = lanes.lanes(tx, make.now)
    assert (lane.off_since, lane.paused_until, lane.reason) == (make.now, None, "token revoked")
    assert claimed(two, make.now + timedelta(days=30)) == ["slack"]
    with two.write() as tx:
        assert lanes.on(tx, ["slack"]) == ()
        assert lanes.on(tx) == ("mail",)
    assert claimed(two, make.now) == ["mail"]


def test_one_address_rests_alone(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.owed(tx, make.fired(tx), "mail")
        lanes.off(tx, Destination("mail", "somebody@else.example"), "gone", make.now)
    assert claimed(store, make.now) == ["mail"]


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_what_may_have_been_taken_is_looked_for_twice_before_it_goes_again(store: Store, make: Any, looks: int) -> None:
    with store.write() as tx:
        (one,) = make.owed(tx, make.fired(tx), "slack")
        sending.claim(tx, "me", make.now)
        sending.failed(tx, one, DeliveryError("no answer", ambiguous=True), make.now, make.now)
        for _ in range(looks):
            assert sending.to_look(tx, "slack", make.now) is not None
            assert sending.not_found(tx, one, "not there", make.now)
        again = sending.claim(tx, "me", make.now, reconciles=True)
        assert (again is not None) == (looks == 2)
        if again is not None:
            assert again.may_repeat
        else:
            assert sending.sent(tx, one, Receipt("root"), make.now)
            assert not sending.not_found(tx, one, "late", make.now)
        assert sending.to_look(tx, "slack", make.now) is None


def test_what_died_in_doubt_is_marked_when_it_goes_again(store: Store, make: Any) -> None:
    with store.write() as tx:
        (one,) = make.owed(tx, make.fired(tx), "mail")
        sending.claim(tx, "me", make.now)
        sending.failed(tx, one, DeliveryError("no answer", ambiguous=True), make.now, make.now)
        sending.failed(tx, one, DeliveryError("channel gone", permanent=True), None, make.now)
        sending.resend(tx, None, make.now)
        again = sending.claim(tx, "me", make.now)
    assert again is not None and again.may_repeat


def test_a_clock_that_is_set_back_delays_nothing(store: Store, make: Any) -> None:
    with store.write() as tx:
        (one,) = make.owed(tx, make.fired(tx), "mail", due=make.now + timedelta(days=1))
        assert sending.pull_in(tx, make.now + timedelta(days=1), make.now) == 0
        assert sending.pull_in(tx, make.now + timedelta(hours=1), make.now) == 1
    assert claimed(store, make.now) == ["mail"], one
