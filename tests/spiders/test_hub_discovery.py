"""Hubs as listings name them: in Link headers, Atom, RSS, JSON Feed; hostile ones, too."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Fetch, Hub, Outcome, Source
from monitor.reading import read_listing
from spiders.websub import header_links, named_hub, offered_hub

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
URL = "https://varn.example/rss?edition=1&utm_source=x"
HUB, TOPIC = "https://hub.example/?a=1&b=2", "https://varn.example/rss?utm_source=x"
ATOM_SPACE = 'xmlns:a10="http://www.w3.org/2005/Atom"'
ITEM = "<item><title>One</title><link>https://varn.example/1</link>{}</item>"
RSS = f"<rss version='2.0' {ATOM_SPACE}><channel><title>Varn</title>{{}}{ITEM}</channel></rss>"
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>Varn</title>{}<entry><title>One</title>"
    "<link href='https://varn.example/1'/></entry></feed>"
)


def escaped(url: str) -> str:
    return url.replace("&", "&amp;")


def found(body: str, link: str = "", kind: str = "feed") -> Hub:
    fetch = Fetch(URL, Outcome.OK, NOW, headers={"link": link}, body=body.encode(), final_url=URL)
    return read_listing(fetch, Source("varn", kind, URL), UTC, NOW).hub


LINKS = f'<{{0}}link rel="self" href="{escaped(TOPIC)}"/><{{0}}link href="{escaped(HUB)}" rel="hub"/>'
JSON = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "https://varn.example/1"}]}


@pytest.mark.parametrize(
    ("body", "link", "wanted"),
    [
        (RSS.format(LINKS.format("a10:"), ""), "", Hub(HUB, TOPIC)),
        (ATOM.format(LINKS.format("")), "", Hub(HUB, TOPIC)),
        (json.dumps({**JSON, "feed_url": TOPIC, "hubs": [{"type": "WebSub", "url": HUB}]}), "", Hub(HUB, TOPIC)),
        (json.dumps({**JSON, "hubs": [{"type": "rssCloud", "url": HUB}, "x", None]}), "", Hub()),
        (json.dumps({**JSON, "hubs": {"type": "WebSub", "url": HUB}}), "", Hub()),
        (RSS.format("", ""), f'<{HUB}>; rel="hub", <{TOPIC}>; rel=self', Hub(HUB, TOPIC)),
        (RSS.format("", ""), f'<{HUB}>; rel="hub"', Hub(HUB, URL)),
        (RSS.format(LINKS.format("a10:"), ""), "<https://a.example/>;rel=hub", Hub("https://a.example/", TOPIC)),
        (RSS.format(LINKS.format("a10:"), ""), "</next>; rel=next", Hub(HUB, TOPIC)),
        (RSS.format("", LINKS.format("a10:")), "", Hub()),
        (RSS.format("<a10:link rel='hub' href='/hub'/>", ""), "", Hub("https://varn.example/hub", URL)),
        (RSS.format("<a10:link rel='hub' href='javascript:alert(1)'/>", ""), "", Hub()),
        (RSS.format("<a10:link rel='hub' href='https://name:word@hub.example/'/>", ""), "", Hub()),
        (RSS.format("<a10:link rel='hub' href='http://[::1'/>", ""), "", Hub()),
        (RSS.format("<a10:link rel='hub' href='file:///etc/passwd'/><a10:link rel='hub' href='http://b/'/>", ""), "",
         Hub("http://b/", URL)),
        (RSS.format("", ""), "", Hub()),
    ],
)  # fmt: skip
def test_hubs_as_they_are_named(body: str, link: str, wanted: Hub) -> None:
    assert found(body, link) == wanted


def test_any_kind_of_source_may_name_its_hub_by_header() -> None:
    sitemap = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://varn.example/one-two-three</loc>'
        "</url></urlset>"
    )
    assert found(sitemap, f"<{HUB}>; rel=hub", "sitemap") == Hub(HUB, URL)


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ('<a>; rel="x y"; title="b, <c>; rel=hub"', (("x y", "a"),)),
        ("<a>;REL=hub,<b>; rel = 'hub'", (("hub", "a"), ("'hub'", "b"))),
        ("<a>, <b>; rel", ()),
        ("<a; rel=hub", ()),
        ("", ()),
    ],
)
def test_link_headers(value: str, links: tuple[tuple[str, str], ...]) -> None:
    assert header_links(value) == links


@given(value=st.text(alphabet='<>;,="rel hub \t/a', max_size=300), base=st.text(max_size=30))
@settings(max_examples=150, derandomize=True)
def test_no_header_breaks_anything(value: str, base: str) -> None:
    hub = offered_hub({"link": value}, named_hub([("hub", value)], base), base)
    assert hub == Hub() or hub.url.startswith(("http://", "https://"))


def test_a_header_made_to_be_slow_is_read_quickly() -> None:
    assert header_links("<a>" + "; x" * 5_000) == () and header_links("<a>" + ";" + " " * 10_000) == ()
