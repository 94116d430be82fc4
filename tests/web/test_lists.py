"""The contract of lists: the same question in every form, frozen, cut off, unchanged, refused."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest

from monitor.errors import StoreError
from monitor.web import alerts, articles, lists, sources
from monitor.web.feeds import Item, rss
from monitor.web.lists import Listing, Question, Rows

LISTS = (articles.LIST, alerts.LIST, sources.LIST)
FEEDS = tuple(one for one in LISTS if one.item is not None)


@pytest.mark.parametrize("listing", LISTS, ids=[one.name for one in LISTS])
def test_every_form_has_the_same_rows(screens: Any, listing: Listing) -> None:
    rows = screens.get(f"{listing.path}.json").json()["rows"]
    sheet = list(csv.reader(io.StringIO(screens.get(f"{listing.path}.csv").text)))
    assert sheet[0] == list(listing.columns) and set(listing.columns) <= set(rows[0])
    assert [line[0] for line in sheet[1:]] == [row["id"] for row in rows]
    if listing.item is not None:
        feed = ElementTree.fromstring(screens.get(f"{listing.path}.rss").content)
        assert len(feed.findall("./channel/item")) == len(rows)


@pytest.mark.parametrize("listing", LISTS, ids=[one.name for one in LISTS])
def test_the_page_names_its_other_forms_with_the_same_question(screens: Any, listing: Listing) -> None:
    query = "?q=keeper&lang=en" if listing is articles.LIST else ""
    page = screens.get(listing.path + query).text
    for kind in ("json", "csv", *(("rss",) if listing.item is not None else ())):
        address = f"{listing.path}.{kind}{query}".replace("&", "&amp;")
        assert f'href="{address}"' in page.partition("</head>")[0], kind
        assert f'<a href="{address}">{kind.upper()}</a>' in page, kind


@pytest.mark.parametrize("listing", LISTS, ids=[one.name for one in LISTS])
def test_what_a_list_does_not_know_is_refused_in_words_in_every_form(screens: Any, listing: Listing) -> None:
    for form in ("", ".json", ".csv", *((".rss",) if listing.item is not None else ())):
        answer = screens.get(f"{listing.path}{form}?colour=red")
        assert answer.status_code == 400 and "unknown parameter" in answer.text, form
        assert "<channel>" not in answer.text
    if not listing.freezes:
        assert screens.get(f"{listing.path}?as_of=today").status_code == 400


def test_what_has_not_changed_is_not_sent_again(screens: Any) -> None:
    places = [f"{one.path}.{kind}" for one in LISTS for kind in ("json", "csv")] + [f"{one.path}.rss" for one in FEEDS]
    places += ["/articles/a1.json", "/stories/s1.json", "/sources/gull.json", "/articles/a1/diff.json"]
    for place in places:
        first = screens.get(place)
        etag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache", place
        for given in (etag, f"W/{etag}", f'"other", {etag}'):
            again = screens.get(place, headers={"If-None-Match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), place
        assert screens.get(place, headers={"If-None-Match": '"other"'}).status_code == 200, place
    assert screens.get("/articles.json?limit=1").headers["etag"] != screens.get("/articles.json").headers["etag"]


def test_the_newest_row_dates_an_answer(screens: Any) -> None:
    for place in ("/articles.json", "/articles.csv", "/articles.rss"):
        told = parsedate_to_datetime(screens.get(place).headers["last-modified"])
        newest = max(row["first_seen"] for row in screens.get("/articles.json").json()["rows"])
        assert told == datetime.fromisoformat(newest), place


def test_a_changed_row_is_sent_again(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    before = {}
    for place in ("/articles.json", "/articles.csv", "/articles.rss"):
        before[place] = screens.get(place).headers["etag"]
    desk.file("http://gull.example/1", "Lighthouse lit", "The lighthouse was lit by 3 keepers on Monday evening.")
    for place, etag in before.items():
        assert screens.get(place, headers={"If-None-Match": etag}).status_code == 200, place


def test_a_frozen_list_stays_as_it_was(desk: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(desk)
    start = desk.now
    for number in range(3):
        desk.now = start - timedelta(hours=6 - 2 * number)
        desk.file(f"http://gull.example/{number}", f"Lighthouse {number}", f"The keeper of lighthouse {number} left.")
    desk.now = start
    moment = (start - timedelta(hours=3)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    for listing, first in ((articles.LIST, ["a2", "a1"]), (alerts.LIST, ["x2", "x1"])):
        frozen = f"{listing.path}.json?as_of={moment}"
        found = screens.get(frozen).json()
        assert [row["id"] for row in found["rows"]] == first and found["as_of"] == moment
        assert [row["id"] for row in screens.get(f"{frozen}&limit=1").json()["rows"]] == first[:1]
        following = screens.get(f"{frozen}&limit=1").json()["next_url"]
        assert [row["id"] for row in screens.get(following).json()["rows"]] == first[1:]
        page = screens.get(f"{listing.path}?as_of={moment}").text
        assert "Frozen: what had come by" in page and f'<a href="{listing.path}">The list as it is now</a>' in page
        feed = ElementTree.fromstring(screens.get(frozen.replace(".json", ".rss")).content)
        assert len(feed.findall(".//item")) == 2
    assert screens.get(f"/articles.json?as_of={moment}").json()["total"] == 2
    # A length of time is before the frozen moment, whenever it is opened.
    assert [row["id"] for row in screens.get(f"/articles.json?as_of={moment}&since=2h").json()["rows"]] == ["a2"]


def test_a_page_can_be_cited(screens: Any) -> None:
    page = screens.get("/articles?q=keeper").text
    cited = page.partition('rel="bookmark"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert cited.startswith("/articles?q=keeper&as_of=20")
    assert "Frozen" in screens.get(cited).text and "Frozen" not in page


def test_what_is_to_come_cannot_be_cited(screens: Any) -> None:
    for moment, words in (("2199-01-01", "is to come"), ("soon", "is no time")):
        answer = screens.get(f"/articles.json?as_of={moment}")
        assert answer.status_code == 400 and words in answer.json()["error"]


class Shelf:
    """A list of numbers that is read in parts, and breaks after some."""

    def __init__(self, size: int, broken_after: int | None = None) -> None:
        self.size = size
        self.broken_after = broken_after
        self.parts: list[int] = []

    def read(self, _request: Any, question: Question) -> Rows:
        if self.broken_after is not None and len(self.parts) >= self.broken_after:
            raise StoreError("the disk is gone")
        start = int(question.after or 0)
        end = min(self.size, start + question.limit)
        self.parts.append(end - start)
        return Rows([{"id": number} for number in range(start, end)], str(end) if end < self.size else None)


def streamed(screens: Any, shelf: Shelf, query: str = "") -> list[list[str]]:
    """The sheet of a shelf, served by the real application."""
    listing = Listing("shelf", "Shelf", ("id",), shelf.read)
    from starlette.routing import Route

    app = screens.app
    for path, endpoint in listing.routes(lambda _request: None):
        app.router.routes.insert(0, Route(path, endpoint))
    try:
        return list(csv.reader(io.StringIO(screens.get("/shelf.csv" + query).text)))
    finally:
        del app.router.routes[: len(listing.routes(lambda _request: None))]


def test_a_long_sheet_comes_in_parts_and_whole(screens: Any) -> None:
    shelf = Shelf(2_500)
    rows = streamed(screens, shelf)
    assert [row[0] for row in rows] == ["id", *map(str, range(2_500))]
    assert shelf.parts == [1_000, 1_000, 500]


def test_a_sheet_says_where_it_was_cut_off(screens: Any) -> None:
    assert streamed(screens, Shelf(2_500), "?limit=1200")[-1] == [
        "cut off here, go on at /shelf.csv?limit=1200&after=1200"
    ]
    rows = streamed(screens, Shelf(12_000))
    assert (len(rows), rows[-1]) == (10_002, ["cut off here, go on at /shelf.csv?after=10000"])
    rows = streamed(screens, Shelf(2_500, broken_after=2))
    assert rows[-1] == ["cut off here: the archive does not answer (the disk is gone), go on at /shelf.csv?after=2000"]
    assert len(rows) == 2_002


def test_a_feed_holds_whatever_a_headline_does() -> None:
    hostile = 'A\x00b\x1f ]]> <script>&amp;"\u2028\ufffe'
    body = rss(
        "T", "https://h.example", "/p?a=1&b=2", "/p.rss", [Item("/a/1", hostile, "2026-03-01T10:00:00Z", hostile)]
    )
    feed = ElementTree.fromstring(body)
    item = feed.find("./channel/item")
    assert item is not None
    assert item.findtext("title") == 'Ab ]]> <script>&amp;"\u2028'
    # A reader shows a description as HTML, and then it reads as it was written.
    assert "&lt;script&gt;&amp;amp;" in (item.findtext("description") or "")
    assert item.findtext("guid") == item.findtext("link") == "https://h.example/a/1"
    assert item.findtext("pubDate") == "Sun, 01 Mar 2026 10:00:00 +0000"


def test_a_feed_leads_to_where_people_reach_us(screens: Any) -> None:
    feed = ElementTree.fromstring(screens.get("/articles.rss?q=keeper").content)
    own = feed.find("./channel/{http://www.w3.org/2005/Atom}link")
    assert own is not None and own.get("href") == "https://watch.example.org/articles.rss?q=keeper"
    for item in feed.findall("./channel/item"):
        guid = item.findtext("guid") or ""
        assert guid.startswith("https://watch.example.org/articles/a")
        assert screens.get(guid.removeprefix("https://watch.example.org")).status_code == 200
    for item in ElementTree.fromstring(screens.get("/alerts.rss").content).findall("./channel/item"):
        guid = (item.findtext("guid") or "").removeprefix("https://watch.example.org")
        assert screens.get(guid).status_code == 200 and item.findtext("title") in screens.get(guid).text


def test_an_attack_in_a_question_stays_text_in_a_feed(screens: Any) -> None:
    attack = quote("</title><script>alert(1)</script>", safe="")
    body = screens.get(f"/articles.rss?source={attack}").text
    assert "<script" not in body and ElementTree.fromstring(body) is not None


def test_columns_are_fields_of_rows() -> None:
    assert all(one.dated in one.columns for one in FEEDS)
    assert lists.CSV.startswith("text/csv") and replace(articles.LIST, shown=1).shown == 1
