"""Reviewing on the screens: forms that act, say so once, and can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest


@pytest.fixture
def person(desk: Any, enter: Callable[..., Any]) -> Any:
    """Ann, logged in, before screens with a1 (s1) and a2 (s2); her jar keeps cookies."""
    text = "The lighthouse of Cape Morren went dark after its last keeper, Odile Farr, left the island on Tuesday."
    desk.file("http://gull.example/1", "Lighthouse without a keeper", text)
    text = "A storm took 3 boats off the lighthouse of Tarn, and divers from Brask look for the cable, said Ole Vik."
    desk.file("http://gull.example/2", "Storm at the lighthouse", text)
    return enter(desk)


def test_a_form_acts_goes_back_and_says_so_once(person: Any) -> None:
    answer = person.act("/review", id=["s1", "a2"], status="kept", note="for Monday")
    assert (answer.status_code, answer.headers["location"]) == (303, "/articles?q=a")
    row = person.stands("s1")
    assert (row["status"], row["who"], row["note"]) == ("kept", "Ann", "for Monday")
    assert person.stands("a2")["status"] == "kept"
    page = person.get("/articles").text
    assert "2 rows: kept." in page and 'role="status"' in page
    batch = re.search('name="batch" value="([^"]+)"', page).group(1)
    assert "2 rows: kept." not in person.get("/articles").text
    person.act("/undo", batch=batch)
    assert person.stands("s1")["status"] == person.stands("a2")["status"] == "new"
    assert "2 rows: undone." in person.get("/").text


def test_my_last_one_is_undone_without_a_number(person: Any) -> None:
    person.act("/review", id="s1", status="dismissed")
    assert unquote(person.jar["storywatch-said"]).endswith("s1: dismissed until it changes.")
    person.act("/undo")
    assert person.stands("s1")["status"] == "new"
    answer = person.act("/undo")
    assert answer.status_code == 400 and "nothing to undo" in answer.text


def test_a_page_is_marked_as_it_was_listed(person: Any) -> None:
    person.act("/review", id="a1", status="kept")
    person.act("/seen", id=["a1", "a2"])
    assert (person.stands("a1")["status"], person.stands("a2")["status"]) == ("kept", "seen")
    assert person.act("/seen", id=["a1", "a2"]).status_code == 303
    assert "Nothing was left to mark." in person.get("/").text


def test_the_script_is_answered_in_data(person: Any) -> None:
    fields = {"csrf": person.csrf, "id": "s1", "status": "kept"}
    answer = person.post("/review", fields, Accept="application/json")
    assert answer.json() == {"done": [{"id": "s1", "status": "kept"}], "undo": "r1", "said": "s1: kept."}
    assert "storywatch-said" not in person.jar
    wrong = person.post("/review", {**fields, "status": "lost"}, Accept="application/json")
    assert wrong.status_code == 400 and "status is one of" in wrong.json()["error"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "kept"}, "choose something first"),
        ({"id": "s1"}, "status is one of"),
        ({"id": "s1", "status": "changed"}, "status is one of"),
        ({"id": "s99", "status": "kept"}, "there is no story s99"),
        ({"id": "x1", "status": "kept"}, "no story or article"),
        ({"id": "s1' OR 1", "status": "kept"}, "is no id"),
        ({"id": "s1", "status": ["kept", "unsure"]}, "given twice"),
        ({"id": "s1", "status": "kept", "note": "x" * 2001}, "longer than 2000"),
    ],
)
def test_what_is_not_understood_does_nothing(person: Any, fields: Any, words: str) -> None:
    answer = person.act("/review", **fields)
    assert answer.status_code == 400 and words in answer.text.replace("&#39;", "'")
    assert person.stands("s1")["log"] == []


def test_hostile_notes_stay_text(person: Any) -> None:
    person.act("/review", id="s1", status="kept", note="<script>alert(1)</script>")
    person.jar["storywatch-said"] = ":%3Cscript%3Ealert(1)%3C/script%3E"
    assert "<script>alert" not in person.get("/").text
