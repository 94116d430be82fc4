"""Pages and feeds as a reader gets them: each parses, the text is whole, none of the chrome is in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape

import feedparser
import pytest

from monitor.model import Source, TextMode
from monitor.newsroom.copydesk import load_script
from monitor.newsroom.outlets import OUTLETS, Outlet
from monitor.newsroom.render import Desk
from monitor.newsroom.script import Publication, visible
from spiders.extract import extract
from spiders.parse import parse_feed

SCRIPT = load_script()
END = datetime(2025, 3, 26, tzinfo=UTC)
BASE = "http://127.0.0.1:8111"
BY_ID = {one.id: one for one in OUTLETS}
each_outlet = pytest.mark.parametrize("outlet", OUTLETS, ids=lambda one: one.id)


def desk(outlet: Outlet) -> Desk:
    return Desk(outlet, BASE, "http://127.0.0.1:8110/")


def stories(outlet: Outlet) -> tuple[Publication, ...]:
    return visible((one for one in SCRIPT.publications if one.outlet == outlet.id), END)


@pytest.mark.parametrize("one", SCRIPT.publications, ids=lambda one: one.id)
def test_an_article_page_gives_its_own_words_and_nothing_else(one: Publication) -> None:
    outlet = BY_ID[one.outlet]
    html = desk(outlet).article(one, stories(outlet), END).encode(outlet.charset)
    found = extract(html, desk(outlet).url(one), END, content_type=f"text/html; charset={outlet.charset}")
    own, got = (Counter(re.findall(r"\w+", text)) for text in (one.text, found.prose))
    assert found.title == one.title
    assert found.published == one.published
    assert sum((own & got).values()) >= 0.95 * sum(own.values())
    assert sum((got - own).values()) <= 0.02 * sum(own.values()), got - own


@each_outlet
def test_every_page_carries_real_chrome(outlet: Outlet) -> None:
    own = stories(outlet)
    page = desk(outlet).article(own[0], own, END)
    front = desk(outlet).front(own, END)
    assert page.count("<p") + page.count("<div") > len(own[0].paragraphs)
    assert all(other.title.replace("'", "&#39;") in front for other in own)
    if not outlet.faults:
        assert own[1].title.replace("'", "&#39;") in page or own[0].related
        assert len(page) > 5000
    assert not re.search(r"""(src|href)=["']?https?://(?!127\.0\.0\.1)""", page + front)
    assert "<script>" not in page


def test_at_least_eight_designs() -> None:
    designs = {outlet.template for outlet in OUTLETS}
    shapes = set()
    for outlet in OUTLETS:
        page = desk(outlet).article(stories(outlet)[0], stories(outlet), END)
        shapes.add(frozenset(re.findall(r'(?:class|id)="([^"]+)"', page)))
    assert len(designs) >= 8
    assert len(shapes) >= 8


def test_tracked_words_stand_only_beside_the_sidebar_trap() -> None:
    trap = next(one for one in SCRIPT.publications if one.related)
    outlet = BY_ID[trap.outlet]
    page = desk(outlet).article(trap, stories(outlet), END)
    assert "Black Sea" in page
    assert "Black Sea" not in extract(page.encode(), desk(outlet).url(trap), END).text


@each_outlet
def test_every_feed_parses_in_its_dialect(outlet: Outlet) -> None:
    own = stories(outlet)
    body = desk(outlet).feed(own, END).encode(outlet.charset)
    if outlet.dialect == "feed.json":
        items = json.loads(body)["items"]
        assert [item["title"] for item in items] == [one.title for one in own]
        return
    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    titles = [unescape(entry.title).removesuffix(f" - {outlet.name}") for entry in parsed.entries]
    assert titles == [one.title for one in own]


def test_the_dialects_differ() -> None:
    bodies = [desk(outlet).feed(stories(outlet), END).encode(outlet.charset) for outlet in OUTLETS]
    versions = {feedparser.parse(body, sanitize_html=False).version for body in bodies}
    assert {"rss20", "atom10", "rss10"} <= versions
    assert len({outlet.dialect for outlet in OUTLETS}) >= 8


@each_outlet
def test_storywatch_reads_every_feed(outlet: Outlet) -> None:
    own = stories(outlet)
    source = Source(outlet.id, "feed", BASE + outlet.feed, text=TextMode(outlet.text), language=(outlet.language,))
    body = desk(outlet).feed(own, END).encode(outlet.charset)
    listing = parse_feed(body, source, source.url, f"application/xml; charset={outlet.charset}", END)
    assert [entry.published for entry in listing.entries] == [one.published for one in own]
    assert [entry.url.partition("&utm")[0] for entry in listing.entries] == [desk(outlet).url(one) for one in own]
    if outlet.text == "feed":
        for entry, one in zip(listing.entries, own, strict=True):
            assert entry.text.split() == one.text.split()


def test_the_edit_shows_in_feed_and_page() -> None:
    edit = next(one for one in SCRIPT.publications if one.id != one.article)
    outlet = BY_ID[edit.outlet]
    mine = [one for one in SCRIPT.publications if one.outlet == outlet.id]
    before, after = visible(mine, edit.at - timedelta(minutes=1)), visible(mine, edit.at)
    feeds = [feedparser.parse(desk(outlet).feed(each, END).encode()) for each in (before, after)]
    old, new = (next(e for e in feed.entries if str(edit.number) in e.link) for feed in feeds)
    assert (old.link, old.published) == (new.link, new.published)
    assert (old.updated, old.title) != (new.updated, new.title)
    assert "п’ятирічна дівчинка" in desk(outlet).article(after[0], after, END)
