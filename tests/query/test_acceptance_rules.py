"""The hand-judged rule pack. Cells that need inflected forms are expected with the issue that brings forms."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.query import Text, analyse, compile_query, match

UNTITLED = ("000", "003")
# Rules made of names, phrases, exact words and plain words that the seeds use uninflected.
HOLDING = [
    "R02",
    "R03",
    "R04",
    "R05",
    "R07",
    "R09",
    "R10",
    "R11",
    "R12",
    "R14",
    "R15",
    "R16",
    "R17",
    "R18",
    "R19",
    "R20",
]
HOLDING += ["R21", "R22", "R23"]
BASELINE = (108, 5)


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


@pytest.mark.parametrize("rule_id", HOLDING)
def test_rules_without_inflection_are_all_right(rule_id: str, pack: dict[str, Any], seeds: list[Text]) -> None:
    (rule,) = [rule for rule in pack["rules"] if rule["id"] == rule_id]
    assert row(rule["query"], pack["lists"], seeds) == rule["seeds"]


def test_no_cell_is_a_false_alarm(pack: dict[str, Any], seeds: list[Text]) -> None:
    for rule in pack["rules"]:
        cells = zip(row(rule["query"], pack["lists"], seeds), rule["seeds"], strict=True)
        assert ("1", "0") not in list(cells), rule["id"]


def test_the_baseline_does_not_sink(pack: dict[str, Any], seeds: list[Text]) -> None:
    right = sum(
        one == other
        for rule in pack["rules"]
        for one, other in zip(row(rule["query"], pack["lists"], seeds), rule["seeds"], strict=True)
    )
    texts = 0
    for case in pack["texts"]:
        text = [analyse("", case["text"])]
        texts += [rule["id"] for rule in pack["rules"] if row(rule["query"], pack["lists"], text) == "1"] == case[
            "rules"
        ]
    assert right >= BASELINE[0]
    assert texts >= BASELINE[1]
