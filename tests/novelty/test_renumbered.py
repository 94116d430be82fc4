"""Digits in names: what was corrected in a text of the same words is never silenced."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.model import Judgement, Level
from monitor.novelty import tells_news

TEXT = """Two bombers left the airfield near Engels before dawn and turned south, watchers on the ground wrote.

They carried {one} missiles, of which four were shot down over the river, the air force said in its report.

The new radar, a gift of the allies, runs on {two} and can follow forty targets at once, an officer explained.

A post was shared widely that morning: "The sky is full again." — Marta Hale (@martahale) {three}

Residents of the town spent the night in the station and went home when the alarm ended, the mayor told reporters.
"""
WRITTEN = {"one": "Kh-101", "two": "Wi-Fi 6", "three": "November 19, 2030"}
Judge = Callable[..., Judgement]


@pytest.mark.parametrize(
    ("place", "new", "change"),
    [("one", "Kh-555", ("101", "555")), ("one", "Kh-101M2", ("101", "101M2")), ("two", "Wi-Fi 7", ("6", "7"))],
)
def test_a_corrected_digit_in_a_name_is_told(judged: Judge, place: str, new: str, change: tuple[str, str]) -> None:
    found = judged("Bombers", TEXT.format(**WRITTEN | {place: new}), [("Bombers", TEXT.format(**WRITTEN))])
    assert found.level is Level.TEMPLATE
    assert tells_news(found)
    assert [(one.old, one.text) for one in found.changes] == [change]


def test_the_date_of_a_quoted_post_is_told(judged: Judge) -> None:
    later = TEXT.format(**WRITTEN | {"three": "November 17, 2030"})
    found = judged("Bombers", later, [("Bombers", TEXT.format(**WRITTEN))])
    assert found.level is Level.TEMPLATE
    assert [(one.old, one.text) for one in found.changes] == [("November 19, 2030", "November 17, 2030")]


def test_another_order_and_a_repeated_name_are_no_correction(judged: Judge) -> None:
    whole = TEXT.format(**WRITTEN)
    moved = "\n\n".join(reversed(whole.strip().split("\n\n")))
    assert judged("Bombers", moved, [("Bombers", whole)]).level is Level.COPY
    assert judged("Bombers", whole, [("Bombers", whole)]).changes == ()
