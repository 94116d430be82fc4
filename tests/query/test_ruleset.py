"""Many rules against one text."""

from __future__ import annotations

from monitor.model import Rule
from monitor.query import RuleSet, analyse, compile_query


def rule_set(*queries: str) -> RuleSet:
    lists = {"wet": "rain OR flood*"}
    return RuleSet([(Rule(f"r{number}", query), compile_query(query, lists)) for number, query in enumerate(queries)])


def test_matches_come_in_the_order_of_the_rules_with_their_revisions() -> None:
    rules = rule_set("zebra*", "storm", "@wet", "lang:en", "calm -storm", 'ATLEAST/2(storm, "wet rain", calm)')
    found = rules.matches(analyse("Storm", "floods", language="en"))
    assert [match.rule_id for match in found] == ["r1", "r2", "r3"]
    assert found[0].revision == compile_query("storm", {}).revision
    assert [hit.text for hit in found[1].hits] == ["floods"]


def test_long_and_short_prefixes_are_found() -> None:
    rules = rule_set("flo*", "flooded*", "flo?ds", "floodings*")
    assert [match.rule_id for match in rules.matches(analyse("floods", "flooded"))] == ["r0", "r1", "r2"]


def test_rules_are_filed_under_the_word_that_is_likely_to_be_rare() -> None:
    queries = ["government Oslo", "government Bern", "governmental* Oslo", "(government OR calm) -storm"]
    pairs = [(Rule(query, query), compile_query(query, {})) for query in queries]
    text = analyse("Calm", "the government of Bern")
    rules = RuleSet(pairs)
    assert [match.rule_id for match in rules.matches(text)] == ["government Bern", "(government OR calm) -storm"]
    assert rules.candidates(text) == 2


def test_no_rules_and_no_text() -> None:
    assert rule_set().matches(analyse("storm", "")) == ()
    assert rule_set("storm", "lang:en").matches(analyse("", "")) == ()
