"""Do two listings of a source overlap?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.coverage import SMALL, Window, bridges, overlap

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)
AFTER = [SINCE + timedelta(minutes=one) for one in range(1, 21)]


def keys(first: int, how_many: int) -> tuple[int, ...]:
    """A newest-first list of so many entries, the newest with this number."""
    return tuple(range(first, first - how_many, -1))


def joined(before: Window, listed: tuple[int, ...], dates: list[datetime], weekly: float = 500.0) -> bool:
    return overlap(before, listed, dates, SINCE, NOW, weekly).joined


@pytest.mark.parametrize(
    ("before", "listed", "dates", "fine"),
    [
        (keys(20, 20), keys(20, 20), [], True),
        (keys(20, 20), keys(25, 20), AFTER, True),
        (keys(20, 20), keys(39, 20), AFTER, True),
        (keys(20, 20), keys(40, 20), AFTER, False),
        (keys(20, 20), keys(90, 20), [], False),
        # A pinned entry stays at the head and proves nothing.
        ((900, *keys(20, 19)), (900, *keys(90, 19)), AFTER, False),
        ((900, *keys(20, 19)), (900, *keys(25, 19)), AFTER, True),
        # Oldest first: the list grows at its end, or moves on.
        (tuple(range(20)), tuple(range(25)), AFTER, True),
        (tuple(range(20)), tuple(range(10, 30)), AFTER, True),
        # The list goes back to before the last check: nothing fell off between.
        (keys(20, 20), keys(90, 20), [SINCE - timedelta(minutes=5), SINCE - timedelta(minutes=9), *AFTER], True),
        # One old piece among new ones is a guest.
        (keys(20, 20), keys(90, 20), [SINCE - timedelta(days=400), *AFTER], False),
        # Nothing to compare with.
        ((), keys(90, 20), AFTER, True),
        (keys(20, 20), (), [], True),
        # An entry is taken out and nothing comes.
        (keys(20, 20), keys(19, 19), [], True),
    ],
)
def test_two_listings(before: tuple[int, ...], listed: tuple[int, ...], dates: list[datetime], fine: bool) -> None:
    assert joined(Window(before, 1), listed, dates) is fine


@pytest.mark.parametrize(
    ("size", "partly", "weekly", "fine"),
    [
        (5, 0, 5, True),
        (SMALL, 0, 10, True),
        (SMALL + 1, 0, 10, False),
        # It was seen to move on entry by entry, so it does not replace itself as a whole.
        (5, 1, 5, False),
        # By its own pace an hour is enough to push all five out.
        (5, 0, 500, False),
    ],
)
def test_a_short_list_that_is_replaced_as_a_whole_is_no_gap(size: int, partly: int, weekly: float, fine: bool) -> None:
    assert joined(Window(keys(20, size), partly), keys(90, size), AFTER[:size], weekly) is fine


def test_a_list_that_moves_on_says_so() -> None:
    assert overlap(Window(keys(20, 5)), keys(22, 5), [], SINCE, NOW, 5).partly
    assert not overlap(Window(keys(20, 5)), keys(20, 5), [], SINCE, NOW, 5).partly


@settings(derandomize=True, max_examples=200)
@given(st.integers(1, 60), st.integers(0, 120), st.booleans())
def test_a_stream_is_cut_exactly_when_more_comes_than_the_list_holds(size: int, came: int, pinned: bool) -> None:
    """A newest-first list of a stream, read twice; everything in it is dated after the last check."""
    head = (9999,) if pinned else ()
    before, listed = (*head, *keys(1000, size)), (*head, *keys(1000 + came, size))
    found = overlap(Window(before, 1), listed, [NOW] * len(listed), SINCE, NOW, 500)
    assert found.joined is (came < size)


@pytest.mark.parametrize(
    ("minutes", "fine"),
    [((-90, -70, -30, 10), True), ((-90, -30, 10), False), ((-90, -80, -30), False), ((-70, 10), True), ((), False)],
)
def test_what_reaches_across_a_gap(minutes: tuple[int, ...], fine: bool) -> None:
    dates = [NOW + timedelta(minutes=one) for one in minutes]
    assert bridges(dates, SINCE, NOW) is fine
