"""The hand-judged rule pack: 23 rules against five articles, and twelve short texts against all rules."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.query import Text, analyse, compile_query, freeze_rule, match, thaw_rule
from monitor.query.forms import slavic

UNTITLED = ("000", "003")
RULES = [f"R{number:02}" for number in range(1, 24)]


@pytest.fixture(scope="module")
def pack(shared: Path) -> dict[str, Any]:
    return tomllib.loads((shared / "acceptance/rules.toml").read_text())


@pytest.fixture(scope="module")
def seeds(shared: Path) -> list[Text]:
    return [seed(path) for path in sorted((shared / "seeds").glob("*.txt"))]


def seed(path: Path) -> Text:
    title, _, body = path.read_text().partition("\n")
    return analyse("", f"{title}\n{body}") if path.name[:3] in UNTITLED else analyse(title, body)


def row(query: str, lists: dict[str, str], texts: list[Text]) -> str:
    compiled = compile_query(query, lists)
    return "".join("0" if match(compiled, text) is None else "1" for text in texts)


dictionaries = pytest.mark.skipif(not slavic.installed(), reason="the extra `slavic` is not installed")


@pytest.mark.parametrize("rule_id", RULES)
def test_every_cell_is_right(rule_id: str, pack: dict[str, Any], seeds: list[Text]) -> None:
    (rule,) = [rule for rule in pack["rules"] if rule["id"] == rule_id]
    assert row(rule["query"], pack["lists"], seeds) == rule["seeds"]


@dictionaries
@pytest.mark.parametrize("number", range(12))
def test_every_short_text_is_hit_by_its_rules_only(number: int, pack: dict[str, Any]) -> None:
    assert len(pack["texts"]) == 12
    case = pack["texts"][number]
    text = [analyse("", case["text"])]
    assert [rule["id"] for rule in pack["rules"] if row(rule["query"], pack["lists"], text) == "1"] == case["rules"]


def test_rules_frozen_and_thawed_give_the_same_cells(pack: dict[str, Any], seeds: list[Text]) -> None:
    for rule in pack["rules"]:
        compiled = compile_query(rule["query"], pack["lists"])
        thawed = thaw_rule(rule["query"], json.loads(json.dumps(freeze_rule(compiled))))
        assert [match(thawed, text) for text in seeds] == [match(compiled, text) for text in seeds]
        assert thawed.revision == compiled.revision
