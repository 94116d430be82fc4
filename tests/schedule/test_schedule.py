"""When a source is asked again: our own reckoning, the server's wishes, backoff, moves and the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Fetch, Outcome, Quiet, Source, SourceState
from monitor.schedule import LONGEST, host_rest, next_check, recheck_at, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source("harbour", "feed", "http://harbour.example/feed", every=timedelta(minutes=15))
STATE = SourceState("harbour", SOURCE.url, NOW, interval=timedelta(minutes=10))
FLOOR = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
REFUSALS = (Outcome.UNAUTHORISED, Outcome.FORBIDDEN, Outcome.BLOCKED, Outcome.CONSENT, Outcome.LEGAL, Outcome.ROBOTS)


def fetch(outcome: Outcome = Outcome.OK, status: int | None = 200, permanent_url: str = "", **headers: str) -> Fetch:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetch(SOURCE.url, outcome, NOW, status=status, permanent_url=permanent_url, headers=named)


def after(answer: Fetch, state: SourceState = STATE, source: Source = SOURCE, **facts: Any) -> SourceState:
    given_facts = {"listed": 10, "new": 5, "weekly": 1008, "ttl": None, "floor": FLOOR, "jitter": 0.0, **facts}
    return next_check(source, state, answer, NOW, **given_facts)


def wait(state: SourceState) -> timedelta:
    return state.due_at - NOW


@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({"weekly": 1008}, 10),
        ({"weekly": 1008, "listed": 10, "new": 1}, 15),
        ({"weekly": 1260, "listed": 10, "new": 3}, 12),
        ({"weekly": 1260, "listed": 100, "new": 34}, 8),
        ({"weekly": 1008, "listed": 10, "new": 10}, 5),
        ({"weekly": 1008, "listed": 0, "new": 0}, 15),
        ({"weekly": 0}, 15),
        ({"weekly": 1}, 15),
        ({"weekly": 1_000_000}, 5),
        ({"weekly": 1008, "floor": timedelta(minutes=30)}, 30),
    ],
)
def test_our_own_reckoning(facts: dict[str, Any], minutes: float) -> None:
    state = after(fetch(), **facts)
    assert wait(state) == state.interval == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("headers", "ttl", "minutes"),
    [
        ({"cache_control": "public, max-age=3600"}, None, 60),
        ({"cache_control": "MAX-AGE=3600"}, None, 60),
        ({"cache_control": "max-age=3600, no-cache"}, None, 10),
        ({"cache_control": "s-maxage=3600"}, None, 10),
        ({"cache_control": "max-age=60"}, None, 10),
        ({"cache_control": "max-age=99999999999999"}, None, 1440),
        ({"expires": format_datetime(NOW + 30 * MINUTE)}, None, 30),
        ({"expires": format_datetime(NOW + 90 * MINUTE), "date": format_datetime(NOW + 60 * MINUTE)}, None, 30),
        ({"expires": "0"}, None, 10),
        ({"expires": format_datetime(NOW - timedelta(days=9))}, None, 10),
        ({"cache_control": "max-age=1200", "expires": format_datetime(NOW + 90 * MINUTE)}, None, 20),
        ({"retry_after": "1800"}, None, 30),
        ({}, 40 * MINUTE, 40),
        ({}, 2 * MINUTE, 10),
        ({}, timedelta(days=30), 1440),
        ({"cache_control": "max-age=3600"}, 90 * MINUTE, 90),
    ],
)
def test_the_servers_wishes_prolong_the_wait(headers: dict[str, str], ttl: timedelta | None, minutes: int) -> None:
    state = after(fetch(**headers), ttl=ttl)
    assert wait(state) == timedelta(minutes=minutes)


def test_an_unchanged_listing_keeps_the_ttl_it_had() -> None:
    first = after(fetch(), ttl=60 * MINUTE)
    second = after(fetch(Outcome.UNCHANGED, 304), first, listed=0, new=0)
    assert wait(first) == wait(second) == 60 * MINUTE
    assert wait(after(fetch(), second)) == 10 * MINUTE


@pytest.mark.parametrize(
    ("hours", "days", "minutes"),
    [
        ((), (), 10),
        ((12,), (), 60),
        ((12, 13, 14), (), 180),
        ((13, 14), (), 10),
        ((), (6,), 720),
        ((0,), (6,), 780),
        (range(24), (), 1440),
        ((), range(7), 1440),
    ],
)
def test_hours_and_days_of_rest(hours: Any, days: Any, minutes: int) -> None:
    # NOW is a Sunday noon.
    assert wait(after(fetch(), quiet=Quiet(frozenset(hours), frozenset(days)))) == minutes * MINUTE


@pytest.mark.parametrize(
    ("status", "asked", "minutes"),
    [(429, "600", 10), (429, None, 15), (503, "600", 10), (503, None, None), (200, "9", None)],
)
def test_which_answers_want_the_whole_host_left_alone(status: int, asked: str | None, minutes: int | None) -> None:
    answer = fetch(Outcome.RATE_LIMITED, status, **({"retry_after": asked} if asked else {}))
    assert host_rest(answer, NOW) == (None if minutes is None else NOW + minutes * MINUTE)


def test_an_unchanged_listing_counts_as_known() -> None:
    assert wait(after(fetch(Outcome.UNCHANGED, 304), listed=0, new=0, weekly=1260)) == 12 * MINUTE


@pytest.mark.parametrize(
    "outcome", [one for one in Outcome if one not in (Outcome.OK, Outcome.UNCHANGED, Outcome.GONE, Outcome.STOPPED)]
)
def test_failures_back_off(outcome: Outcome) -> None:
    state, waits = STATE, []
    for _ in range(9):
        state = after(fetch(outcome, None), state)
        waits.append(wait(state) / MINUTE)
    # Whoever refuses us is left alone for longer.
    least = {Outcome.RATE_LIMITED: 15}.get(outcome, 60 if outcome in REFUSALS else 0)
    assert waits == [max(least, one) for one in (20, 40, 80, 160, 320, 640, 1280, 1440, 1440)]
    assert (state.failures, state.last_ok, state.last_checked) == (9, None, NOW)
    assert after(fetch(), state).failures == 0


def test_a_long_outage_does_not_overflow() -> None:
    assert wait(after(fetch(Outcome.DNS, None), replace(STATE, failures=10_000))) == LONGEST


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.SERVER_ERROR])
@pytest.mark.parametrize("text", ["7200", format_datetime(NOW + timedelta(hours=2))])
@pytest.mark.parametrize("jitter", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_retry_after_is_never_cut_short(outcome: Outcome, text: str, jitter: float) -> None:
    state = after(fetch(outcome, 503, retry_after=text), jitter=jitter)
    assert timedelta(hours=2) <= wait(state) <= timedelta(hours=2.2)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("1e3", 0),
        ("٣", 0),
        ("9" * 400, 86400),
        ("Sun, 01 Mar 2026 12:00:45 GMT", 45),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 9999 12:00:00 GMT", 86400),
        ("Sun, 99 Mar 2026 12:00:00 GMT", 0),
    ],
)
def test_reading_retry_after(text: str, seconds: int) -> None:
    assert retry_after({"retry-after": text}, NOW) == timedelta(seconds=seconds)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    jitter=st.floats(-1, 1),
    weekly=st.floats(0, 1e9),
    listed=st.integers(0, 200),
    share=st.floats(0, 1),
    every=st.integers(1, 1440),
    outcome=st.sampled_from([Outcome.OK, Outcome.UNCHANGED]),
)
def test_only_the_server_exceeds_the_longest_wait(
    jitter: float, weekly: float, listed: int, share: float, every: int, outcome: Outcome
) -> None:
    source = replace(SOURCE, every=timedelta(minutes=every))
    state = replace(STATE, interval=FLOOR)
    new = int(share * listed)
    state = after(fetch(outcome), state, source, jitter=jitter, weekly=weekly, listed=listed, new=new)
    assert FLOOR <= wait(state) <= max(FLOOR, source.every)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    outcome=st.sampled_from(list(Outcome)),
    value=st.text(max_size=40),
    name=st.sampled_from(["retry-after", "cache-control", "expires", "date", "etag", "last-modified"]),
)
def test_no_header_breaks_the_schedule(outcome: Outcome, value: str, name: str) -> None:
    answer = Fetch(SOURCE.url, outcome, NOW, status=200, headers={name: value, "expires": value})
    state = after(answer)
    assert state.due_at >= NOW and (wait(state) <= LONGEST or state.gone_at == NOW)


def test_jitter_spreads_both_ways() -> None:
    waits = [wait(after(fetch(), jitter=jitter)) / MINUTE for jitter in (-1, 0, 1)]
    assert waits == pytest.approx([9, 10, 11])


def test_gone_stops_and_a_forced_check_can_bring_it_back() -> None:
    gone = after(fetch(Outcome.GONE, 410))
    assert gone.gone_at == NOW and wait(gone) > timedelta(days=1000) and gone.last_checked == NOW
    back = after(fetch(), gone)
    assert back.gone_at is None and wait(back) == 10 * MINUTE


def test_stopping_is_no_failure() -> None:
    assert after(fetch(Outcome.STOPPED, None)) == replace(STATE, due_at=NOW)


def test_validators() -> None:
    full = after(fetch(etag='W/"1"', last_modified="noon"))
    assert (full.etag, full.last_modified) == ('W/"1"', "noon")
    kept = after(fetch(Outcome.UNCHANGED, 304, etag='"other"'), full)
    assert (kept.etag, kept.last_modified) == ('W/"1"', "noon")
    failed = after(fetch(Outcome.SERVER_ERROR, 500, etag='"error page"'), full)
    assert (failed.etag, failed.last_modified) == ('W/"1"', "noon")
    not_a_feed = after(fetch(Outcome.NOT_A_FEED, 200, etag='"wrong"'), full)
    assert not_a_feed.etag == 'W/"1"'
    half = after(fetch(last_modified="one"), full)
    assert (half.etag, half.last_modified) == ("", "one")
    same_body = after(fetch(Outcome.UNCHANGED, 200, etag='"2"'), full)
    assert (same_body.etag, same_body.last_modified) == ('"2"', "")
    assert after(fetch(etag='"a\x00b"')).etag == ""


def test_a_move_needs_three_equal_answers() -> None:
    here, there = "http://new.example/feed", "http://other.example/feed"
    state = STATE
    for target in (here, there, here, here):
        state = after(fetch(permanent_url=target), state)
    assert (state.url, state.moved_to, state.moved_seen) == (SOURCE.url, here, 2)
    assert after(fetch(), state).moved_seen == 0
    state = after(fetch(Outcome.TIMEOUT, None), state)
    moved = after(fetch(permanent_url=here), state)
    assert (moved.url, moved.moved_to, moved.moved_seen) == (here, "", 0)
    assert moved.source_id == STATE.source_id


def test_times_of_the_checks() -> None:
    first = after(fetch(Outcome.TIMEOUT, None))
    assert (first.first_checked, first.last_checked, first.last_ok) == (NOW, NOW, None)
    later = next_check(SOURCE, first, fetch(), NOW + MINUTE, listed=1, new=1, weekly=1, ttl=None, floor=FLOOR, jitter=0)
    assert (later.first_checked, later.last_checked, later.last_ok) == (NOW, NOW + MINUTE, NOW + MINUTE)


def test_re_checks_come_ever_more_rarely_and_end_after_two_days() -> None:
    start = datetime(2025, 3, 20, 9, 0, tzinfo=UTC)
    times, now = [], start
    while (following := recheck_at(start, now)) is not None:
        times.append(following - start)
        now = following
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 8 and times[-1] == timedelta(hours=48)
    assert waits == sorted(waits)
    assert recheck_at(start, start + timedelta(hours=11)) == start + timedelta(hours=18)
