"""Every screen over a filled archive: what stands there, and its twins as data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

PAGES = (
    "/",
    "/articles",
    "/articles?q=lighthouse+-cable&lang=en",
    "/articles?all=1&level=new&since=7d&until=today&limit=2",
    "/articles/a1",
    "/articles/a1?version=1",
    "/articles/a1/diff",
    "/articles/a2",
    "/articles/a3",
    "/articles/a4",
    "/articles/a5",
    "/articles/a6",
    "/alerts",
    "/alerts?state=dead",
    "/alerts?rule=keeper-gone&channel=terminal&since=7d",
    "/alerts/d1",
    "/alerts/x1",
    "/rules",
    "/rules/keeper-gone",
    "/rules/keeper-gone?query=divers&rate=1/d",
    "/rules/new",
    "/sources",
    "/sources/gull",
    "/sources/reef",
    "/stories",
    "/stories?tab=all&limit=1",
    "/stories/s1",
    "/stories/s1?group=outlet",
    "/stories/s1/merge",
    "/help",
)


class Outline(HTMLParser):
    """What a page is made of: tags in balance, landmarks, ids, links."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unbalanced: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_every_page_is_whole(screens: Any) -> None:
    for address in PAGES:
        answer = screens.get(address)
        assert answer.status_code == 200, (address, answer.text)
        page = Outline(answer.text)
        assert (page.unbalanced, page.open) == ([], []), address
        for tag in ("main", "header", "footer", "h1", "title"):
            assert page.all(tag), (address, tag)
        assert len(page.all("h1")) == 1, address
        assert page.all("a")[0] == {"class": "skip", "href": "#content"}
        ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), address
        (script,) = page.all("script")
        assert (script["src"] or "").startswith("/static/script.js?v=") and "defer" in script, address
        assert not any("style" in attrs for _tag, attrs in page.tags), address
        assert not any(name.startswith("on") for _tag, attrs in page.tags for name in attrs), address


def test_every_link_of_every_page_leads_somewhere(screens: Any) -> None:
    seen: set[str] = set()
    for address in PAGES:
        for link in Outline(screens.get(address).text).all("a") + Outline(screens.get(address).text).all("link"):
            target = link["href"] or ""
            if target.startswith("http"):
                assert link["rel"] == "noopener noreferrer nofollow"
            elif not target.startswith("#"):
                seen.add(target if target.startswith("/") else address.partition("?")[0] + target)
    assert len(seen) > 30
    for target in seen:
        assert screens.get(target).status_code == 200, target


def test_an_article_shows_its_hits_and_why_it_alerted(screens: Any) -> None:
    page = screens.get("/articles/a1?version=1").text
    assert 'The <mark id="hit-3">lighthouse</mark> of Cape Morren' in page
    assert '<mark id="hit-1">Lighthouse</mark> without a <mark id="hit-2">keeper</mark>' in page
    assert "Alerted: rule keeper-gone matched, and the alert was sent to terminal" in page
    assert "14 near misses" in page and "17 near misses" in screens.get("/articles/a1").text
    assert 'href="http://gull.example/1" rel="noopener noreferrer nofollow"' in page


def test_new_sentences_of_an_extended_copy_are_marked(screens: Any) -> None:
    page = screens.get("/articles/a2").text
    assert '<span class="fresh">On Friday 3 divers from Brask' in page
    assert '<span class="fresh">Skippers' not in page
    assert 'href="/articles/a1"' in page


def test_foreign_titles_carry_their_language(screens: Any) -> None:
    assert '<a href="/articles/a3" lang="uk" dir="auto">Маяк згас</a>' in screens.get("/articles").text


def test_filters_are_parameters(screens: Any) -> None:
    cases = {
        "": ["a6", "a3", "a2", "a1"],
        "?all=1": ["a6", "a5", "a4", "a3", "a2", "a1"],
        "?q=": ["a6", "a3", "a2", "a1"],
        "?q=divers": ["a2"],
        "?q=@keeper": ["a6", "a2", "a1"],
        "?source=reef": ["a3", "a2"],
        "?lang=uk": ["a3"],
        "?level=extended": ["a2"],
        "?story=s1": ["a2", "a1"],
        "?since=1h&q=found": ["a6"],
        "?until=2d": [],
        "?limit=2": ["a6", "a3"],
        "?limit=2&after=a3": ["a2", "a1"],
    }
    for query, wanted in cases.items():
        found = screens.get("/articles.json" + query).json()
        assert [row["id"] for row in found["rows"]] == wanted, query
        page = screens.get("/articles" + query).text
        assert page.count('<li class="row" ') == len(wanted), query
    assert screens.get("/articles.json?limit=2").json()["next"] == "a3"


def test_a_search_offers_what_narrows_it(screens: Any) -> None:
    offered = screens.get("/articles?q=@keeper").text
    facets = screens.get("/articles.json?q=@keeper").json()["facets"]
    triple = {"edited", "partial", "alerted"}
    assert set(facets) == {"source", "side", "language", "level", "rule", "status", "day"} | triple
    assert sum(facets["source"].values()) == 3
    for value, count in facets["source"].items():
        assert f'<a href="/articles?q=%40keeper&amp;source={value}">' in offered
        assert screens.get(f"/articles.json?q=@keeper&source={value}").json()["total"] == count
        assert screens.get(f"/articles.json?q=@keeper&not-source={value}").json()["total"] == 3 - count
    for day, count in facets["day"].items():
        assert screens.get(f"/articles.json?q=@keeper&since={day}&until={day}").json()["total"] == count


MISTAKES = (
    ("?colour=red", "unknown parameter"),
    ("?q=a&q=b", "given twice"),
    ("?level=huge", "level is one of same, copy"),
    ("?since=soon", "is no time"),
    ("?after=x", "is no id"),
    ("?story=7777777777", "is no id"),
    ("?limit=0", "limit is a number"),
    ("?limit=1٣", "limit is a number"),
    ("?all=perhaps", "all is yes or no"),
    ("?q=ferry+OR+barge+AND+storm", "at character"),
    ("?q=%00", "control characters"),
    ("?source=%0d%0aX:y", "control characters"),
)


def test_what_is_not_understood_is_an_error_in_words(screens: Any) -> None:
    for query, words in MISTAKES:
        page, data, sheet = (screens.get(f"/articles{form}{query}") for form in ("", ".json", ".csv"))
        assert (page.status_code, data.status_code, sheet.status_code) == (400, 400, 400), query
        assert words in page.text and words in data.json()["error"] and words in sheet.text, query


def test_what_is_not_there_is_404_in_words(screens: Any) -> None:
    for address in ("/nothing", "/articles/a99", "/articles/99999999999", "/articles/a1?version=9"):
        assert screens.get(address).status_code == 404, address
    for address in ("/articles/a99.json", "/sources/none.json", "/stories/s99.json", "/stories/a1.json"):
        answer = screens.get(address)
        assert answer.status_code == 404 and answer.json()["error"], address
    assert "Not found" in screens.get("/sources/none").text


def test_a_dead_delivery_is_told_on_every_page(screens: Any) -> None:
    for address in (*PAGES, "/nothing"):
        assert "1 alert was not delivered" in screens.get(address).text, address


def test_alerts_by_state(screens: Any) -> None:
    every = screens.get("/alerts.json").json()
    assert [row["state"] for row in every["rows"]] == ["pending", "dead", "sent", "sent"]
    assert (every["rows"][0]["kind"], every["rows"][0]["article"]) == ("edit", "a1")
    assert every["rows"][1]["last_error"] == "the printer burnt down"
    (dead,) = screens.get("/alerts.json?state=dead").json()["rows"]
    assert dead["article"] == "a6"
    assert "the printer burnt down" in screens.get("/alerts?state=dead").text
    assert screens.get("/alerts.json?state=lost").status_code == 400
    first = screens.get("/alerts.json?limit=1").json()
    assert screens.get(f"/alerts.json?after={first['next']}").json()["rows"] == every["rows"][1:]


def test_sources_say_whether_they_work(screens: Any) -> None:
    rows = {row["id"]: row for row in screens.get("/sources.json").json()["rows"]}
    assert (rows["gull"]["working"], rows["reef"]["working"]) == ("ok", "failing")
    assert rows["reef"]["why"] == "the last check failed: it did not answer in time"
    one = screens.get("/sources/reef.json").json()
    assert [fetch["outcome"] for fetch in one["fetches"]] == ["timeout", "unchanged"]
    page = screens.get("/sources/reef").text
    assert "failing" in page and "no answer in 30 s" in page
    assert "1 of 2 sources failing" in screens.get("/help").text


def test_a_story_lists_its_developments(screens: Any) -> None:
    story = screens.get("/stories/s1.json").json()
    told = [[article["id"] for article in turn["articles"]] for turn in story["developments"]]
    assert told == [["a1"], ["a2"]]


def test_sheets_have_a_row_an_article_and_say_where_they_were_cut(screens: Any) -> None:
    answer = screens.get("/articles.csv?q=lighthouse&limit=2")
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][0] == "id" and [row[0] for row in rows[1:3]] == ["a6", "a2"]
    following = rows[3][0].removeprefix("cut off here, go on at ")
    assert answer.headers["link"] == f'<{following}>; rel="next"'
    assert [row[0] for row in csv.reader(io.StringIO(screens.get(following).text))][1:] == ["a1"]
    assert len(screens.get("/sources.csv").text.splitlines()) == 3
    assert len(screens.get("/alerts.csv").text.splitlines()) == 5


def test_health(filled: Any, open_screens: Callable[..., Any]) -> None:
    well, ill = open_screens(filled), open_screens(filled, "no tick for 40 s")
    assert (well.get("/healthz").status_code, well.get("/healthz").text) == (200, "well\n")
    assert (ill.get("/healthz").status_code, ill.get("/healthz").text) == (503, "no tick for 40 s\n")
    assert "no tick for 40 s" in ill.get("/").text
    assert well.get("/readyz").status_code == 200


def test_an_empty_archive_explains_itself(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    assert "Nothing was announced yet" in screens.get("/").text and "not delivered" not in screens.get("/").text
    assert "Nothing was read yet" in screens.get("/articles").text
    assert "Nothing was announced yet" in screens.get("/alerts").text


def test_an_archive_that_does_not_answer_is_told(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk, raises=False)
    desk.store.close()
    desk.store.place.file.write_bytes(b"no database")
    for address in ("/", "/articles", "/articles.json", "/sources"):
        assert screens.get(address).status_code == 503, address
    assert "The archive does not answer" in screens.get("/alerts").text
    assert screens.get("/readyz").status_code == 503
    assert screens.get("/healthz").status_code == 200


def test_postgresql_answers_the_same(screens: Any, filled_postgres: Any, open_screens: Callable[..., Any]) -> None:
    other = open_screens(filled_postgres)
    for address in PAGES:
        assert other.get(address).status_code == 200, address
    for query, _words in MISTAKES:
        assert other.get("/articles" + query).status_code == 400, query
    for address in (
        "/articles.json?all=1",
        "/articles.json?q=keeper&since=7d&lang=en",
        "/alerts.json",
        "/stories/s1.json",
    ):
        assert _timeless(other.get(address).json()) == _timeless(screens.get(address).json()), address


MOMENTS = ("first_seen", "created", "sent_at", "due_at", "reported")


def _timeless(value: Any) -> Any:
    """JSON without its moments, which differ from one filling to the next."""
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in MOMENTS}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def test_an_article_names_what_proves_it(screens: Any) -> None:
    newest = screens.get("/articles/a1.json").json()["history"][-1]
    assert newest["provenance"]["raw"] == []
    page = screens.get("/articles/a1").text
    assert "no record of a page is kept" in page
    assert f"at {newest['provenance']['seal']['position']}, chain {newest['provenance']['seal']['chain']}" in page
