"""The matcher against the naive judge of random rules, and the presearch against evaluating every rule."""

from __future__ import annotations

import runpy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.query import RuleSet, compile_query

ORACLE = runpy.run_path(str(Path(__file__).with_name("oracle.py")))
chances = st.randoms(use_true_random=False)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(chances)
def test_matcher_agrees_with_the_naive_judge(chance: Random) -> None:
    assert not ORACLE["difference"](ORACLE["rule"](chance), ORACLE["article"](chance))


@pytest.mark.parametrize("seed", range(20))
def test_matcher_agrees_on_many_articles_a_rule(seed: int) -> None:
    chance = Random(seed)
    part = ORACLE["rule"](chance)
    assert not [told for _ in range(60) if (told := ORACLE["difference"](part, ORACLE["article"](chance)))]


def test_the_random_rules_match_often_and_fail_often() -> None:
    chance = Random(1)
    held = []
    for _ in range(400):
        article: Any = ORACLE["article"](chance)
        everywhere = frozenset(range(len(article.words())))
        held.append(ORACLE["rule"](chance).holds(article, everywhere))
    assert 80 < sum(held) < 320


@pytest.mark.parametrize("seed", range(6))
def test_presearch_misses_nothing(seed: int) -> None:
    chance = Random(seed)
    queries = [ORACLE["rule"](chance).query() for _ in range(60)]
    pairs = [(Rule(f"r{number}", query), compile_query(query, ORACLE["LISTS"])) for number, query in enumerate(queries)]
    rules = RuleSet(pairs)
    for _ in range(10):
        text = ORACLE["analysed"](ORACLE["article"](chance))
        assert rules.matches(text) == rules.matches(text, presearch=False)
