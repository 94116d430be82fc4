"""The coverage meter in the check's commit: gaps, what fills them, the rhythm, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.inquiry.standing import Standing, standing
from monitor.model import Entry, Fetch, Listing, Outcome
from monitor.store import coverage, review, sources
from monitor.store.coverage import Gap

OWNER = "test-owner"
START = datetime(2025, 3, 20, 9, 0, tzinfo=UTC)
MORE = """
[[sources]]
id = "wire-map"
kind = "feed"
url = "http://www.wire.example/sitemap"
"""


def poll(desk: Any, source_id: str, numbers: Iterable[int] | None, at: float) -> None:
    """A check `at` so many minutes after the start; the entries are named by the minute they were published."""
    desk.now = START + timedelta(minutes=at)
    with desk.store.write() as tx:
        (state,) = sources.claim_due(tx, OWNER, timedelta(minutes=5), 5, set(), desk.now, only={source_id}, force=True)
    source = desk.watch.sources[source_id]
    listing = None if numbers is None else Listing(tuple(map(entry, numbers)))
    fetch = Fetch(source.url, Outcome.UNCHANGED if numbers is None else Outcome.OK, desk.now, status=200)
    pipeline.check(desk.store, desk.watch, source, state, fetch, listing, OWNER, desk.now, jitter=0.0)


def entry(minute: int) -> Entry:
    return Entry(f"http://www.wire.example/{minute}", title="Varn", published=START + timedelta(minutes=minute))


def newest_first(newest: int, how_many: int) -> range:
    return range(newest, newest - how_many, -1)


def gaps(desk: Any, source_id: str = "wire") -> tuple[Gap, ...]:
    with desk.store.read() as tx:
        found: tuple[Gap, ...] = coverage.gaps(tx, source_id)
    return found


def stands(desk: Any, source_id: str = "wire") -> Standing:
    with desk.store.read() as tx:
        (row,) = (one for one in review.source_rows(tx) if one.state.source_id == source_id)
    return standing(row, desk.now)


@pytest.fixture
def desk(make_desk: Any) -> Any:
    return make_desk(MORE, checked=False)


def test_listings_that_overlap_leave_no_gap(desk: Any) -> None:
    for at in range(0, 90, 15):
        poll(desk, "wire", newest_first(at, 30), at)
    assert gaps(desk) == ()


def test_a_gap_is_recorded_with_its_interval_and_both_sides(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 30), 0)
    poll(desk, "wire", None, 15)
    poll(desk, "wire", newest_first(90, 20), 90)
    (gap,) = gaps(desk)
    assert (gap.since, gap.until) == (START + timedelta(minutes=15), START + timedelta(minutes=90))
    assert (gap.before, gap.listed, gap.backfilled, gap.closed_at, gap.host) == (30, 20, 0, None, "wire.example")
    poll(desk, "wire", newest_first(95, 20), 105)
    assert len(gaps(desk)) == 1


def test_a_small_list_that_is_replaced_as_a_whole_is_no_gap(desk: Any) -> None:
    day = 24 * 60
    for week in range(4):
        for check in range(7):
            poll(desk, "daily", newest_first(week * 7 * day, 5), (week * 7 + check) * day)
    assert gaps(desk, "daily") == ()


def test_a_failed_check_proves_nothing_and_breaks_nothing(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 30), 0)
    with desk.store.write() as tx:
        (state,) = sources.claim_due(tx, OWNER, timedelta(minutes=5), 1, set(), desk.now, only={"wire"}, force=True)
    source = desk.watch.sources["wire"]
    broken = Fetch(source.url, Outcome.TIMEOUT, desk.now)
    pipeline.check(desk.store, desk.watch, source, state, broken, None, OWNER, desk.now, jitter=0.0)
    poll(desk, "wire", newest_first(20, 30), 30)
    assert gaps(desk) == ()


def test_another_list_of_the_site_fills_and_closes_a_gap(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 20), 0)
    poll(desk, "wire", newest_first(90, 20), 90)
    # Reaches back into the gap only: it is counted, and the gap stays open.
    poll(desk, "wire-map", newest_first(95, 50), 100)
    (gap,) = gaps(desk)
    assert (gap.backfilled, gap.closed_at) == (70 - 45, None)
    assert stands(desk).word == "ok"
    poll(desk, "wire-map", newest_first(100, 120), 110)
    (gap,) = gaps(desk)
    assert (gap.backfilled, gap.closed_at) == (70, desk.now)
    with desk.store.read() as tx:
        covered = coverage.of_sources(tx)["wire"]
    assert (covered.gaps, covered.open_gaps) == (1, 0)


def test_another_site_fills_nothing(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 20), 0)
    poll(desk, "wire", newest_first(90, 20), 90)
    other = Listing(tuple(Entry(f"http://daily.example/{n}", published=entry(n).published) for n in range(-20, 95)))
    with desk.store.write() as tx:
        (state,) = sources.claim_due(tx, OWNER, timedelta(minutes=5), 1, set(), desk.now, only={"daily"}, force=True)
    source = desk.watch.sources["daily"]
    fetch = Fetch(source.url, Outcome.OK, desk.now, status=200)
    pipeline.check(desk.store, desk.watch, source, state, fetch, other, OWNER, desk.now, jitter=0.0)
    (gap,) = gaps(desk)
    assert (gap.backfilled, gap.closed_at) == (0, None)


def test_a_source_whose_address_changed_begins_anew(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 20), 0)
    with desk.store.write() as tx:
        moved = sources.states(tx)
        assert {one.source_id for one in moved} == {"daily", "wire", "wire-map"}
        changed = [one if one.id != "wire" else _moved(one) for one in desk.watch.config.sources]
        sources.sync(tx, changed, desk.now)
    poll(desk, "wire", newest_first(900, 20), 900)
    assert gaps(desk) == ()


def _moved(source: Any) -> Any:
    from dataclasses import replace

    return replace(source, url="http://www.wire.example/another-feed")


def test_a_source_that_answers_and_brings_nothing_is_frozen(desk: Any) -> None:
    hour = 60
    for at in range(0, 100 * hour, hour):
        poll(desk, "wire", newest_first(at, 30), at)
    assert stands(desk).word == "ok"
    for at in range(100 * hour, 112 * hour, hour):
        poll(desk, "wire", None, at)
    found = stands(desk)
    assert (found.word, found.well) == ("frozen", False)
    assert found.why == "answers, but has listed nothing new for 12 hours, which it usually does every 60 minutes"
    poll(desk, "wire", newest_first(112 * hour, 30), 112 * hour)
    assert stands(desk).word == "ok"


def test_an_abandoned_feed_is_frozen_from_the_start(desk: Any) -> None:
    poll(desk, "wire", newest_first(-60 * 24 * 60, 20), 0)
    assert stands(desk).why == "answers, but has listed nothing new for 60 days"


def test_a_thin_day_is_told_and_is_no_alarm(desk: Any) -> None:
    hour, number = 60, 0
    for at in range(0, 10 * 24 * hour, hour):
        number += 4 if at < 9 * 24 * hour else 1
        poll(desk, "wire", newest_first(number, 30), at)
    found = stands(desk)
    assert (found.word, found.well) == ("quiet", True)
    assert found.why == "brought 24 entries in its last 24 hours, usually 96 a day (± 0)"


def test_how_late_news_is_seen(desk: Any) -> None:
    poll(desk, "wire", newest_first(0, 20), 0)
    poll(desk, "wire", [10, 5, *newest_first(0, 20)], 15)
    with desk.store.read() as tx:
        assert coverage.lag(tx, "wire") == timedelta(minutes=7, seconds=30)
        assert coverage.lag(tx, "daily") is None
