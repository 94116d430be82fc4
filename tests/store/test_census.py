"""The census: what is counted in memory is what the archive says, before and after it grew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from monitor.store import searches
from monitor.store.bits import Times, below, bits, nearest, newest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(some.sets(some.integers(0, 300)), some.integers(0, 300))
def test_bits_are_a_set(numbers: set[int], one: int) -> None:
    held = bits(numbers)
    assert newest(held) == sorted(numbers, reverse=True) == newest(held, 1000)
    assert newest(held, 2) == sorted(numbers, reverse=True)[:2]
    assert newest(below(held, one)) == sorted((n for n in numbers if n < one), reverse=True)
    above, under = nearest(held, one)
    assert above == min((n for n in numbers if n > one), default=None)
    assert under == max((n for n in numbers if n < one), default=None)


@settings(max_examples=60)
@given(some.lists(some.integers(0, 400_000), min_size=1, max_size=60), some.integers(0, 400_000), some.data())
def test_times_find_a_span(seconds: list[int], first: int, data: Any) -> None:
    last = data.draw(some.integers(first, 400_001))
    times, half = Times(), len(seconds) // 2
    times.add(range(1, half + 1), seconds[:half])
    times.add(range(half + 1, len(seconds) + 1), seconds[half:])
    start, end = (datetime.fromtimestamp(one, UTC) for one in (first, last))
    wanted = {n for n, second in enumerate(seconds, 1) if first <= second < last}
    found = times.span(start, end)
    assert found is not None and set(newest(found)) == wanted
    base, held = times.piece(*(datetime.fromtimestamp(one // 900 * 900, UTC) for one in (first, last)))
    quarters = {n for n, one in enumerate(seconds, 1) if first // 900 <= one // 900 < last // 900}
    assert {base + one for one in newest(held)} == quarters


def test_nothing_has_no_span() -> None:
    assert Times().span(None, None) is None and Times().span(NOON, None) == 0
    assert Times().ends is None and Times().piece(NOON, NOON + timedelta(days=1)) == (0, 0)


def test_searches_are_kept_by_name(store: Any) -> None:
    with store.write() as tx:
        first = searches.keep(tx, "Sea", "q=ferry&lang=uk", "ann", NOON)
        assert searches.keep(tx, "Sea", "q=other", "ben", NOON) is None
        searches.keep(tx, "Air", "q=drone", "ben", NOON)
    with store.read() as tx:
        assert [one.name for one in searches.kept(tx)] == ["Air", "Sea"]
        assert first is not None and searches.by_id(tx, first) == searches.kept(tx)[1]
    with store.write() as tx:
        assert (searches.forget(tx, first), searches.forget(tx, first)) == (True, False)
        assert searches.by_id(tx, first) is None
