"""Chrome: what is told apart as a sentence, what is masked, and that offsets stay true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.novelty.chrome import TOO_MUCH, Mask, blanked, mask, told
from monitor.query import analyse, compile_query, match

HOST = "courier.example"
NEWS = "The envoys met in the port of Varn and agreed on 40 days of truce. They left at noon without a word."
BOX = "Sign up to our newsletter for the best of the day.\nMore from the Courier"


def marks(text: str, host: str = HOST) -> set[int]:
    return {one.mark for one in told(host, text)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The quay is open.", "the  QUAY is open!", True),
        ("The quay is open.", "The quay is closed.", False),
        ("31 mines were found.", "32 mines were found.", False),
        ("Читайте також: новини порту", "читайте також новини порту", True),
    ],
)
def test_the_same_words_are_the_same_sentence_and_a_changed_figure_is_not(one: str, other: str, same: bool) -> None:
    assert (marks(one) == marks(other)) is same


def test_a_sentence_belongs_to_its_host() -> None:
    assert not marks(NEWS) & marks(NEWS, "another.example")
    assert told("", NEWS) == ()


def test_what_is_masked_is_blank_and_everything_else_stands_where_it_stood() -> None:
    text = f"{NEWS}\n\n{BOX}\n\nThe mayor of Varn thanked both sides."
    found = mask(told(HOST, text), marks(BOX))
    assert [text[start:end] for start, end in found.spans] == BOX.split("\n")
    seen = blanked(text, found.spans)
    assert len(seen) == len(text)
    assert "newsletter" not in seen and "Courier" not in seen
    assert seen.index("The mayor") == text.index("The mayor")


def test_what_stood_on_the_two_sides_of_a_blank_does_not_become_a_phrase() -> None:
    text = "They spoke of the Black. Read more here. Sea levels rise, and nobody in the town knows what to do about it."
    found = mask(told(HOST, text), marks("Read more here."))
    seen = analyse("", blanked(text, found.spans))
    assert match(compile_query('"Black Sea"', {}), seen) is None


def test_a_text_that_is_mostly_repeated_is_left_alone_with_a_word() -> None:
    text = f"{BOX}\n\n{BOX}\n\nVarn is open."
    assert mask(told(HOST, text), marks(BOX)) == Mask((), TOO_MUCH)


WORDS = st.sampled_from(["quay", "Varn", "31", "mines.", "Sign up.", "\n\n", "\n", "«so»", "Ёлка", "\u2028", "10 a.m."])
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)


@settings(derandomize=True, max_examples=200)
@given(TEXTS, TEXTS)
def test_masking_keeps_lengths_and_touches_nothing_else(text: str, furniture: str) -> None:
    found = mask(told(HOST, text), marks(furniture))
    seen = blanked(text, found.spans)
    assert len(seen) == len(text)
    hidden = {place for start, end in found.spans for place in range(start, end)}
    assert all(seen[place] == text[place] for place in range(len(text)) if place not in hidden)
    assert all(seen[place].isspace() for place in hidden)
    masked = sum(one.words for one in told(HOST, text) if (one.start, one.end) in found.spans)
    assert 2 * masked <= sum(one.words for one in told(HOST, text))
    assert not marks(seen) & (marks(furniture) & {one.mark for one in told(HOST, text)}) or found.note
