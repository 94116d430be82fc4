"""Subscriptions as pure decisions: what to ask, what a hub's call means, what is genuine."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Agreement, Hub, Subscription
from monitor.websub import (
    LONGEST_LEASE,
    MOST_FAREWELLS,
    PATH,
    UNKNOWN,
    WISHED_LEASE,
    Step,
    answered,
    asked,
    ended,
    genuine,
    is_callback,
    listening,
    offered,
    relied_on,
    request,
    step,
    verified,
)

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
SITE = "https://desk.example/news"
LATER = NOW + timedelta(days=1)
TOKEN, SECRET = "t" * 43, "s" * 43
OFFERED = Subscription("varn", "https://hub.example/", "https://varn.example/feed", NOW)
LIVE = (Agreement.PENDING, Agreement.ACTIVE, Agreement.RENEWING)


def standing(state: Agreement, **more: Any) -> Subscription:
    values = {"site": SITE, "token": TOKEN, "secret": SECRET, "asked_at": NOW, "due_at": LATER, **more}
    return replace(OFFERED, state=state, **values)


def ask(one: Subscription, chosen: Step = Step.SUBSCRIBE, now: datetime = NOW) -> Subscription:
    return asked(one, chosen, SITE, "n" * 43, "m" * 43, now, jitter=0.0)


def call(mode: str, one: Subscription = OFFERED, **more: str) -> dict[str, str]:
    named = {f"hub.{name}": value for name, value in more.items()}
    return {"hub.mode": mode, "hub.topic": one.topic, "hub.challenge": "echo", "hub.lease_seconds": "86400", **named}


@pytest.mark.parametrize(
    ("one", "enabled", "site", "wanted"),
    [
        (OFFERED, True, SITE, Step.SUBSCRIBE),
        (OFFERED, True, "", Step.NOTHING),
        (OFFERED, False, SITE, Step.NOTHING),
        (replace(OFFERED, due_at=LATER), True, SITE, Step.NOTHING),
        (replace(OFFERED, offered=False), True, SITE, Step.FORGET),
        (standing(Agreement.PENDING), True, SITE, Step.NOTHING),
        (standing(Agreement.PENDING, due_at=NOW), True, SITE, Step.SUBSCRIBE),
        (standing(Agreement.ACTIVE), True, SITE, Step.NOTHING),
        (standing(Agreement.ACTIVE, due_at=NOW), True, SITE, Step.SUBSCRIBE),
        (standing(Agreement.ACTIVE), True, "https://moved.example", Step.SUBSCRIBE),
        (standing(Agreement.ACTIVE), False, SITE, Step.UNSUBSCRIBE),
        (standing(Agreement.ACTIVE), True, "", Step.UNSUBSCRIBE),
        (standing(Agreement.RENEWING, offered=False), True, SITE, Step.UNSUBSCRIBE),
        (standing(Agreement.LEAVING), False, SITE, Step.NOTHING),
        (standing(Agreement.LEAVING, due_at=NOW, attempts=1), False, SITE, Step.UNSUBSCRIBE),
        (standing(Agreement.LEAVING, due_at=NOW, attempts=MOST_FAREWELLS), False, SITE, Step.FORGET),
        (standing(Agreement.LEAVING, due_at=NOW), True, SITE, Step.SUBSCRIBE),
        (standing(Agreement.DENIED), True, SITE, Step.NOTHING),
        (standing(Agreement.DENIED, due_at=NOW), True, SITE, Step.SUBSCRIBE),
        (standing(Agreement.DENIED, due_at=NOW), False, SITE, Step.NOTHING),
    ],
)
def test_what_to_do_now(one: Subscription, enabled: bool, site: str, wanted: Step) -> None:
    assert step(one, enabled, site, NOW) is wanted


def test_a_first_request_has_a_fresh_token_and_secret() -> None:
    one = ask(OFFERED)
    assert (one.state, one.token, one.secret, one.attempts) == (Agreement.PENDING, "n" * 43, "m" * 43, 1)
    assert one.due_at == NOW + timedelta(minutes=10)
    form = request(one)
    assert form["hub.callback"] == f"{SITE}{PATH}{'n' * 43}" and len(form["hub.secret"].encode()) < 200
    assert form["hub.mode"] == "subscribe" and form["hub.topic"] == OFFERED.topic


def test_a_renewal_keeps_them_and_stays_in_force_meanwhile() -> None:
    one = ask(standing(Agreement.ACTIVE, lease_until=LATER))
    assert (one.state, one.token, one.secret, one.lease_until) == (Agreement.RENEWING, TOKEN, SECRET, LATER)
    late = ask(standing(Agreement.ACTIVE, lease_until=NOW))
    assert late.state is Agreement.PENDING and late.token == TOKEN


@pytest.mark.parametrize("state", [Agreement.LEAVING, Agreement.DENIED, Agreement.OFFERED])
def test_who_begins_again_gets_another_callback(state: Agreement) -> None:
    assert ask(standing(state)).token == "n" * 43


def test_another_public_address_is_another_callback() -> None:
    one = asked(standing(Agreement.ACTIVE), Step.SUBSCRIBE, "https://b.example", "n" * 43, "m" * 43, NOW, jitter=0.0)
    assert (one.site, one.token, one.state) == ("https://b.example", "n" * 43, Agreement.PENDING)


def test_unanswered_requests_are_repeated_ever_more_rarely() -> None:
    one, waits, now = OFFERED, [], NOW
    for _ in range(12):
        one = ask(one, now=now)
        waits.append(one.due_at - now)
        now = one.due_at
    assert waits[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert max(waits) == waits[-1] == timedelta(hours=24)


def test_an_unsubscription_names_the_old_callback_and_no_secret() -> None:
    form = request(asked(standing(Agreement.ACTIVE), Step.UNSUBSCRIBE, "", "n" * 43, "m" * 43, NOW, jitter=0.0))
    assert form == {"hub.mode": "unsubscribe", "hub.topic": OFFERED.topic, "hub.callback": f"{SITE}{PATH}{TOKEN}"}


def test_a_refusal_is_told_and_not_answered_with_insistence() -> None:
    one = ask(OFFERED)
    assert answered(one, "", False, NOW) == one
    told = answered(one, "client-error: no such topic", True, NOW)
    assert told.error == "client-error: no such topic" and told.due_at == NOW + timedelta(hours=1)
    # The hub verified before its answer came: what it says now changes nothing.
    active = standing(Agreement.ACTIVE)
    assert answered(active, "server-error", False, NOW) == active


@pytest.mark.parametrize("state", [Agreement.PENDING, Agreement.RENEWING])
def test_a_verification_that_is_awaited_is_echoed(state: Agreement) -> None:
    one, answer = verified(standing(state, attempts=3), call("subscribe"), NOW, jitter=0.0)
    assert (answer.status, answer.words) == (200, "echo")
    assert (one.state, one.lease_until, one.attempts) == (Agreement.ACTIVE, LATER, 0)
    assert one.due_at == NOW + 0.8 * timedelta(days=1)


def test_a_hub_that_did_not_hear_our_answer_may_ask_again_for_a_while() -> None:
    one = standing(Agreement.ACTIVE)
    assert verified(one, call("subscribe"), NOW + timedelta(minutes=9), jitter=0.0)[1].status == 200
    assert verified(one, call("subscribe"), NOW + timedelta(minutes=11), jitter=0.0) == (one, UNKNOWN)


@pytest.mark.parametrize(
    ("one", "query"),
    [
        (standing(Agreement.ACTIVE), call("unsubscribe")),
        (standing(Agreement.PENDING), call("unsubscribe")),
        (standing(Agreement.LEAVING), call("subscribe")),
        (standing(Agreement.DENIED), call("subscribe")),
        (OFFERED, call("subscribe")),
        (standing(Agreement.PENDING), call("subscribe", topic="https://varn.example/feed?")),
        (standing(Agreement.PENDING), call("subscribe", challenge="")),
        (standing(Agreement.PENDING), call("subscribe", challenge="x" * 5000)),
        (standing(Agreement.PENDING), call("Subscribe")),
        (standing(Agreement.PENDING), {}),
        (standing(Agreement.DENIED), call("denied")),
    ],
)
def test_what_nobody_asked_for_is_unknown(one: Subscription, query: dict[str, str]) -> None:
    assert verified(one, query, NOW, jitter=0.0) == (one, UNKNOWN)


def test_a_denial_is_recorded_and_tried_again_in_a_week() -> None:
    one, answer = verified(standing(Agreement.ACTIVE), call("denied", reason="too\x00 many\n"), NOW, jitter=0.0)
    assert answer.status == 200 and one.state is Agreement.DENIED and one.lease_until is None
    assert one.error == "the hub refuses: too many" and one.due_at == NOW + timedelta(days=7)


def test_a_confirmed_end_leaves_nothing_but_the_hubs_name() -> None:
    one, answer = verified(standing(Agreement.LEAVING), call("unsubscribe"), NOW, jitter=0.0)
    assert answer.words == "echo" and one == ended(one, NOW)
    assert (one.token, one.secret, one.state) == ("", "", Agreement.OFFERED)


@pytest.mark.parametrize("state", LIVE)
@given(lease=st.text(max_size=12) | st.integers(-5, 10**12).map(str), jitter=st.floats(0, 1))
@settings(max_examples=60, derandomize=True)
def test_no_lease_is_endless_and_no_renewal_comes_in_less_than_a_minute(
    state: Agreement, lease: str, jitter: float
) -> None:
    one, _ = verified(standing(state), call("subscribe", lease_seconds=lease), NOW, jitter=jitter)
    assert one.lease_until is not None
    granted = one.lease_until - NOW
    assert timedelta(0) < granted <= LONGEST_LEASE
    assert one.due_at >= NOW + timedelta(minutes=1)
    assert one.due_at <= NOW + max(0.8 * granted, timedelta(minutes=1))


def test_the_hub_that_a_listing_names() -> None:
    hub = Hub("https://hub.example/", "https://varn.example/feed")
    assert offered(None, "varn", Hub(), NOW) is None
    assert offered(None, "varn", hub, NOW) == OFFERED
    active = standing(Agreement.ACTIVE)
    assert offered(active, "varn", hub, NOW) == active
    gone = offered(active, "varn", Hub(), NOW)
    assert gone == replace(active, offered=False) and offered(gone, "varn", hub, NOW) == active
    other = offered(active, "varn", Hub("https://b.example/", hub.topic), NOW)
    assert other is not None and (other.state, other.token, other.due_at) == (Agreement.OFFERED, "", NOW)


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
@settings(max_examples=60, derandomize=True)
def test_only_the_signature_of_this_body_is_genuine(body: bytes, other: bytes) -> None:
    for name in ("sha1", "sha256", "sha384", "sha512"):
        signature = f"{name}={hmac.new(SECRET.encode(), body, getattr(hashlib, name)).hexdigest()}"
        assert genuine(SECRET, signature, body) and genuine(SECRET, signature.upper(), body)
        assert genuine(SECRET, signature, other) == (other == body)
        assert not genuine("", signature, body) and not genuine("x", signature, body)


@pytest.mark.parametrize("signature", ["", "sha256", "sha256=", "md5=00", "sha256=é", "=", "sha256=00=00"])
def test_no_signature_is_no_signature(signature: str) -> None:
    assert not genuine(SECRET, signature, b"body")


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (None, False),
        (standing(Agreement.ACTIVE, lease_until=LATER), False),
        (standing(Agreement.ACTIVE, lease_until=LATER, pushed_at=NOW), True),
        (standing(Agreement.RENEWING, lease_until=LATER, pushed_at=NOW), True),
        (standing(Agreement.PENDING, lease_until=LATER, pushed_at=NOW), False),
        (standing(Agreement.ACTIVE, lease_until=NOW, pushed_at=NOW), False),
        (standing(Agreement.ACTIVE, lease_until=LATER, pushed_at=NOW, missed_at=NOW), False),
        (standing(Agreement.ACTIVE, lease_until=LATER, pushed_at=LATER, missed_at=NOW), True),
    ],
)
def test_polling_slows_down_only_for_a_hub_that_tells(one: Subscription | None, wanted: bool) -> None:
    assert relied_on(one, NOW) is wanted


def test_pushes_are_wanted_while_anything_is_agreed() -> None:
    assert [state for state in Agreement if listening(standing(state))] == list(LIVE)


@pytest.mark.parametrize(
    "path", ["/websub/", f"/websub/{TOKEN}/", f"/websub/{TOKEN}x", f"/x/websub/{TOKEN}", f"/websub/{TOKEN}\n", "/"]
)
def test_nothing_else_is_a_callback(path: str) -> None:
    assert is_callback(f"/websub/{TOKEN}") and not is_callback(path)


def test_the_wish_is_ten_days() -> None:
    assert request(ask(OFFERED))["hub.lease_seconds"] == str(int(WISHED_LEASE.total_seconds())) == "864000"
