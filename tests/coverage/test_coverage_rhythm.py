"""Does a source keep to its own rhythm?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.coverage import DAY, STALE, Rhythm, falls_short, rhythm, silence

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def newsroom(days: int, per_hour: int = 2, from_hour: int = 7, to_hour: int = 23) -> list[tuple[datetime, int]]:
    """Something every half hour from seven to eleven in the evening, for so many days up to now."""
    start = NOW - days * DAY
    moments = [start + timedelta(minutes=60 / per_hour * one) for one in range(24 * per_hour * days + 1)]
    return [(one, 1) for one in moments if from_hour <= one.hour < to_hour]


def test_a_newsroom_that_sleeps_at_night_is_not_silent_in_the_morning() -> None:
    own = rhythm(newsroom(10), NOW - 10 * DAY, NOW)
    assert own.usual == timedelta(minutes=30)
    last = NOW.replace(hour=22, minute=30)
    night = last + timedelta(hours=8, minutes=25)
    assert silence(Rhythm(last, own.usual, own.patience), None, night) is None


def test_a_source_that_stops_is_silent_after_its_night_and_a_quarter() -> None:
    own = rhythm(newsroom(10), NOW - 10 * DAY, NOW)
    assert silence(own, None, NOW + 10 * HOUR) is None
    assert silence(own, None, NOW + 11 * HOUR) == 11 * HOUR


def test_round_the_clock_five_times_the_usual_wait_is_silence() -> None:
    own = rhythm(newsroom(10, from_hour=0, to_hour=24), NOW - 10 * DAY, NOW)
    assert own.patience == timedelta(minutes=150)


def test_two_breakdowns_do_not_make_a_source_patient() -> None:
    kept = [pair for pair in newsroom(20) if (NOW - pair[0]).days not in (4, 5, 11, 12)]
    assert rhythm(kept, NOW - 20 * DAY, NOW).patience == rhythm(newsroom(20), NOW - 20 * DAY, NOW).patience


@pytest.mark.parametrize("days", [1, 2])
def test_nothing_is_said_before_enough_was_seen(days: int) -> None:
    own = rhythm(newsroom(days), NOW - days * DAY, NOW)
    assert (own.usual, own.patience) == (None, None)
    assert silence(own, None, NOW + 20 * DAY) is None
    assert not falls_short(own)


@pytest.mark.parametrize(
    ("newest", "checked", "silent"),
    [
        (NOW - 400 * DAY, NOW, 400 * DAY),
        (NOW - 29 * DAY, NOW, None),
        (NOW - STALE - HOUR, NOW, STALE + HOUR),
        (None, NOW, None),
        (NOW - 400 * DAY, None, None),
    ],
)
def test_a_source_that_never_brought_anything(
    newest: datetime | None, checked: datetime | None, silent: timedelta | None
) -> None:
    assert silence(Rhythm(), newest, checked) == silent


@pytest.mark.parametrize(
    ("days", "mean", "sigma", "last_day", "short"),
    [
        (7, 40.0, 4.0, 33, True),
        (7, 40.0, 4.0, 34, False),
        (6, 40.0, 4.0, 0, False),
        (27, 1.0, 1.0, 0, False),
        (27, 10.0, 0.0, 9, True),
        (27, 0.0, 0.0, 0, False),
    ],
)
def test_a_day_below_the_mean_minus_one_and_a_half_sigma(
    days: int, mean: float, sigma: float, last_day: int, short: bool
) -> None:
    assert falls_short(Rhythm(days=days, mean=mean, sigma=sigma, last_day=last_day)) is short


def test_days_are_counted_from_now_backwards_without_the_first_backlog() -> None:
    since = NOW - 10 * DAY
    told = [(since, 500), *[(NOW - one * DAY - HOUR, 20 + one) for one in range(10)]]
    own = rhythm(told, since, NOW)
    assert (own.days, own.last_day, own.mean, own.newest) == (9, 20, 25.0, NOW - HOUR)


MOMENTS = st.lists(
    st.tuples(st.integers(-50 * 24 * 60, 100).map(lambda one: NOW + timedelta(minutes=one)), st.integers(0, 50)),
    max_size=80,
)


@settings(derandomize=True, max_examples=200)
@given(MOMENTS, st.integers(0, 60))
def test_whatever_arrives_the_measure_holds_together(told: list[tuple[datetime, int]], days: int) -> None:
    own = rhythm(told, NOW - days * DAY, NOW)
    assert own == rhythm(told[::-1], NOW - days * DAY, NOW)
    assert own.days <= 27
    assert own.newest is None or own.newest <= NOW
    assert (own.usual is None) == (own.patience is None)
    if own.usual is not None and own.patience is not None:
        assert own.patience >= 5 * own.usual
    assert silence(own, None, own.newest) is None
