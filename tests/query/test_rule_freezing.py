"""A rule revision means what it meant, whatever lists, inflection and dictionaries say later."""

from __future__ import annotations

import json

import pytest

from monitor.query import Compiled, analyse, compile_query, freeze_rule, match, thaw_rule

LISTS = {"wet": 'storm OR "heavy rain" OR @snow', "snow": "snow OR Сніг OR метель", "unused": "sun"}
QUERIES = [
    "@wet NEAR/4 (harbour OR =Port)",
    'ATLEAST/2(@wet, ferr*, "rough sea"^2) -regatta lang:en',
    "title:@snow OR lead:перемир'я",
]


def again(compiled: Compiled) -> Compiled:
    return thaw_rule(compiled.query, json.loads(json.dumps(freeze_rule(compiled))))


@pytest.mark.parametrize("query", QUERIES)
def test_thawed_is_what_was_frozen(query: str) -> None:
    compiled = compile_query(query, LISTS)
    assert again(compiled) == compiled
    assert "unused" not in freeze_rule(compiled)["lists"]


def test_the_frozen_forms_count_and_not_those_of_today() -> None:
    frozen = freeze_rule(compile_query("storm", {}))
    frozen["forms"]["storm"] = ["storm", "tempest"]
    thawed = thaw_rule("storm", frozen)
    assert match(thawed, analyse("", "a tempest"))
    assert match(thawed, analyse("", "storms")) is None
    assert thawed.revision != compile_query("storm", {}).revision


def test_other_forms_are_another_revision_and_thawing_keeps_it() -> None:
    compiled = compile_query("storm", {})
    frozen = freeze_rule(compiled)
    assert thaw_rule("storm", frozen).revision == compiled.revision
    changed = {**frozen, "forms": {"storm": ["storm"]}}
    assert thaw_rule("storm", changed).revision == again(thaw_rule("storm", changed)).revision != compiled.revision
