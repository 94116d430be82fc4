"""What a page's exchange remembers for the record: headers both ways, before anything was unpacked."""

from __future__ import annotations

import gzip
from typing import Any

from monitor.model import Fetch, Outcome
from spiders.exchange import Ask
from spiders.feed import FeedSpider
from spiders.page import PageSpider

PAGE = b"<html><body><p>Envoys met in the port.</p></body></html>"


def fetched(engine: Any, crawler: Any, url: str, spider: type[Any] = PageSpider) -> Fetch:
    fetch = engine.run(crawler.fetch(Ask(url, {"Accept": "text/html"}), spider))
    assert isinstance(fetch, Fetch)
    return fetch


def test_the_headers_of_a_packed_page_are_those_that_came(engine: Any, build: Any, site: Any) -> None:
    packed = gzip.compress(PAGE)
    url = site.answer("/a?b=1", packed, Content_Encoding="gzip", Content_Type="text/html", X_Desk="night")
    fetch = fetched(engine, build(user_agent="storywatch/test"), url)
    assert fetch.outcome is Outcome.OK and fetch.body == PAGE
    wire = fetch.wire
    assert wire is not None
    assert (wire.protocol, wire.address, wire.hops) == ("HTTP/1.1", "127.0.0.1", ())
    came = dict(wire.response)
    assert (came["Content-Encoding"], came["Content-Length"], came["X-Desk"]) == ("gzip", str(len(packed)), "night")
    sent = dict(wire.request)
    (asked,) = site.visits("/a?b=1")
    assert sent["Host"] == site.door
    for name in ("Host", "User-Agent", "Accept", "Accept-Encoding"):
        assert asked.header(name) == sent[name].encode("latin-1"), name


def test_the_way_over_redirects_is_told(engine: Any, build: Any, site: Any) -> None:
    site.answer("/old", b"", 302, Location="/mid")
    site.answer("/mid", b"", 301, Location="/new")
    site.answer("/new", PAGE, Content_Type="text/html")
    fetch = fetched(engine, build(), site.url("/old"))
    assert fetch.wire is not None
    assert (fetch.final_url, fetch.wire.hops) == (site.url("/new"), (site.url("/old"), site.url("/mid")))


def test_a_refusal_is_a_record_too_but_no_answer_is_none(engine: Any, build: Any, site: Any) -> None:
    refused = fetched(engine, build(), site.answer("/no", b"<p>no</p>", 403))
    assert refused.wire is not None and refused.body == b"<p>no</p>"
    assert fetched(engine, build(), site.raw("/cut", b"", reset=True)).wire is None
    assert fetched(engine, build(), site.answer("/feed", b"<rss/>"), FeedSpider).wire is None
