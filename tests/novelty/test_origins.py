"""How many reports stand by themselves."""

from __future__ import annotations

import pytest

from monitor.novelty.origins import Telling, independent


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], 0),
        ([Telling(1, "wire")], 1),
        ([Telling(1, "wire"), Telling(2, "daily")], 2),
        ([Telling(1, "wire"), Telling(2, "daily", copy_of=1), Telling(3, "post", copy_of=2)], 1),
        ([Telling(1, "wire"), Telling(2, "daily"), Telling(3, "post", copy_of=2)], 2),
        ([Telling(1, "wire", credits=("AFP",)), Telling(2, "daily", credits=("AFP",)), Telling(3, "post")], 2),
        ([Telling(1, "wire", credits=("AFP",)), Telling(2, "daily", credits=("Reuters",))], 2),
        (
            [
                Telling(1, "a", credits=("AFP",)),
                Telling(2, "b", credits=("AFP", "AP")),
                Telling(3, "c", credits=("AP",)),
            ],
            1,
        ),
        ([Telling(1, "wire"), Telling(2, "wire")], 1),
        ([Telling(2, "daily", copy_of=9), Telling(3, "post", copy_of=9)], 1),
        ([Telling(number, f"o{number}", copy_of=number - 1 or None) for number in range(1, 300)], 1),
    ],
)
def test_copies_agencies_and_outlets_count_once(told: list[Telling], expected: int) -> None:
    assert independent(told) == expected
    assert independent(told[::-1]) == expected
