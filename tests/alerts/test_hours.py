"""Quiet hours and digest times over both changes of the clocks, in three zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.hours import next_digest, occurrence, quiet_until
from monitor.config.values import Window

KYIV, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/Kyiv", "America/New_York", "Australia/Lord_Howe"))
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "first", "last"),
    [
        (KYIV, date(2026, 3, 28), time(3, 30), "2026-03-28T01:30", "2026-03-28T01:30"),
        # Kyiv jumps from 03:00 to 04:00: a time that no clock shows is the moment of the jump.
        (KYIV, date(2026, 3, 29), time(3, 30), "2026-03-29T01:00", "2026-03-29T01:00"),
        (KYIV, date(2026, 10, 25), time(3, 30), "2026-10-25T00:30", "2026-10-25T01:30"),
        (NEW_YORK, date(2026, 3, 8), time(2, 0), "2026-03-08T07:00", "2026-03-08T07:00"),
        (NEW_YORK, date(2026, 11, 1), time(1, 15), "2026-11-01T05:15", "2026-11-01T06:15"),
        # Lord Howe's clocks move by half an hour: 02:00 to 02:30, and 02:00 back to 01:30.
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), "2026-10-03T15:30", "2026-10-03T15:30"),
        (LORD_HOWE, date(2026, 4, 5), time(1, 45), "2026-04-04T14:45", "2026-04-04T15:15"),
    ],
)
def test_a_time_of_day_is_a_moment_also_where_it_is_skipped_or_comes_twice(
    zone: ZoneInfo, day: date, at: time, first: str, last: str
) -> None:
    assert occurrence(day, at, zone) == utc(first)
    assert occurrence(day, at, zone, last=True) == utc(last)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-28T19:59:59", None),
        ("2026-03-28T20:00:00", "2026-03-29T04:00"),
        ("2026-03-29T03:59:59", "2026-03-29T04:00"),
        ("2026-03-29T04:00:00", None),
        # In October the night is an hour longer.
        ("2026-10-24T19:00:00", "2026-10-25T05:00"),
        ("2026-10-25T04:59:59", "2026-10-25T05:00"),
        ("2026-10-25T05:00:00", None),
    ],
)
def test_a_night_ends_at_its_second_whatever_the_clocks_do(now: str, until: str | None) -> None:
    night = Window(time(22), time(7))
    assert quiet_until(night, KYIV, utc(now)) == (utc(until) if until else None)
    assert quiet_until(None, KYIV, utc(now)) is None


def test_quiet_hours_that_end_in_the_doubled_hour_end_once() -> None:
    nap = Window(time(1), time(3, 30))
    end = utc("2026-10-25T01:30")
    for minute in range(210):
        now = utc("2026-10-24T22:00") + minute * MINUTE
        assert quiet_until(nap, KYIV, now) == end
    assert all(quiet_until(nap, KYIV, end + minute * MINUTE) is None for minute in range(180))


def test_a_window_within_the_skipped_hour_is_no_window_that_day() -> None:
    nap = Window(time(3, 10), time(3, 50))
    assert all(quiet_until(nap, KYIV, utc("2026-03-29T00:00") + minute * MINUTE) is None for minute in range(180))


def test_a_digest_comes_once_a_day_also_when_its_hour_comes_twice_or_never() -> None:
    for start, end in (("2026-03-27T00:00", 5), ("2026-10-23T00:00", 5)):
        now, told = utc(start), []
        while (now := next_digest((time(3, 30),), KYIV, now)) < utc(start) + timedelta(days=end):
            told.append(now.astimezone(KYIV).date())
        assert len(told) == len(set(told)) == end


def test_the_next_of_several_digests_is_strictly_later() -> None:
    times = (time(7, 30), time(18))
    assert next_digest(times, KYIV, utc("2026-06-01T04:29:59")) == utc("2026-06-01T04:30")
    assert next_digest(times, KYIV, utc("2026-06-01T04:30:00")) == utc("2026-06-01T15:00")
    assert next_digest(times, KYIV, utc("2026-06-01T15:00:00")) == utc("2026-06-02T04:30")


@given(
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from([KYIV, NEW_YORK, LORD_HOWE]),
    minutes=st.integers(0, 527_040),
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_quiet_hours_end_and_are_shorter_than_a_day_and_an_hour(
    start: time, end: time, zone: ZoneInfo, minutes: int
) -> None:
    window = Window(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    if window.start == window.end:
        return
    now = utc("2026-01-01T00:00") + minutes * MINUTE
    until = quiet_until(window, zone, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        shown = until.astimezone(zone).time()
        jumped = occurrence(until.astimezone(zone).date(), window.end, zone, last=True) == until
        assert shown == window.end or jumped
