"""Going through the archive: the plot, what narrows a list, the way from an article back and on, its raw page."""

from __future__ import annotations

import asyncio
import html
import re
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Secret
from monitor.inquiry.browsing import Wanted, browse
from monitor.model.reviews import Status, Subject
from monitor.store import coverage, open_store, reviews
from monitor.store.census import Census, Facet
from monitor.store.coverage import Gap
from monitor.web.app import create_app


def listed(screens: Any, query: str) -> list[str]:
    return [row["id"] for row in screens.get(f"/articles.json?{query}").json()["rows"]]


NARROWED = {
    "source=gull,reef": ["a6", "a3", "a2", "a1"],
    "source=gull&not-lang=uk": ["a6", "a1"],
    "not-source=gull": ["a3", "a2"],
    "side=Western": ["a6", "a1"],
    "not-side=Western,Other": [],
    "not-level=new,extended": [],
    "rule=keeper-gone": ["a6", "a2", "a1"],
    "not-rule=keeper-gone": ["a3"],
    "edited=yes": ["a1"],
    "edited=no&lang=en": ["a6", "a2"],
    "level=edit": ["a1"],
    "alerted=yes": ["a2", "a1"],
    "alerted=no": ["a6", "a3"],
    "partial=yes": [],
    "status=new": ["a6", "a3", "a2", "a1"],
    "q=lighthouse&not-source=gull": ["a2"],
    "q=lighthouse&edited=yes": ["a1"],
    "story=s1&level=extended": ["a2"],
    "all=1&not-source=gull,reef": ["a5"],
    "source=nobody": [],
}


@pytest.mark.parametrize("query", NARROWED)
def test_a_list_is_narrowed(screens: Any, query: str) -> None:
    assert listed(screens, query) == NARROWED[query]
    page = screens.get(f"/articles?{query}").text
    assert page.count('<li class="row" ') == len(NARROWED[query])


def test_both_databases_count_the_same(filled: Any, filled_postgres: Any) -> None:
    for query in ("", "lighthouse", "keeper -cable"):
        for but in ({}, {Facet.SOURCE: frozenset({"gull"})}, {Facet.EDITED: frozenset({"yes"})}):
            one, other = (
                browse(desk.store, Census(), desk.watch.config, query, Wanted(but=but), limit=20)
                for desk in (filled, filled_postgres)
            )
            assert [row.id for row in one.found.rows] == [row.id for row in other.found.rows]
            assert one.counts() == other.counts() and one.chosen == other.chosen


@pytest.mark.parametrize("base", ["sqlite", "postgresql"])
def test_the_census_keeps_up(base: str, request: pytest.FixtureRequest) -> None:
    """What came, changed or was said since counts, without reading everything again."""
    desk = request.getfixturevalue("filled_postgres" if base == "postgresql" else "desk")
    if base == "sqlite":
        desk.file("http://gull.example/1", "Lighthouse dark", "The lighthouse of Skell went dark, and 4 ships wait.")
    kept = Census()

    def counts() -> Any:
        found = [
            browse(desk.store, one, desk.watch.config, "", Wanted(everything=True), limit=20)
            for one in (kept, Census())
        ]
        assert found[0].counts() == found[1].counts() and found[0].chosen == found[1].chosen
        return found[0]

    before = counts()
    text = "The lighthouse of Skell went dark, and 9 ships wait for a keeper of the lamp."
    desk.file("http://gull.example/1", "Lighthouse dark", text)
    desk.file("http://reef.example/77", "Маяк", "Маяк на мисі згас, і 31 судно чекає на ранок у порту.", "reef")
    with desk.store.write() as tx:
        reviews.record(tx, Subject.ARTICLE, [1], Status.KEPT, "ann", desk.now)
    after = counts()
    assert after.chosen.bit_count() == before.chosen.bit_count() + 1
    assert after.counts()["status"]["kept"] == 1 and after.counts()["edited"]["yes"] >= 1
    desk.deliver()
    assert counts().counts()["alerted"]["yes"] >= 1


class OneStep(threading.Event):
    """Set at the first rest."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.mark.parametrize("base", ["sqlite", "postgresql"])
def test_a_census_read_in_steps_is_the_same(base: str, request: pytest.FixtureRequest) -> None:
    """Whatever came or changed between two steps counts, also of articles that an earlier step read."""
    desk = request.getfixturevalue("filled_postgres" if base == "postgresql" else "desk")
    for number in range(1, 5):
        desk.file(
            f"http://gull.example/{number}", f"Lighthouse {number}", f"The lighthouse {number} of Skell went dark."
        )
    kept = Census()
    for number, said in enumerate(("9 ships wait", "9 ships wait and 2 sank", "all was a drill"), 1):
        kept.warm(desk.store, OneStep(), step=1)
        desk.file("http://gull.example/1", "Lighthouse 1", f"The lighthouse 1 went dark, and {said}.")
        desk.file(f"http://reef.example/{80 + number}", "Маяк", f"Маяк згас, і {number} судна чекають.", "reef")
    with desk.store.read() as tx:
        found, fresh = kept.of(tx), Census().of(tx)
    assert (found.all, found.own, found.sets) == (fresh.all, fresh.own, fresh.sets)
    assert found.times.span(desk.now, None) == fresh.times.span(desk.now, None)
    whole = Census()
    whole.warm(desk.store, threading.Event(), step=2)
    with desk.store.read() as tx:
        assert (whole.of(tx).all, whole.of(tx).sets) == (fresh.all, fresh.sets)


def test_filters_in_force_are_taken_away_one_by_one(screens: Any) -> None:
    page = html.unescape(screens.get("/articles?q=lighthouse&source=gull,reef&not-lang=uk,ru").text)
    pills = re.findall(r'<a class="pill" href="([^"]+)"[^>]*><span class="soft">([^<]+)</span> <bdi>([^<]+)', page)
    assert ("/articles?q=lighthouse&source=reef&not-lang=uk%2Cru", "source", "The Gull") in pills
    assert ("/articles?q=lighthouse&source=gull%2Creef&not-lang=uk", "not language", "Russian") in pills
    assert ("/articles?source=gull%2Creef&not-lang=uk%2Cru", "words", "lighthouse") in pills
    for address, _name, _value in pills:
        assert screens.get(address).status_code == 200


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("not-level=odd", "not-level is one of"),
        ("edited=perhaps", "edited is one of yes, no"),
        ("not-edited=yes", "unknown parameter"),
        ("view=round", "view is one of dense, cards"),
        ("share=perhaps", "share is yes or no"),
        ("status=lost", "status is one of"),
    ],
)
def test_what_is_not_understood_is_said(screens: Any, query: str, words: str) -> None:
    answer = screens.get(f"/articles?{query}")
    assert answer.status_code == 400 and words in html.unescape(answer.text)


def test_the_plot_leads_to_its_parts(screens: Any) -> None:
    page = html.unescape(screens.get("/articles").text)
    assert "4 articles, most on" in page and 'aria-labelledby="came' in page
    bars = re.findall(r'href="(/articles\?since=[^"&]+&until=[^"]+)"', page)
    assert 24 <= len(set(bars)) <= 49, "hours, since the archive is young"
    newest = sorted(set(bars))[-3:]
    assert sum(screens.get(bar.replace("/articles", "/articles.json")).json()["total"] for bar in newest) == 4
    assert "no data" in page, "the hours before the archive began"
    shared = html.unescape(screens.get("/articles?lang=uk&share=1").text)
    assert "Everything else" in shared and "1 article, most on" in shared
    assert "Everything else" not in html.unescape(screens.get("/articles?share=1").text)


def test_days_without_fetches_are_gaps_and_quiet_ones_are_not(screens: Any) -> None:
    page = html.unescape(screens.get("/articles?since=20d&until=today").text)
    assert page.count(": no data") == 20 and "bars without data" in page


def test_gaps_of_sources_are_named(desk: Any, open_screens: Any) -> None:
    app = open_screens(desk)
    assert "Not all was seen" not in app.get("/articles").text
    hours = [desk.now - timedelta(hours=n) for n in (5, 3)]
    with desk.store.write() as tx:
        for closed in (None, desk.now):
            coverage.add_gap(tx, Gap(0, "gull", "gull.example", *hours, 20, 20, closed_at=closed))
    page = app.get("/articles").text
    assert "Not all was seen" in page and page.count('<a href="/sources/gull">The Gull</a>') == 1
    assert "Not all was seen" not in app.get("/articles?not-source=gull").text
    assert "Not all was seen" not in app.get("/articles?until=2d").text


def test_cards_begin_with_the_text(screens: Any) -> None:
    assert "Skippers reported" not in screens.get("/articles").text
    page = screens.get("/articles?view=cards").text
    assert "went dark on Tuesday" in page and 'class="rows cards"' in page


def test_an_article_knows_its_place_in_the_list(screens: Any) -> None:
    page = html.unescape(screens.get("/articles?source=reef").text)
    assert 'href="/articles/a2?list=source%3Dreef"' in page
    one = html.unescape(screens.get("/articles/a2?list=source%3Dreef").text)
    assert "2 of 2" in one and 'href="/articles?source=reef"' in one
    assert 'href="/articles/a3?list=source%3Dreef" rel="prev"' in one and 'rel="next"' not in one
    middle = html.unescape(screens.get("/articles/a2").text)
    assert "3 of 4" in middle and 'href="/articles/a1" rel="next"' in middle
    words = html.unescape(screens.get("/articles/a2?list=q%3D%22lighthouse%22+NEAR/9+keeper").text)
    assert 'href="/articles/a1?list=' in words and 'href="/articles/a6?list=' in words
    outside = html.unescape(screens.get("/articles/a4").text)
    assert " of 4" not in outside
    for wrong in ("q%3D%28", "odd%3D1", "level%3Dodd"):
        assert screens.get(f"/articles/a2?list={wrong}").status_code == 400, wrong


def test_hits_are_numbered_through_title_and_text(screens: Any) -> None:
    page = screens.get("/articles/a1?version=1").text
    marks = re.findall(r'<mark id="hit-(\d+)">', page)
    assert marks == [str(n) for n in range(1, len(marks) + 1)] and len(marks) >= 4
    assert re.findall(r'<a href="#hit-(\d+)">\d', page) == marks


def test_citations(screens: Any) -> None:
    page = html.unescape(screens.get("/articles/a1").text)
    assert "Ann Tern, The Gull: “Lighthouse without a keeper”" not in page, "the newest version names nobody"
    assert "The Gull: “Lighthouse without a keeper”" in page
    assert "@online{storywatch-a1,\n  title = {{Lighthouse without a keeper}}," in page
    assert "[Lighthouse without a keeper](http://gull.example/1), The Gull" in page
    assert re.search(r'href="https://web.archive.org/web/\d{14}/http://gull.example/1"', page)
    assert "web.archive.org" not in screens.get("/articles/a5").text


def test_versions_tell_how_much_changed(screens: Any) -> None:
    page = html.unescape(screens.get("/articles/a1").text)
    assert re.search(r"\d % changed</a>", page) and '<form class="judge" action="/articles/a1/diff"' in page
    assert 'id="copies"' in page and "Keeper left: divers look for cable" in page
    assert 'id="copies"' not in screens.get("/articles/a3").text


def test_raw_pages_are_for_people_who_logged_in(screens: Any) -> None:
    answer = screens.get("/articles/a1/raw")
    assert answer.status_code == 403 and "Log in" in answer.text
    assert screens.get("/articles/a99/raw").status_code == 404


def test_votes_are_offered_to_people_who_logged_in(filled: Any, open_screens: Any) -> None:
    config = replace(filled.watch.config, login=Secret("word", "file:x"))
    app = open_screens(replace(filled, watch=replace(filled.watch, config=config)))
    origin = {"Origin": "http://127.0.0.1:8787"}
    login = app.request("POST", "/login", data={"name": "Ann", "password": "word"}, headers=origin)
    cookie = login.headers["set-cookie"].partition(";")[0]
    page = app.get("/articles/a1", headers={"Cookie": cookie}).text
    assert 'action="/vote"' in page and 'value="irrelevant"' in page
    missing = app.get("/articles/a1/raw", headers={"Cookie": cookie})
    assert missing.status_code == 404 and "no raw response" in missing.text


@pytest.mark.parametrize("there", [True, False])
def test_the_census_is_read_while_the_screens_are_served(there: bool, tmp_path: Path, filled: Any) -> None:
    """By a thread that is gone with them; an archive that does not answer is told to whoever asks."""
    shelf = open_store(f"sqlite:///{tmp_path / 'archive.db'}")
    if not there:
        shelf.close()
        (tmp_path / "archive.db").unlink()
    app = create_app(filled.store if there else shelf, lambda: filled.watch.config, lambda: "")
    spoken: list[str] = []

    async def live() -> None:
        ended = asyncio.Event()

        async def receive() -> dict[str, str]:
            if spoken:
                await ended.wait()
                return {"type": "lifespan.shutdown"}
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            spoken.append(message["type"])
            while any(one.name == "census" for one in threading.enumerate()):
                await asyncio.sleep(0.01)
            ended.set()

        await app({"type": "lifespan", "state": {}}, receive, send)

    asyncio.run(live())
    assert spoken == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not any(one.name == "census" for one in threading.enumerate())
    if there:
        with filled.store.read() as tx:
            assert app.state.census.of(tx).all == Census().of(tx).all
    shelf.close()
