"""Wilson's interval against figures worked out by hand and against its own definition."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts.precision import precision


@pytest.mark.parametrize(
    ("relevant", "judged", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_known_intervals(relevant: int, judged: int, low: float, high: float) -> None:
    found = precision(relevant, judged)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.share == relevant / judged


def test_nobody_has_judged() -> None:
    assert precision(0, 0) is None


@given(judged=st.integers(1, 5000), part=st.floats(0, 1))
@hypothesis_settings(max_examples=200, deadline=None, derandomize=True)
def test_the_ends_are_as_far_as_the_normal_score_allows(judged: int, part: float) -> None:
    found = precision(round(part * judged), judged)
    assert found is not None and 0 <= found.low <= found.share <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            score = abs(found.share - end) / sqrt(end * (1 - end) / judged)
            assert score == pytest.approx(1.95996, abs=1e-3)
