"""What an index is asked: never less than the matcher finds, and nothing that could break out of its quotes."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import compile_query
from monitor.query.expr import Or, Pattern, Term
from monitor.query.superset import ANYTHING, EVERYTHING, MOST_WORDS, OneOf, fts5, indexable, superset, tsquery
from monitor.text import fold, tokens

LISTS = {"wet": 'flood OR "rain storm"', "own": "source:wire OR rain"}


def asked(query: str) -> str:
    """As FTS5 is asked; exact forms, so that inflection does not make them long."""
    wanted = superset(compile_query(query, LISTS).expr).wanted
    return "" if wanted is None else fts5(wanted).removesuffix(f' OR "{ANYTHING}"')


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("=storm", '("storm")'),
        ("=storm OR =flood", '("flood" OR "storm")'),
        ("=storm AND =flood", '(("storm") AND ("flood"))'),
        ('="rain storm" OR =flood', '("flood" OR (("rain") AND ("storm")))'),
        ("=storm NEAR/3 (=flood OR =rain)", '(("storm") AND ("flood" OR "rain"))'),
        ("=storm NOT =flood", '("storm")'),
        ("title:=storm", '("storm")'),
        ("stor*", '("stor" *)'),
        ("sto?m*", '("sto" *)'),
        ("source:wire =storm", '("storm")'),
        ("source:wire", ""),
        ("@own", ""),
        ("@own =storm", '("storm")'),
        ("ATLEAST/1(=storm, =flood)", '("flood" OR "storm")'),
        ("ATLEAST/2(=storm, =flood)", '(("storm") AND ("flood"))'),
        # One of the two rarest is not enough to leave out: of three, two must be there.
        ("ATLEAST/2(=thunderstorm, =overflow, =rain)", '("overflow" OR "thunderstorm")'),
        ("ATLEAST/3(=thunderstorm^2, =overflow, =rain)", '(("thunderstorm") AND ("overflow" OR "rain"))'),
        ("ATLEAST/2(=storm, source:wire)", '("storm")'),
        ("ATLEAST/1(=storm, source:wire)", ""),
    ],
)
def test_what_is_asked(query: str, wanted: str) -> None:
    assert asked(query) == wanted


@pytest.mark.parametrize(
    ("query", "exact"),
    [
        ("storm", True),
        ("storm OR (flood AND stor*)", True),
        ("ATLEAST/1(storm, flood)", True),
        ("ATLEAST/3(storm, flood^2)", True),
        ("=storm", False),
        ('"rain storm"', False),
        ("storm NEAR/3 flood", False),
        ("storm NOT flood", False),
        ("lead:storm", False),
        ("sto*m", False),
        ("lang:en storm", False),
        ("ATLEAST/2(storm, flood, rain)", False),
        ("@wet", False),
    ],
)
def test_when_the_index_alone_knows(query: str, exact: bool) -> None:
    assert superset(compile_query(query, LISTS).expr).exact is exact


def test_deep_and_long_rules_are_asked_by_less() -> None:
    deep = "(" * 20 + "=storm" + "".join(f" {word} =w{n:03})" for n, word in enumerate(["OR", "AND"] * 10))
    assert 0 < asked(deep).count("(") < 5
    ranges = range(0, MOST_WORDS + 1, 1000)
    lists = {f"l{at}": " OR ".join(f"=w{n}" for n in range(at, at + 1000)) for at in ranges}
    many = " OR ".join(f"@{name}" for name in lists)
    assert superset(compile_query(many, lists).expr) == EVERYTHING
    assert superset(compile_query(f"({many}) AND =storm", lists).expr).wanted == OneOf(frozenset({"storm"}))


HOSTILE = ['a"b', "a'b", "a\\b", "a b", "a\0b", "", ANYTHING, "*", "NEAR", "A", "\ud800", "x" * 501, 'a" OR "b']


@pytest.mark.parametrize("word", HOSTILE)
def test_what_no_text_can_hold_is_not_asked(word: str) -> None:
    term = Term(word, (word,), False, 0, (Pattern(frozenset({word, "storm"})),))
    wanted = superset(Or((term, term), 0)).wanted
    assert wanted == OneOf(frozenset({"storm"}))
    only = superset(Term(word, (word,), False, 0, (Pattern(frozenset({word})),))).wanted
    assert only is not None and fts5(only) == f'("{ANYTHING}") OR "{ANYTHING}"'
    assert tsquery(only) == f"('{ANYTHING}') | '{ANYTHING}'"


def test_a_rule_without_words_asks_for_everything() -> None:
    assert superset(compile_query("lang:en", {}).expr) == EVERYTHING


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.text(max_size=12) | st.text("İßΣςﬃ½①ⅷёґ'’.,-é1ÅK", max_size=8), max_size=8), st.integers(1, 4))
def test_fts5_keeps_every_word_of_a_text_whole(pieces: list[str], length: int) -> None:
    words = sorted({token.folded for token in tokens(" ".join(pieces))})
    assert all(map(indexable, words))
    with sqlite3.connect(":memory:") as db:
        db.execute(
            "CREATE VIRTUAL TABLE i USING fts5"
            """(words, content='', detail='none', columnsize=0, tokenize="ascii tokenchars '.'")"""
        )
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(i, 'row')")
        db.execute("INSERT INTO i (rowid, words) VALUES (1, ?)", (" ".join(words),))
        assert sorted(row[0] for row in db.execute("SELECT term FROM v")) == words
        for word in words:
            for node in (OneOf(frozenset({word})), OneOf(prefixes=frozenset({word[:length]}))):
                assert db.execute("SELECT rowid FROM i WHERE i MATCH ?", (fts5(node),)).fetchall() == [(1,)]
    db.close()


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=20))
def test_whatever_a_word_folds_to_can_be_indexed(word: str) -> None:
    assert not fold(word) or indexable(fold(word))
