"""Saved searches: kept by people who logged in, opened and fed by their own address, turned into rules."""

from __future__ import annotations

import html
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor.config import Secret
from monitor.model import Fetch, Outcome, Wire
from monitor.query import compile_query
from monitor.store import evidence
from monitor.store.raw import RawWriter

OURS = {"Origin": "http://127.0.0.1:8787"}
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def person(desk: Any, open_screens: Callable[..., Any]) -> Any:
    """Ann, logged in, before an archive of two articles."""
    desk.watch = replace(desk.watch, config=replace(desk.watch.config, login=Secret("word", "file:x")))
    desk.file("http://gull.example/1", "Lighthouse dark", "The lighthouse of Skell went dark, and 4 ships wait for it.")
    desk.file("http://reef.example/2", "Маяк", "Маяк на мисі згас, і 31 судно чекає на ранок.", "reef", language="uk")
    return Person(open_screens(desk))


class Person:
    def __init__(self, screens: Any) -> None:
        self.screens = screens
        login = screens.request("POST", "/login", data={"name": "Ann", "password": "word"}, headers=OURS)
        self.headers = {"Cookie": login.headers["set-cookie"].partition(";")[0]}
        self.csrf = re.search('name="csrf" value="([^"]+)"', self.get("/help").text).group(1)  # type: ignore[union-attr]

    def get(self, address: str) -> Any:
        return self.screens.get(address, headers=self.headers)

    def post(self, address: str, **fields: str) -> Any:
        values = {"csrf": self.csrf, "next": "/searches", **fields}
        return self.screens.request("POST", address, data=values, headers={**self.headers, **OURS})


def test_a_search_is_kept_opened_and_deleted(person: Any) -> None:
    assert "Save this search" in person.get("/articles?lang=uk").text
    assert (
        person.post("/searches", name="Sea", question="lang=uk&view=cards&limit=7&not-source=gull").status_code == 303
    )
    (row,) = person.get("/searches.json").json()["rows"]
    assert (row["id"], row["name"], row["question"], row["who"]) == ("q1", "Sea", "lang=uk&not-source=gull", "Ann")
    opened = person.get("/searches/q1")
    assert (opened.status_code, opened.headers["location"]) == (303, "/articles?lang=uk&not-source=gull")
    assert '<a href="/searches/q1" dir="auto">Sea</a>' in person.get("/articles").text
    page = person.get("/searches").text
    assert 'href="/searches/q1.rss"' in page and 'action="/searches/q1/delete"' in page
    assert person.post("/searches/q1/delete").status_code == 303
    assert person.get("/searches.json").json()["rows"] == [] and person.get("/searches/q1").status_code == 404
    assert "Nobody has saved" in person.get("/searches").text


def test_each_is_a_feed(person: Any) -> None:
    person.post("/searches", name="Sea & air", question="lang=uk")
    feed = ElementTree.fromstring(person.get("/searches/q1.rss").content)
    assert [one.text for one in feed.iter("title")][1:] == ["Маяк"]
    assert (feed.findtext("channel/title") or "").startswith("Sea & air")
    assert (feed.findtext("channel/link") or "").endswith("/articles?lang=uk")
    assert person.get("/searches/q9.rss").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "question": "q=a"}, "give the search a name"),
        ({"name": "x" * 81, "question": "q=a"}, "longer than 80"),
        ({"name": "x", "question": ""}, "asks for nothing"),
        ({"name": "x", "question": "odd=1"}, "unknown parameter"),
        ({"name": "x", "question": "level=odd"}, "level is one of"),
        ({"name": "x", "question": "since=never"}, "is no time"),
        ({"name": "x", "question": "q=(a"}, ""),
    ],
)
def test_what_is_no_search_is_not_kept(person: Any, fields: dict[str, str], words: str) -> None:
    answer = person.post("/searches", **fields)
    assert answer.status_code == 400 and words in html.unescape(answer.text)
    assert person.get("/searches.json").json()["rows"] == []


def test_a_name_is_taken_once_and_stays_text(person: Any) -> None:
    assert person.post("/searches", name=ATTACK, question="q=a").status_code == 303
    assert person.post("/searches", name=ATTACK, question="q=b").status_code == 400
    for address in ("/searches", "/articles", "/searches.csv"):
        assert ATTACK not in person.get(address).text.replace('"', "") or address.endswith("csv")


def test_only_people_who_logged_in_keep_searches(person: Any) -> None:
    refused = person.screens.request("POST", "/searches", data={"name": "x", "question": "q=a"}, headers=OURS)
    assert refused.status_code in (401, 403) and person.get("/searches.json").json()["rows"] == []
    assert "Save this search" not in person.screens.get("/articles?q=a").text


def test_the_raw_page_comes_as_a_text_file(person: Any, desk: Any) -> None:
    """Whatever it is: no browser makes a page of it, and no script in it runs."""
    folder = desk.watch.config.archive.raw_folder
    writer = RawWriter(folder)
    wire = Wire((("Host", "gull.example"),), (("Content-Type", "text/html"),))
    url = "http://gull.example/1"
    page = Fetch(url, Outcome.OK, desk.now, 0.1, 200, url, body=ATTACK.encode(), wire=wire)
    kept = writer.keep(page, "gull.example/1", "test", desk.now)
    assert kept is not None
    with desk.store.write() as tx:
        record = evidence.add(tx, kept, 1)
    writer.close()
    assert f'href="/articles/a1/raw?record={record}"' in person.get("/articles/a1").text
    assert "/raw?record=" not in person.screens.get("/articles/a1").text
    answer = person.get(f"/articles/a1/raw?record={record}")
    assert (answer.status_code, answer.content) == (200, ATTACK.encode())
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="storywatch-a1-record-')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert person.get("/articles/a1/raw?record=999").status_code == 400
    assert person.screens.get(f"/articles/a1/raw?record={record}").status_code == 403


RULES = {
    "q=ferry": ("ferry", []),
    "q=ferry+OR+barge&lang=uk": ("(ferry OR barge) lang:uk", []),
    "q=ferry&source=gull,reef&not-lang=ru": ("ferry (source:gull OR source:reef) -lang:ru", []),
    "q=%22grain+ferry%22+NEAR/5+%D0%BF%D0%BE%D1%80%D0%BE%D0%BC&level=new&since=7d": (
        '"grain ferry" NEAR/5 пором',
        ["level=new", "since=7d"],
    ),
}


@pytest.mark.parametrize("question", RULES)
def test_a_search_becomes_a_rule(screens: Any, question: str) -> None:
    query, left = RULES[question]
    page = screens.get(f"/searches/rule?{question}").text
    block = html.unescape(re.search(r'<pre id="block">(.*?)</pre>', page, re.S).group(1))  # type: ignore[union-attr]
    (rule,) = tomllib.loads(block)["rules"]
    assert rule["query"] == query and re.fullmatch(r"[a-z0-9][a-z0-9.-]*", rule["id"])
    assert not {"or", "lang", "source", "near"} & set(rule["id"].split("-"))
    compile_query(query, {})
    assert all(f"<code>{one}</code>" in page for one in left)
    trial = html.unescape(re.search(r'href="(/rules/new\?[^"]+)"', page).group(1))  # type: ignore[union-attr]
    assert screens.get(trial).status_code == 200


def test_what_cannot_be_a_rule_says_so(screens: Any) -> None:
    assert "asks for none of them" in screens.get("/searches/rule?level=new").text
    assert "cannot be a rule yet" in screens.get("/searches/rule?q=%28ferry").text
    assert screens.get("/searches/rule?odd=1").status_code == 400
