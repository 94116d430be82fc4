"""Hostile rules on long texts: the work grows with the text and no faster, has an end, and never makes a false hit."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import QueryError
from monitor.query import analyse, compile_query, holds, match
from monitor.query.matcher import MOST_HITS
from monitor.query.places import MOST_WORK, Places

LONGEST = 1_000


def filled(part: str, join: str) -> str:
    """The part again and again, in a rule of at most 1,000 characters."""
    return join.join([part] * ((LONGEST + len(join)) // (len(part) + len(join))))


def nested(words: str, distance: int) -> str:
    rule = words[0]
    for word in words[1:]:
        rule = f"({rule} NEAR/{distance} {word})"
    return rule


def steps(query: str, body: str) -> int:
    """What finding all places of a part takes."""
    places = Places(analyse("", body))
    places.shapes(compile_query(query, {}).expr, (0, places.text.count))
    return MOST_WORK - places.left


@pytest.mark.parametrize(
    "query",
    [
        "a NEAR/50 b",
        '"a b a b"',
        "(a NEAR/5 b) NEAR/5 c",
        "(a NEAR/9 b) ONEAR/9 (b NEAR/9 c)",
        "=a NEAR/3 b",
        "(abc* OR b) NEAR/8 (c OR abd*)",
        nested("abc", 50),
    ],
)
@pytest.mark.parametrize("block", ["a b c ", "a " * 60 + "b " * 60, "a\n\nb c\n\n", "a abcd b abde c x "])
def test_twice_the_text_is_at_most_twice_the_work(query: str, block: str) -> None:
    short, long = (steps(query, block * (size // len(block))) for size in (12_000, 24_000))
    assert short < long <= 2.2 * short < MOST_WORK


@pytest.mark.parametrize(
    "query",
    [
        filled("(a NEAR/0 b)", " OR "),
        filled('"a b c a"', " OR "),
        filled("a", " AND "),
        nested("abcabcabcabc", 50),
        f"{nested('abcabcabc', 50)} NEAR/0 (b OR q)",
        f"ATLEAST/50({filled('(a NEAR/50 b)', ', ')[:800].rpartition(',')[0]})",
        filled("(=a NEAR/3 =c)", " "),
    ],
)
def test_dense_words_are_found_at_once(query: str) -> None:
    compiled, text = compile_query(query, {}), analyse("", "a b c " * 12_000)
    hits = match(compiled, text)
    assert hits
    assert len(hits) <= MOST_HITS


def test_too_much_work_ends_and_is_never_a_hit() -> None:
    text = analyse("", "a b c " * 12_000 + "q")
    endless = f'(({nested("abcabcabc", 50)} NEAR/0 "c c") NEAR/0 q)'
    places = Places(text)
    assert not list(places.pairs(compile_query(endless, {}).expr, (0, text.count)))
    assert places.cut
    for query in (endless, f"a NOT {endless}", f"ATLEAST/2(a, {endless})", f"a AND {endless}"):
        assert not holds(compile_query(query, {}), text)
        assert match(compile_query(query, {}), text) is None
    for query in (f"a OR {endless}", f"ATLEAST/1({endless}, q)", f'"a b" NOT (zz AND {endless})'):
        assert holds(compile_query(query, {}), text)
        assert match(compile_query(query, {}), text)


def test_wildcards_over_a_great_vocabulary_end() -> None:
    text = analyse("", " ".join(f"abcd{number}" for number in range(40_000)))
    compiled = compile_query(" OR ".join(f"abc*{number}?z*" for number in range(90)), {})
    places = Places(text)
    assert not places.shapes(compiled.expr, (0, text.count))
    assert places.cut
    assert not holds(compiled, text)
    assert holds(compile_query("abcd3999?", {}), text)


def test_what_one_rule_looked_up_changes_nothing_for_another() -> None:
    lists = {"dense": filled("(a NEAR/9 b)", " OR ")[:300].rpartition(" OR ")[0]}
    queries = ["=a NEAR/1 b", "@dense", "@dense NEAR/2 abcd", "a NOT @dense", "abc* b", "@dense =a"]
    body = "a b c abcd " * 3_000
    together = analyse("", body)
    for query in queries * 2:
        compiled = compile_query(query, lists)
        assert match(compiled, together) == match(compiled, analyse("", body)), query
        alone, beside = Places(analyse("", body)), Places(together)
        for places in (alone, beside):
            places.shapes(compiled.expr, (0, places.text.count))
        assert (alone.left, alone.cut) == (beside.left, beside.cut), query


def test_regular_expressions_that_never_end_are_harmless_as_rules(shared: Path) -> None:
    text = analyse("a" * 20_000 + "!", "aaa " * 5_000 + "x" * 1_000)
    tried = 0
    for line in (shared / "data/hostile/generated/redos_rules.txt").read_text().splitlines():
        for query in (line, f'"{line}"', f"={line}", f"title:({line})", f"aaa AND NOT ({line})"):
            tried += 1
            try:
                compiled = compile_query(query, {})
            except QueryError as error:
                assert str(error)
            else:
                assert holds(compiled, text) == (match(compiled, text) is not None)
    assert tried >= 30
