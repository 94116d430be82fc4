"""`mute`, `vote` and what `rules list` and `alerts list` say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_a_mute_has_an_end_is_listed_and_can_be_ended(run: Any, filled: Path) -> None:
    made = run("mute", "rule", "mines", "--until", "24h", "--note", "we know", "--by", "anna", "--json").json
    assert (made["id"], made["kind"], made["target"], made["who"]) == ("m1", "rule", "mines", "anna")
    assert made["active"] is True
    run("mute", "story", "s1", "--until", "tomorrow")
    run("mute", "source", "wire", "--until", "2199-01-01")
    rows = run("mute", "list", "--json").json["rows"]
    assert [(one["id"], one["target"]) for one in rows] == [("m3", "wire"), ("m2", "s1"), ("m1", "mines")]
    assert run("mute", "end", "m1").out == "m1 has ended\n"
    assert run("mute", "end", "m1").out == "m1 was over already\n"
    assert [one["id"] for one in run("mute", "list", "--jsonl").lines] == ["m3", "m2"]
    first = run("mute", "list", "--all", "--limit", "1", "--json").json
    assert (first["rows"][0]["id"], first["next"]) == ("m3", "m3")
    later = run("mute", "list", "--all", "--after", "m2", "--json").json["rows"]
    assert [(one["id"], one["active"]) for one in later] == [("m1", False)] and later[0]["ended"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rule", "mines"), "--until"),
        (("rule", "nothing", "--until", "24h"), "no rule is called"),
        (("source", "nothing", "--until", "24h"), "no source is called"),
        (("story", "s99", "--until", "24h"), "there is no story s99"),
        (("story", "x1", "--until", "24h"), "is no id"),
        (("rule", "mines", "--until", "2020-01-01"), "is past"),
        (("rule", "mines", "--until", "soon"), "is no time"),
        (("end", "m9"), "there is no mute m9"),
    ],
)
def test_a_mute_that_cannot_be_meant_is_refused(run: Any, filled: Path, words: tuple[str, ...], told: str) -> None:
    said = run("mute", *words)
    assert said.code == 2 and told in said.err
    assert run("mute", "list", "--all", "--json").json["rows"] == []


def test_votes_give_a_rule_its_precision(run: Any, filled: Path) -> None:
    rows = run("alerts", "list", "--json").json["rows"]
    alert = next(one for one in rows if "harbour-truce" in one["rules"])
    before = {one["id"]: one["precision"] for one in run("rules", "list", "--json").json["rows"]}
    assert before == {"harbour-truce": None, "mines": None}
    said = run("vote", alert["id"], "irrelevant", "--rule", "harbour-truce", "--by", "anna", "--json").json
    assert said == {"development": alert["development"], "rules": ["harbour-truce"], "relevant": False}
    run("vote", alert["development"], "relevant", "--by", "anna")
    row = next(one for one in run("rules", "list", "--json").json["rows"] if one["id"] == "harbour-truce")
    # One of one says little: Wilson's interval reaches from .207 to 1.
    assert row["precision"] == {"relevant": 1, "judged": 1, "share": 1.0, "low": 0.207, "high": 1.0}
    assert "1 of 1 judged alerts relevant, 21-100 % with 95 % confidence" in run("rules", "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x99", "relevant"), "no rule announced x99"),
        (("d1", "relevant", "--rule", "nothing"), "rule nothing did not announce d1"),
        (("d1", "perhaps"), "perhaps"),
    ],
)
def test_a_vote_on_nothing_is_refused(run: Any, filled: Path, words: tuple[str, ...], told: str) -> None:
    said = run("vote", *words)
    assert said.code == 2 and told in said.err
