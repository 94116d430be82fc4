"""A push through the pipeline, on either database: like a poll, never more than a poll."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import pipeline
from monitor.config import load
from monitor.model import Agreement, Entry, Fetch, Hub, Listing, Outcome, SourceState
from monitor.store import Store, coverage, entries, fetches, sources, websub
from monitor.watch import Watch, compile_watch

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
HUB = Hub("https://hub.example/", "https://varn.example/feed")
SITE = "https://desk.example"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CONFIG = """
[archive]
url = "sqlite:///unused.db"
[[sources]]
id = "varn"
kind = "feed"
url = "https://varn.example/feed"
"""


@pytest.fixture
def watch(tmp_path: Path, store: Store) -> Watch:
    file = tmp_path / "storywatch.toml"
    file.write_text(CONFIG, encoding="utf-8")
    made = compile_watch(load(file, {}, tmp_path))
    with store.write() as tx:
        sources.sync(tx, made.config.sources, NOW)
    return made


def listing(*numbers: int, hub: Hub = HUB) -> Listing:
    found = (Entry(f"https://varn.example/{n}", guid=str(n), title=f"Notice {n}") for n in numbers)
    return Listing(tuple(found), dialect="rss20", hub=hub)


def polled(store: Store, watch: Watch, found: Listing, now: datetime) -> SourceState:
    with store.write() as tx:
        (state,) = sources.claim_due(tx, "me", HOUR, 1, (), now, force=True)
    fetch = Fetch(state.url, Outcome.OK, now, status=200, body=repr(found).encode())
    pipeline.check(store, watch, watch.sources["varn"], state, fetch, found, "me", now, jitter=0.0)
    with store.read() as tx:
        after = sources.state(tx, "varn")
    assert after is not None
    return after


def pushed(store: Store, watch: Watch, found: Listing | None, now: datetime) -> Any:
    fetch = Fetch(HUB.topic, Outcome.OK if found else Outcome.NOT_A_FEED, now, body=b"x", error="" if found else "text")
    return pipeline.push(store, watch, watch.sources["varn"], fetch, found, now)


def fresh() -> tuple[str, str]:
    return "t" * 43, "s" * 43


def subscribe(store: Store, now: datetime) -> str:
    """Go the whole way of a subscription; returns its token."""
    (one,) = pipeline.turn_to_hubs(store, SITE, fresh, now, jitter=0.0)
    query = {"hub.mode": "subscribe", "hub.topic": HUB.topic, "hub.challenge": "x", "hub.lease_seconds": "864000"}
    assert pipeline.verify(store, one.token, query, now, jitter=0.0).words == "x"
    return one.token


def test_pushed_entries_are_taken_in_like_polled_ones(store: Store, watch: Watch) -> None:
    before = polled(store, watch, listing(1), NOW)
    subscribe(store, NOW)
    checked = pushed(store, watch, listing(2, 1), NOW + MINUTE)
    assert (checked.listed, checked.new) == (2, 1)
    with store.write() as tx:
        row = fetches.recent(tx, "varn", 1)[0]
        after = sources.state(tx, "varn")
        waiting = entries.claim_waiting(tx, "me", HOUR, 10, (), NOW + MINUTE)
    assert (row.kind, row.entries, row.new) == ("pushed", 2, 1)
    # A push is no check: validators, backoff and next turn stay.
    assert after == before
    assert {item.entry.title: item.first_import for item in waiting} == {"Notice 1": True, "Notice 2": False}


@pytest.mark.parametrize("found", [None, Listing(())])
def test_a_push_without_anything_to_use_makes_its_source_due(store: Store, watch: Watch, found: Listing | None) -> None:
    polled(store, watch, listing(1), NOW)
    for now, due_at in ((NOW + 5 * timedelta(seconds=1), NOW + MINUTE), (NOW + 2 * MINUTE, NOW + MINUTE)):
        assert pushed(store, watch, found, now).error.endswith("asked for it at once")
        with store.read() as tx:
            state = sources.state(tx, "varn")
        assert state is not None and state.due_at == due_at


def test_a_failing_source_keeps_its_backoff(store: Store, watch: Watch) -> None:
    polled(store, watch, listing(1), NOW)
    with store.write() as tx:
        (state,) = sources.claim_due(tx, "me", HOUR, 1, (), NOW, force=True)
    fetch = Fetch(state.url, Outcome.RATE_LIMITED, NOW, status=429, headers={"retry-after": "7200"})
    pipeline.check(store, watch, watch.sources["varn"], state, fetch, None, "me", NOW, jitter=0.0)
    pushed(store, watch, None, NOW + MINUTE)
    with store.read() as tx:
        after = sources.state(tx, "varn")
    assert after is not None and after.due_at >= NOW + 2 * HOUR


def test_polling_slows_down_once_the_hub_tells_and_not_longer(store: Store, watch: Watch) -> None:
    quick = polled(store, watch, listing(1), NOW)
    subscribe(store, NOW)
    assert quick.due_at - NOW < HOUR
    # Subscribed, but it never told anything: nothing changes.
    assert polled(store, watch, listing(2, 1), NOW + HOUR).due_at < NOW + 2 * HOUR
    pushed(store, watch, listing(3), NOW + 2 * HOUR)
    assert polled(store, watch, listing(3, 2, 1), NOW + 3 * HOUR).due_at == NOW + 4 * HOUR
    # It kept something back: polled as ever, until it tells again.
    assert polled(store, watch, listing(4, 3), NOW + 4 * HOUR).due_at < NOW + 5 * HOUR
    assert polled(store, watch, listing(5, 4), NOW + 5 * HOUR).due_at < NOW + 6 * HOUR
    pushed(store, watch, listing(6), NOW + 5 * HOUR + MINUTE)
    assert polled(store, watch, listing(6, 5), NOW + 6 * HOUR).due_at == NOW + 7 * HOUR


def test_what_was_pushed_between_two_polls_is_no_gap(store: Store, watch: Watch) -> None:
    polled(store, watch, listing(*range(20)), NOW)
    subscribe(store, NOW)
    for number in range(20, 60):
        pushed(store, watch, listing(number), NOW + number * MINUTE)
    polled(store, watch, listing(*range(60, 39, -1)), NOW + 2 * HOUR)
    with store.read() as tx:
        assert coverage.gaps(tx, "varn") == ()


def test_a_row_is_due_only_when_something_is_to_be_done(store: Store, watch: Watch) -> None:
    polled(store, watch, listing(1), NOW)
    assert pipeline.turn_to_hubs(store, "", fresh, NOW, jitter=0.0) == ()
    token = subscribe(store, NOW)
    assert pipeline.turn_to_hubs(store, SITE, fresh, NOW + HOUR, jitter=0.0) == ()
    (renewal,) = pipeline.turn_to_hubs(store, SITE, fresh, NOW + timedelta(days=8), jitter=0.0)
    assert renewal.state is Agreement.RENEWING and renewal.token == token
    with store.write() as tx:
        sources.sync(tx, (), NOW)
    (farewell,) = pipeline.turn_to_hubs(store, SITE, fresh, NOW + timedelta(days=8), jitter=0.0)
    assert farewell.state is Agreement.LEAVING
    query = {"hub.mode": "unsubscribe", "hub.topic": HUB.topic, "hub.challenge": "x"}
    assert pipeline.verify(store, token, query, NOW, jitter=0.0).status == 200
    assert pipeline.subscription_of(store, token) is None
    assert pipeline.verify(store, token, query, NOW, jitter=0.0).status == 404


def test_a_hub_that_is_named_no_more_is_left_and_forgotten(store: Store, watch: Watch) -> None:
    polled(store, watch, listing(1), NOW)
    token = subscribe(store, NOW)
    polled(store, watch, listing(2, 1, hub=Hub()), NOW + HOUR)
    (farewell,) = pipeline.turn_to_hubs(store, SITE, fresh, NOW + HOUR, jitter=0.0)
    assert farewell.state is Agreement.LEAVING
    query = {"hub.mode": "unsubscribe", "hub.topic": HUB.topic, "hub.challenge": "x"}
    assert pipeline.verify(store, token, query, NOW + HOUR, jitter=0.0).status == 200
    with store.read() as tx:
        assert websub.of_source(tx, "varn") is None


def test_a_forged_push_leaves_only_its_record(store: Store, watch: Watch) -> None:
    before = polled(store, watch, listing(1), NOW)
    pipeline.record_forged(store, Fetch(HUB.topic, Outcome.OK, NOW, body=b"x" * 9), "varn", NOW)
    with store.read() as tx:
        row = fetches.recent(tx, "varn", 1)[0]
        assert (row.kind, row.outcome, row.size, row.new) == ("pushed", Outcome.FORGED, 9, 0)
        assert sources.state(tx, "varn") == before
