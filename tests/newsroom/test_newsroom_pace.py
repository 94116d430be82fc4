"""The newsroom's clock: when it begins, how real seconds become simulated days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.newsroom.pace import Clock, simulated

OPENING = datetime(2025, 3, 18, 14, tzinfo=UTC)
MOMENTS = [OPENING + timedelta(hours=hours) for hours in (1, 2, 30, 31)]


@pytest.mark.parametrize(
    ("elapsed", "out"), [(-1.0, 0), (0.0, 0), (2.4, 0), (2.5, 1), (5.0, 2), (7.5, 3), (9.9, 3), (10.0, 4), (99.0, 4)]
)
def test_moments_come_up_at_equal_distances(elapsed: float, out: int) -> None:
    now = simulated(OPENING, MOMENTS, 10.0, elapsed)
    assert sum(moment <= now for moment in MOMENTS) == out


@settings(derandomize=True, max_examples=100)
@given(st.integers(1, 80), st.floats(0.5, 100), st.floats(0, 120), st.floats(0, 10))
def test_time_never_runs_backwards_and_every_station_is_met(n: int, pace: float, elapsed: float, more: float) -> None:
    moments = [OPENING + timedelta(minutes=7 * (place + 1) ** 2) for place in range(n)]
    first, then = (simulated(OPENING, moments, pace, each) for each in (elapsed, elapsed + more))
    assert OPENING <= first <= then <= moments[-1]
    for place, moment in enumerate(moments, start=1):
        assert simulated(OPENING, moments, pace, pace * place / n) >= moment


def test_without_moments_time_stands() -> None:
    assert simulated(OPENING, [], 10.0, 5.0) == OPENING


def test_the_clock_stands_until_everything_was_read() -> None:
    clock = Clock(OPENING, MOMENTS, ["a", "b"], 10.0, 60.0)
    assert clock.elapsed(99.0) is None
    clock.read("something else", 99.5)
    clock.read("a", 100.0)
    clock.read("a", 101.0)
    assert (clock.elapsed(102.0), clock.moment(102.0), clock.share(102.0)) == (None, OPENING, 0.0)
    clock.read("b", 103.0)
    clock.read("b", 105.0)
    assert clock.elapsed(108.0) == 5.0
    assert clock.share(108.0) == 0.5
    assert clock.moment(108.0) >= MOMENTS[1]
    assert clock.share(200.0) == 1.0


def test_its_patience_ends() -> None:
    clock = Clock(OPENING, MOMENTS, ["a", "b"], 10.0, 20.0)
    assert clock.elapsed(1000.0) is None
    clock.read("a", 1000.0)
    assert clock.elapsed(1019.9) is None
    assert clock.elapsed(1023.0) == 3.0


def test_it_can_be_started_by_hand_once() -> None:
    clock = Clock(OPENING, MOMENTS, ["a"], 0.0, 20.0)
    clock.begin(5.0)
    clock.begin(7.0)
    assert clock.elapsed(8.0) == 3.0
    assert clock.share(8.0) == 1.0
    assert clock.moment(8.0) == MOMENTS[-1]
