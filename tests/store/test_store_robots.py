"""What servers asked of us survives: robots.txt, rests, quiet hours; and the table of fetches stays bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.model import Fetch, Outcome, Quiet
from monitor.store import Store, fetches, robots

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_rules_are_kept_until_their_time(store: Store) -> None:
    origin = "https://courier.example"
    with store.write() as tx:
        robots.keep_rules(tx, origin, "User-agent: *", NOW + DAY, NOW)
        robots.keep_rules(tx, "https://empty.example", "", NOW + DAY, NOW)
    with store.read() as tx:
        assert robots.rules_of(tx, origin, NOW + DAY - HOUR) == "User-agent: *"
        assert robots.rules_of(tx, "https://empty.example", NOW) == ""
        assert robots.rules_of(tx, origin, NOW + DAY) is None
        assert robots.rules_of(tx, "http://courier.example", NOW) is None


def test_new_rules_take_the_place_of_old_ones_and_dead_ones_go(store: Store) -> None:
    with store.write() as tx:
        robots.keep_rules(tx, "http://a.example", "one", NOW + HOUR, NOW)
        robots.keep_rules(tx, "http://a.example", "two", NOW + DAY, NOW)
        robots.keep_rules(tx, "http://b.example", "old\0", NOW + HOUR, NOW)
        assert robots.rules_of(tx, "http://b.example", NOW) == "old"
        robots.keep_rules(tx, "http://c.example", "new", NOW + 3 * DAY, NOW + 2 * HOUR)
        assert robots.rules_of(tx, "http://a.example", NOW) == "two"
        assert robots.rules_of(tx, "http://b.example", NOW) is None


def test_rests(store: Store) -> None:
    with store.write() as tx:
        robots.keep_rest(tx, "a.example:443", NOW + HOUR, NOW)
        robots.keep_rest(tx, "a.example:443", NOW + 2 * HOUR, NOW)
        robots.keep_rest(tx, "b.example:443", NOW + HOUR, NOW)
    with store.read() as tx:
        assert robots.rests(tx, NOW) == {"a.example:443": NOW + 2 * HOUR, "b.example:443": NOW + HOUR}
        assert robots.rests(tx, NOW + HOUR) == {"a.example:443": NOW + 2 * HOUR}


@pytest.mark.parametrize(
    "quiet", [Quiet(), Quiet(frozenset({0, 23}), frozenset({5, 6})), Quiet(frozenset(), frozenset({0}))]
)
def test_quiet_hours(store: Store, make: Any, quiet: Quiet) -> None:
    with store.write() as tx:
        make.sync(tx, "courier")
        robots.keep_quiet(tx, "courier", Quiet(frozenset({4}), frozenset({2})))
        robots.keep_quiet(tx, "courier", quiet)
        assert robots.quiet_of(tx, "courier") == quiet
        assert robots.quiet_of(tx, "unknown") == Quiet()


def _fetched(tx: Any, source_id: str, kind: str, at: datetime, url: str = "https://courier.example/a") -> None:
    fetches.add(tx, Fetch(url, Outcome.OK, at, final_url=""), source_id, at, kind=kind)


def test_old_fetches_go_and_the_latest_stay(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier", "daily")
        for age in (40, 35, 3, 2, 1):
            _fetched(tx, "courier", "check", NOW - age * DAY)
            _fetched(tx, "courier", "page", NOW - age * DAY)
        _fetched(tx, "daily", "check", NOW - 90 * DAY)
        assert fetches.prune(tx, NOW - 30 * DAY, 2) == 6
        assert [row.started for row in fetches.recent(tx, "courier", kind="check")] == [NOW - DAY, NOW - 2 * DAY]
        assert len(fetches.recent(tx, "courier", kind="page")) == 2 and len(fetches.recent(tx, "daily")) == 1
        assert fetches.prune(tx, NOW - 30 * DAY, 2) == 0


def test_when_hosts_were_asked_last(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier")
        for seconds, url in (
            (90, "http://old.example/"),
            (30, "http://a.example:8000/x"),
            (5, "http://a.example:8000/y"),
        ):
            _fetched(tx, "courier", "page", NOW - timedelta(seconds=seconds), url)
        asked = fetches.asked_since(tx, NOW - timedelta(seconds=60))
    assert asked == {"a.example:8000": NOW - timedelta(seconds=5)}
