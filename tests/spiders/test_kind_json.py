"""JSON answers: GDELT's article list, WordPress posts, JSON Feed, and everything that is none of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.model import Listing, Source, TextMode
from spiders.kinds import Polled, read
from spiders.kinds.quirks import floor, reads_page

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
GDELT = "https://api.gdeltproject.org/api/v2/doc/doc?query=harbour&mode=artlist&format=json"
POSTS = "https://harbour.example/wp-json/wp/v2/posts?per_page=10"


def answer(found: Any, url: str = GDELT) -> Listing:
    body = found if isinstance(found, bytes) else json.dumps(found).encode()
    return read(Polled(body, Source("api", "json", url), url, NOW))


def test_gdelt_articles_keep_title_and_language_and_are_not_dated_by_gdelt() -> None:
    seen = "20260320T084500Z"
    raw = {"url": "https://wire.example/a", "title": "Varn ' s truce : ships , mines ( 31 ) - Wire", "seendate": seen}
    found = answer(
        {"articles": [raw | {"language": "Ukrainian", "domain": "wire.example"}, "junk", {"title": "no url"}]}
    )
    (entry,) = found.entries
    assert (entry.title, entry.language) == ("Varn's truce: ships, mines (31) - Wire", "uk")
    assert (entry.published, entry.url) == (None, "https://wire.example/a")
    assert found.dialect == "gdelt" and len(found.rejected) == 1


def test_gdelt_without_a_hit_lists_nothing() -> None:
    assert answer({}).entries == ()
    with pytest.raises(ParseError, match="an empty object"):
        answer({}, POSTS)


def test_wordpress_posts_are_read_with_their_text_and_dated_in_utc() -> None:
    post = {
        "id": 7,
        "date": "2026-03-20T04:00:00",
        "date_gmt": "2026-03-20T08:00:00",
        "modified_gmt": "2026-03-20T08:30:00",
        "link": "https://harbour.example/assessment",
        "title": {"rendered": "Assessment &#8211; March 20"},
        "excerpt": {"rendered": "<p>The truce holds.</p>"},
        "content": {"rendered": "<p>The truce holds.</p><p>Ships leave.</p>"},
    }
    found = answer([post], POSTS)
    (entry,) = found.entries
    assert (entry.title, entry.guid) == ("Assessment – March 20", "7")
    assert entry.published == datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
    assert (entry.summary, entry.text) == ("The truce holds.", "The truce holds.\n\nShips leave.")
    assert entry.updated_raw == "2026-03-20T08:30:00Z"
    short = answer(
        [{"id": 8, "link": "https://harbour.example/b", "title": "Bare", "date": "2026-03-20T04:00:00"}], POSTS
    )
    assert short.entries[0].title == "Bare"


def test_a_json_feed_is_read_as_one() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "https://a.example/1"}]}
    assert answer(feed).dialect == "json 1.1"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<html><body>Timespan is too short.</body></html>", "HTML"),
        (b"The specified phrase is too short.", "The specified phrase is too short"),
        (b'{"code":"rest_no_route","message":"No route was found","data":{"status":404}}', "No route was found"),
        (b'{"rows": [], "next": null}', r"an object with rows, next.*artlist.*wp/v2/posts"),
        (b"[1, 2]", "a list of 2"),
        (b'{"articles": ', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b"", "nothing"),
    ],
)
def test_other_answers_are_named_with_what_was_expected(body: bytes, word: str) -> None:
    with pytest.raises(ParseError, match=word):
        answer(body)


def test_services_are_not_asked_more_often_than_they_stand() -> None:
    every = timedelta(minutes=5)
    floors = [
        floor(Source("s", "json", url, every=every)) for url in (GDELT, POSTS, "https://news.google.com/rss/search")
    ]
    assert floors == [timedelta(minutes=15), timedelta(0), timedelta(minutes=30)]


def test_pages_are_read_only_where_they_hold_an_article() -> None:
    page, headline = Source("s", "feed", POSTS), Source("s", "feed", POSTS, text=TextMode.HEADLINE)
    assert reads_page(page, "https://a.example/1")
    assert not reads_page(headline, "https://a.example/1")
    assert not reads_page(page, "https://news.google.com/rss/articles/CBMi")
    assert not reads_page(Source("s", "telegram", "https://t.me/s/x"), "https://t.me/x/1")
