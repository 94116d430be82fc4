"""Where sentences begin and end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import sentences

SPLIT = [
    ("Talks began. They failed!", ["Talks began.", "They failed!"]),
    ("Mr. Smith met Dr. Jones. J. D. Doe left.", ["Mr. Smith met Dr. Jones.", "J. D. Doe left."]),
    ("He lives in the U.S. Senate aides agreed.", ["He lives in the U.S. Senate aides agreed."]),
    ("“It is over.” She left…", ["“It is over.”", "She left…"]),
    ("Rates rose 1.5 percent. Why? nobody knows", ["Rates rose 1.5 percent.", "Why? nobody knows"]),
    ("Виділили 30 тис. Грн поки немає. Так!", ["Виділили 30 тис. Грн поки немає.", "Так!"]),
    ("No stop here\n\nNew paragraph", ["No stop here", "New paragraph"]),
    ("和平。会谈！", ["和平。", "会谈！"]),
    ("", []),
    (" \n\n ", []),
]


@pytest.mark.parametrize(("text", "expected"), SPLIT)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(st.sampled_from("aB.!? \n”…1") | st.characters(codec="utf-8"), max_size=80))
def test_spans_hold_every_visible_character_once(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
