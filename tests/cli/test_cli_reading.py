"""`search`, `show` and `why` on a small real archive, with the JSON of the contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ARTICLE = {
    "id", "url", "title", "source", "language", "published", "first_seen", "level", "partial", "on_topic", "story",
    "rules", "alerted", "versions",
}  # fmt: skip
WHY = {"nearest", "containment", "agreement", "newword", "sentences", "facts", "matches", "development", "deliveries"}


def ids(said: Any) -> list[str]:
    assert said.code == 0, said.err
    return [row["id"] for row in said.json["rows"]]


def test_search_without_a_query_lists_everything_newest_first(run: Run, filled: Path) -> None:
    document = run("search", "--json").json
    assert set(document) == {"query", "total", "total_exact", "rows", "next", "facets"}
    assert [row["id"] for row in document["rows"]] == ["a2", "a1"]
    assert (document["query"], document["total"], document["total_exact"], document["next"]) == ("", 2, True, None)
    assert all(set(row) >= ARTICLE for row in document["rows"])
    mines = document["rows"][0]
    assert (mines["source"], mines["language"], mines["partial"], mines["versions"]) == ("daily", "en", False, 1)
    assert mines["first_seen"] == "2026-03-20T10:00:00Z"
    assert "mines" in mines["rules"]


FOUND = [
    (("truce NEAR/9 harbour",), ["a1"]),
    (("@truce",), ["a2", "a1"]),
    (("band", "--all"), ["a3"]),
    (("band",), []),
    (("--all",), ["a3", "a2", "a1"]),
    (("--source", "wire"), ["a1"]),
    (("--lang", "uk"), []),
    (("--lang", "en"), ["a2", "a1"]),
    (("--level", "new"), ["a2", "a1"]),
    (("--level", "copy"), []),
    (("--since", "2026-03-20T09:30"), ["a2"]),
    (("--until", "2026-03-19"), []),
    (("--until", "2026-03-20"), ["a2", "a1"]),
    (("--limit", "1"), ["a2"]),
    (("--limit", "1", "--after", "a2"), ["a1"]),
    (("truce", "--limit", "1", "--after", "a2"), ["a1"]),
]


@pytest.mark.parametrize(("words", "found"), FOUND)
def test_search_narrows(run: Run, filled: Path, words: tuple[str, ...], found: list[str]) -> None:
    assert ids(run("search", *words, "--json")) == found


def test_search_pages_to_the_end(run: Run, filled: Path) -> None:
    first = run("search", "--json", "--limit", "1").json
    assert (first["next"], first["total"]) == ("a2", 2)
    assert run("search", "--json", "--limit", "1", "--after", first["next"]).json["next"] is None
    assert [row["id"] for row in run("search", "--jsonl").lines] == ["a2", "a1"]
    assert [line.split("\t")[0] for line in run("search").out.splitlines()] == ["a2", "a1"]


def test_search_by_story(run: Run, filled: Path) -> None:
    story = run("why", "a1", "--json").json["story"]
    assert "a1" in ids(run("search", "--story", story, "--json"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("truce AND (harbour",), "at character"),
        (("--level", "fresh"), "no level 'fresh'"),
        (("--since", "soon"), "2025-03-18"),
        (("--story", "a1"), "s12"),
        (("--after", "x1"), "a12"),
    ],
)
def test_search_says_what_it_does_not_understand(run: Run, filled: Path, words: tuple[str, ...], told: str) -> None:
    said = run("search", *words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_show_by_id_and_by_address(run: Run, filled: Path) -> None:
    row = run("show", "a1", "--json").json
    assert set(row) >= ARTICLE | {"text", "author"}
    assert "Marta Lindqvist" in row["text"]
    assert run("show", "http://wire.example/1?utm_source=x", "--json").json["id"] == "a1"
    said = run("show", "a1").out
    assert said.startswith("Truce for the harbour\n")
    assert "Marta Lindqvist" in said


def test_why_says_it_in_one_sentence_and_with_the_evidence(run: Run, filled: Path) -> None:
    row = run("why", "a1", "--json").json
    assert set(row) >= ARTICLE | WHY | {"verdict"}
    assert row["verdict"]
    assert row["development"]["id"].startswith("d")
    assert {match["rule"] for match in row["matches"]} == {"harbour-truce"}
    evidence = {"field", "start", "end", "text", "term", "list", "lists", "form", "zone", "cue"}
    assert all(set(hit) == evidence for hit in row["matches"][0]["hits"])
    assert [one["state"] for one in row["deliveries"]] == ["sent"]
    assert all(set(one) >= {"channel", "state", "attempts", "sent_at", "reason"} for one in row["deliveries"])
    told = run("why", "a1").out
    assert row["verdict"] in told
    assert "harbour-truce" in told


def test_why_an_article_did_not_alert(run: Run, filled: Path) -> None:
    row = run("why", "a3", "--json").json
    assert row["on_topic"] is False
    assert row["verdict"].startswith("No alert")
    assert (row["deliveries"], row["alerted"]) == ([], False)


@pytest.mark.parametrize("command", ["show", "why"])
@pytest.mark.parametrize("article", ["a99", "http://nowhere.example/", "twelve", "x1"])
def test_an_article_that_is_not_there(run: Run, filled: Path, command: str, article: str) -> None:
    said = run(command, article)
    assert (said.code, said.out) == (2, "")
    assert article in said.err


def test_show_and_why_say_why_an_article_is_partial(run: Run, filled: Path) -> None:
    with closing(sqlite3.connect(filled / "archive.db")) as archive, archive:
        archive.execute("UPDATE article SET partial = 1 WHERE id = 1")
        archive.execute("UPDATE entry SET error = 'blocked: a captcha' WHERE article_id = 1")
    for command, wide in (("show", 10), ("why", 11)):
        assert (
            f"{'partial':{wide}} only what its source listed could be read: blocked: a captcha"
            in run(command, "a1").out
        )
        assert run(command, "a1", "--json").json["trouble"] == "blocked: a captcha"
        assert "partial" not in run(command, "a2").out
