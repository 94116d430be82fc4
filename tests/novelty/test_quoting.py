"""Which known sentence is shown beside one."""

from __future__ import annotations

import pytest

from monitor.model import Known, Origin
from monitor.novelty.quoting import quotes


def known(number: int, text: str, language: str = "en") -> Known:
    return Known(number, number, f"Report {number}", text, "", "wire", Origin.FETCHED, language=language)


HARBOUR = known(1, "The harbour of Tamm is closed. Pilots counted 84 mines off the northern pier. Nobody was hurt.")
BOARD = known(2, "The board met. It said that pilots counted mines off the pier of Tamm yesterday.")
UKRAINIAN = known(3, "Сторони обміняли 175 полонених біля Маріуполя 18 березня. Погода була ясна.", "uk")
PRINT = known(4, "")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Pilots counted 84 mines off the northern pier.", [(1, "Pilots counted 84 mines off the northern pier.")]),
        ("Insurance premiums rose by a tenth in Brenna.", []),
        ("They exchanged 175 prisoners at Mariupol on 18 March.", [(3, "Сторони обміняли 175 полонених")]),
        ("", []),
        ("the of and", []),
    ],
)
def test_the_best_sentence_stands_first(sentence: str, expected: list[tuple[int, str]]) -> None:
    found = quotes(sentence, "en", (BOARD, UKRAINIAN, PRINT, HARBOUR))
    assert [one.known.version_id for one in found[: len(expected)]] == [number for number, _ in expected]
    assert bool(found) == bool(expected)
    for quote, (_, beginning) in zip(found, expected, strict=False):
        assert quote.text.startswith(beginning)
        assert 0.2 <= quote.share <= 1.0


def test_one_of_each_text_and_at_most_three() -> None:
    many = tuple(known(number, HARBOUR.text) for number in range(9, 2, -1))
    found = quotes("Pilots counted 84 mines off the northern pier.", "en", many)
    assert [one.known.version_id for one in found] == [3, 4, 5]
    assert {one.share for one in found} == {1.0}
