"""Rules on the screens: the list, one rule, and the dry run of a changed or a new one."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from monitor.config.blocks import rule_block
from monitor.model import AlertMode, Rule, Severity
from monitor.query import compile_query
from monitor.query.sentence import sentence

TRY = "/rules/keeper-gone?query="


ADDRESSES = (
    "/rules.json",
    "/rules/keeper-gone.json?query=divers",
    "/rules/new.json?query=lighthouse&rate=1/d",
    "/alerts.json?rule=keeper-gone&channel=terminal&since=1h",
    "/alerts.json?state=dead",
    "/alerts/d1.json",
    "/alerts/x1.json",
)


def test_postgresql_answers_the_same(screens: Any, filled_postgres: Any, open_screens: Callable[..., Any]) -> None:
    other = open_screens(filled_postgres)
    for address in ADDRESSES:
        told = [re.sub(r'"20[0-9T:-]+Z"', '"then"', each.get(address).text) for each in (screens, other)]
        assert told[0] == told[1] and '"then"' in told[0], address


def test_the_list_says_what_each_rule_did(screens: Any) -> None:
    (row,) = screens.get("/rules.json").json()["rows"]
    assert (row["id"], row["words"], row["fired"], row["fired_30d"]) == ("keeper-gone", "@keeper and lighthouse", 3, 3)
    assert row["days"][-1] == 3 and row["days"][:-1] == [None] * 29
    assert row["last_fired"] and row["last_match"] and row["in_force"] is None
    assert row["never"] == ["warden"]
    page = screens.get("/rules").text
    assert "keeper-gone fired 3 times in 30 days" in page and "Never seen: " in page and "warden" in page
    assert "not in force yet" in page
    (sheet,) = csv.DictReader(io.StringIO(screens.get("/rules.csv").text))
    assert (sheet["id"], sheet["never"], sheet["fired_30d"]) == ("keeper-gone", "warden", "3")


def test_a_rule_shows_its_firings_forms_and_block(screens: Any) -> None:
    rule = screens.get("/rules/keeper-gone.json").json()
    told = [(one["title"], one["deliveries"][0]["state"]) for one in rule["firings"]]
    assert told == [
        ("Lighthouse keeper found", "dead"),
        ("Keeper left: divers look for cable", "sent"),
        ("Lighthouse without a keeper", "sent"),
    ]
    assert tomllib.loads(rule["block"]) == {"rules": [{"id": "keeper-gone", "query": "@keeper AND lighthouse"}]}
    page = screens.get("/rules/keeper-gone").text
    assert "the list @keeper:" in page and '<a href="/alerts/d' in page
    assert screens.get("/rules/none").status_code == 404


def test_a_dry_run_says_what_it_would_have_brought(screens: Any) -> None:
    found = screens.get("/rules/keeper-gone.json?query=lighthouse").json()["dry_run"]
    assert (found["matches"], found["alerts"], found["complete"], found["partial"]) == (3, 3, True, "")
    assert (found["against"]["matches"], found["against"]["alerts"]) == (3, 3)
    gone = screens.get("/rules/keeper-gone.json?query=divers").json()["dry_run"]
    assert [row["id"] for row in gone["rows"] if row["would_match"]] == ["a2"]
    assert gone["against"]["difference"]["matches"]["lost"] == ["a6", "a1"]
    changes = {row["id"]: row["change"] for row in gone["rows"]}
    assert changes == {"a6": "lost", "a2": "same", "a1": "lost"}
    page = screens.get(TRY + "divers").text
    assert "It would have matched 1 article and alerted" in page
    assert "matches 0 gained, 2 lost" in page and "Would alert?" in page


def test_the_same_query_says_so_and_changes_nothing(screens: Any) -> None:
    page = screens.get(TRY + quote("@keeper AND lighthouse")).text
    assert "That is the query in force." in page
    # Written over several lines in the form's field.
    broad = screens.get(TRY + quote("@keeper AND\r\nlighthouse"))
    assert broad.status_code == 200 and "alerted 3 times" in broad.text


def test_a_flood_is_warned_of(screens: Any) -> None:
    page = screens.get(TRY + "lighthouse&rate=1/d").text
    assert "It would flood:" in page and "limit 1/d" in page
    assert "It would flood:" not in screens.get(TRY + "lighthouse&rate=9/d").text


def test_a_new_rule_gives_the_block_to_paste(screens: Any) -> None:
    asked = "/rules/new.json?id=boats&query=" + quote('storm OR "grain ferry"') + "&severity=critical&rate=5/h"
    found = screens.get(asked).json()
    block = {"id": "boats", "query": 'storm OR "grain ferry"', "severity": "critical", "limit": "5/h"}
    assert tomllib.loads(found["block"]) == {"rules": [block]}
    assert found["against"] is None and found["matches"] == 0
    assert found["never"] == ["storm", '"grain ferry"']
    assert screens.get("/rules/new").status_code == 200
    rows = list(csv.DictReader(io.StringIO(screens.get("/rules/new.csv?query=lighthouse").text)))
    assert [row["id"] for row in rows] == ["a6", "a2", "a1"]


def test_a_query_that_cannot_be_read_is_shown_with_the_place(screens: Any) -> None:
    wrong = quote("lighthouse NEAR keeper AND (boat")
    page = screens.get(TRY + wrong)
    assert page.status_code == 400 and "This query cannot be read." in page.text and 'aria-invalid="true"' in page.text
    assert page.text.count("<mark>") == 1
    data = screens.get(f"/rules/new.json?query={wrong}")
    assert data.status_code == 400
    assert "at character" in data.json()["error"] and data.json()["position"] >= 0
    assert screens.get(f"/rules/new.csv?query={wrong}").status_code == 400
    assert screens.get("/rules/new.csv").status_code == 400


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("query=a1&rate=many", "rate must be a rate"),
        ("query=a1&id=no%20name", "id must be an id"),
        ("query=a1&alert=all", "alert is one of"),
        ("query=a1&severity=high", "severity is one of"),
        ("query=lighthouse&after=a99", "there is no a99"),
        ("colour=red", "unknown parameter"),
        ("query=%00", "control characters"),
    ],
)
def test_what_is_not_understood_is_said(screens: Any, parameters: str, words: str) -> None:
    answer = screens.get(f"/rules/new.json?{parameters}")
    assert answer.status_code == 400 and words in answer.json()["error"]


def test_a_dry_run_that_takes_too_long_says_how_far_it_came(filled: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(filled)

    class Hurried:
        def run(self, work: Any) -> Any:
            return work(lambda: True)

    screens.app.state.turns = Hurried()
    assert screens.get("/rules/new.json?query=lighthouse").json()["partial"] == ""
    assert screens.get("/rules/new.json?query=lighthouse").json()["never"] == []


def test_hostile_queries_stay_text(screens: Any) -> None:
    for query in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 1337*7919 }}", "' OR 1=1 --"):
        page = screens.get(TRY + quote(query))
        assert page.status_code in (200, 400)
        for trace in ("<script>alert", "<img src=x", str(1337 * 7919)):
            assert trace not in page.text


@pytest.mark.parametrize("query", ["a", "it's", 'say "no"', "back\\slash", "Чорне море", "\x7f"])
def test_a_block_reads_back_to_the_letter(query: str) -> None:
    rule = Rule("x", query, ("desk",), AlertMode.ARTICLES, Severity.LOW)
    expected = {"id": "x", "query": query, "channels": ["desk"], "alert": "articles", "severity": "low", "limit": "9/d"}
    assert tomllib.loads(rule_block(rule, "9/d")) == {"rules": [expected]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("truce", "truce"),
        ('"grain ferry"', "“grain ferry”"),
        ('="US envoy" -truce', "“US envoy” with exactly these letters, but not truce"),
        ("@sea NEAR/12 (@truce OR end)", "@sea at most 12 words from (@truce or end)"),
        ("a1 ONEAR/1 b1", "a1 followed within 1 word by b1"),
        ("ATLEAST/2(ice, fog^2)", "at least 2 of: ice, fog (counts 2)"),
        ("title:(ice OR fog)", "(ice or fog) in the title"),
        ("lang:uk ice", "in the language uk and ice"),
    ],
)
def test_a_query_reads_as_a_sentence(query: str, said: str) -> None:
    assert sentence(compile_query(query, {"sea": "sea", "truce": "truce"}).expr) == said
