"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.retry import GIVE_UP_AFTER, LONGEST_ASKED, LONGEST_WAIT, next_attempt
from monitor.errors import DeliveryError

NOW = datetime(2025, 3, 18, 12, 0, tzinfo=UTC)
FIRST = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 25), (3, 125), (4, 625), (5, 3125), (6, 3600), (7, 3600), (1000, 3600)]
)
def test_waits_grow_fivefold_up_to_an_hour(attempts: int, seconds: int) -> None:
    again = next_attempt(DeliveryError("x"), attempts, NOW, FIRST, NOW, 0.0)
    assert again == NOW + timedelta(seconds=seconds)


def test_permanent_failures_are_dead_at_once() -> None:
    assert next_attempt(DeliveryError("x", permanent=True, retry_after=5), 1, NOW, FIRST, NOW, 0.0) is None


@pytest.mark.parametrize(("asked", "seconds"), [(0, 1), (1, 1), (90, 90), (86400, 900), (1e12, 900)])
def test_a_pause_that_was_asked_for_is_kept_within_reason(asked: float, seconds: int) -> None:
    again = next_attempt(DeliveryError("x", retry_after=asked), 3, NOW, FIRST, NOW, 0.0)
    assert again == NOW + timedelta(seconds=seconds)


def test_three_days_are_enough_unless_hardly_anything_was_tried() -> None:
    late = NOW + GIVE_UP_AFTER
    assert next_attempt(DeliveryError("x"), 70, NOW, FIRST, late, 0.0) is None
    assert next_attempt(DeliveryError("x"), 70, NOW, FIRST, late - timedelta(seconds=1), 0.0) is not None
    assert next_attempt(DeliveryError("x"), 1, NOW, FIRST, late, 0.0) == late + FIRST


@settings(derandomize=True, max_examples=200)
@given(
    attempts=st.integers(1, 10_000),
    jitter=st.floats(0, 1),
    asked=st.none() | st.floats(0, 1e300, allow_nan=False),
    age=st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_the_next_attempt_is_always_soon_and_in_the_future(
    attempts: int, jitter: float, asked: float | None, age: timedelta
) -> None:
    error = DeliveryError("x", retry_after=asked)
    again = next_attempt(error, attempts, NOW - age, FIRST, NOW, jitter)
    if again is not None:
        assert NOW < again <= NOW + max(LONGEST_WAIT, LONGEST_ASKED) * 1.1
