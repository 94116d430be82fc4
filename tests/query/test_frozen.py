"""Frozen texts match as the live ones do, and ask for the original only when somebody wants to see it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import Text, analyse, compile_query, freeze, frozen_words, holds, match, thaw
from monitor.text import ANALYSER

TITLE, BODY = "Storm over U.S. coast", "Calm came late.\n\nThe storm’s surge flooded 1,200 homes.\n\n\n\nHarbour shut"
written = st.text(st.sampled_from("aAbé7.,’'- \n中😀\u0301\u200b\udcff") | st.characters(), max_size=60)


def never() -> tuple[str, str]:
    raise AssertionError("the original was asked for")


def shape(text: Text) -> tuple[object, ...]:
    places = {word: list(found) for word, found in text.places.items()}
    described = text.names, text.language, text.count, text.titled
    return *described, places, list(text.vocabulary), text.words, list(text.borders)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(written, written)
def test_a_thawed_text_is_the_live_one(title: str, body: str) -> None:
    live = analyse(title, body, source="a b.example", language="uk")
    thawed = thaw(freeze(live), original=lambda: (title, body), source="a b.example", language="uk")
    assert shape(thawed) == shape(live)
    assert (thawed.title, thawed.body, list(thawed.tokens)) == (live.title, live.body, list(live.tokens))
    assert freeze(thawed) == freeze(live)
    assert frozen_words(freeze(live)) == live.vocabulary


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("storm NEAR/1 surge", True),
        ("calm NEAR/9 surge", False),
        ('"us coast" AND flood* NOT snow', True),
        ("title:storm source:b.example lang:uk", True),
        ("title:surge", False),
        ('"coast calm"', False),
    ],
)
def test_the_original_is_not_needed_to_know_whether_a_rule_matches(query: str, held: bool) -> None:
    frozen = freeze(analyse(TITLE, BODY))
    text = thaw(frozen, original=never, source="a b.example", language="uk")
    assert holds(compile_query(query, {}), text) is held


def test_exact_terms_and_evidence_ask_for_it() -> None:
    live = analyse(TITLE, BODY)
    thawed = thaw(freeze(live), original=lambda: (TITLE, BODY))
    for query in ('="US coast"', '="us coast"', "storm surge", "harbo?r", "=calm"):
        compiled = compile_query(query, {})
        assert match(compiled, thawed) == match(compiled, live)
    assert match(compile_query("=Harbour", {}), thawed) is not None


def test_a_text_of_many_words_and_many_paragraphs() -> None:
    body = "\n\n".join(f"word{number} again" for number in range(40_000))
    live = analyse("", body)
    thawed = thaw(freeze(live), original=never)
    assert shape(thawed) == shape(live)
    assert holds(compile_query('"word39999 again"', {}), thawed)


def test_what_another_analyser_froze_is_cut_anew() -> None:
    frozen = bytes([ANALYSER + 1]) + b"unreadable"
    text = thaw(frozen, original=lambda: (TITLE, BODY), language="EN")
    assert shape(text) == shape(analyse(TITLE, BODY, language="en"))


def test_the_words_that_another_analyser_froze_can_be_read() -> None:
    live = analyse(TITLE, BODY)
    assert frozen_words(bytes([ANALYSER + 1]) + freeze(live)[1:]) == live.vocabulary


def test_words_of_another_article_are_refused() -> None:
    text = thaw(freeze(analyse(TITLE, BODY)), original=lambda: (TITLE, "Other words"))
    with pytest.raises(ValueError, match="another text"):
        match(compile_query("storm", {}), text)
