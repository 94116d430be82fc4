"""Addresses of the inside, in every known form, at every door by which an address comes in: nobody reaches the canary.

The settings in force (Scrapy 2.19): our resolver installed on the reactor by hand, because under AsyncCrawlerRunner
`TWISTED_DNS_RESOLVER` alone is silently ignored; METAREFRESH_ENABLED=False; HTTPPROXY_ENABLED=False; only the HTTP/1.1
download handler. Webhooks, the ninth door, do not exist yet.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.model import Fetch, Outcome, Source, SourceState
from monitor.runtime.crawl import Crawler
from spiders.extract import extract
from spiders.feed import FeedSpider, feed_ask
from spiders.kinds import read
from spiders.kinds.contract import Polled
from spiders.opml import read_opml
from spiders.page import PageRequest

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
ARTICLE = "<article><p>" + "The ferry sails at noon, the port office said on Monday. " * 20 + "</p></article>"


@pytest.fixture
def forms(shared: Path, other_site: Any, engine: Any) -> list[str]:
    """The known forms, each aimed at the canary's port, too."""
    listed = (shared / "data/hostile/generated/ssrf_urls.txt").read_text(encoding="utf-8").split()
    names = {"example.com": "127.0.0.1", "foo.localhost": "127.0.0.1", "metadata.google.internal": "169.254.169.254"}
    engine.names.listed.update({name: [address] for name, address in names.items()})
    aimed = [re.sub(r"^(https?://[^/\\#?]+?)(:\d+)?([/\\#?].*)?$", rf"\1:{other_site.port}\3", one) for one in listed]
    assert len(listed) >= 55
    return list(dict.fromkeys([*listed, *aimed]))


@pytest.fixture
def crawler(build: Any, other_site: Any) -> Iterator[Crawler]:
    made = build()
    made.guard.canary = other_site.port
    yield made
    assert other_site.asked == [], "the canary was reached"


def visited(engine: Any, crawler: Crawler, urls: list[str]) -> list[Fetch]:
    async def pages() -> list[Fetch]:
        return [fetch async for _tag, fetch in crawler.read([(None, PageRequest(url)) for url in urls])]

    found = engine.run(pages(), 170)
    assert len(found) == len(urls)
    return found


def refused(fetches: list[Fetch]) -> bool:
    return all(fetch.outcome in (Outcome.GUARD, Outcome.REDIRECTS, Outcome.DNS) for fetch in fetches)


def test_the_settings_in_force(crawler: Crawler, build: Any) -> None:
    from twisted.internet import reactor

    from spiders.guard import Guard
    from spiders.settings import settings

    assert isinstance(reactor.nameResolver, Guard)  # type: ignore[attr-defined]
    chosen = settings(crawler.manners)
    off = ("METAREFRESH_ENABLED", "HTTPPROXY_ENABLED", "COOKIES_ENABLED", "REMOTE_CONTROL_ENABLED")
    assert not any(chosen.getbool(name) for name in off) and not chosen.getbool("TELNETCONSOLE_ENABLED")
    assert set(chosen.getdict("DOWNLOAD_HANDLERS_BASE")) == {"http", "https"}
    assert chosen.getbool("DOWNLOAD_VERIFY_CERTIFICATES")


def test_config_url(engine: Any, crawler: Crawler, forms: list[str]) -> None:
    async def checks() -> list[Fetch]:
        states = [(Source("s", "feed", url), SourceState("s", url, NOW)) for url in forms]
        return [await crawler.check(source, state, NOW) for source, state in states]

    assert refused(engine.run(checks(), 170))


def test_opml_import(engine: Any, crawler: Crawler, forms: list[str]) -> None:
    outlines = "".join(f'<outline type="rss" text="x" xmlUrl="{html.escape(url)}"/>' for url in forms)
    found, skipped = read_opml(f"<opml version='2.0'><body>{outlines}</body></opml>".encode(), ["feed"])
    assert len(found) + len(skipped) == len(forms)
    assert refused(visited(engine, crawler, [one.url for one in found]))


def test_feed_link(engine: Any, crawler: Crawler, forms: list[str]) -> None:
    items = "".join(f"<item><title>n</title><link>{html.escape(url)}</link></item>" for url in forms)
    body = f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()
    listing = read(Polled(body, Source("s", "feed", "https://gulf.example/f"), "https://gulf.example/f", NOW))
    assert len(listing.entries) > 20
    assert refused(visited(engine, crawler, [entry.url for entry in listing.entries]))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(engine: Any, crawler: Crawler, forms: list[str], site: Any, status: int) -> None:
    urls = [
        site.answer(f"/{number}", b"", status, Location=url.encode().decode("latin-1"))
        for number, url in enumerate(forms)
    ]
    found = visited(engine, crawler, urls)
    # Some forms are, to a redirect, a path on the same site: there they may end.
    away = [fetch for fetch in found if not fetch.final_url.startswith(site.url("/"))]
    assert [one for one in away if not refused([one])] == [] and len(away) >= 75 and len(site.visits("/0")) == 1


@pytest.mark.parametrize(
    "markup",
    [
        '<meta http-equiv="refresh" content="0;url={url}">',
        '<link rel="canonical" href="{url}"><meta property="og:url" content="{url}">',
        '<link rel="alternate" type="application/rss+xml" href="{url}"><link rel="amphtml" href="{url}">',
        '<img src="{url}"><iframe src="{url}"></iframe><script src="{url}"></script><base href="{url}">',
    ],
)
def test_addresses_on_a_page(engine: Any, crawler: Crawler, forms: list[str], site: Any, markup: str) -> None:
    urls = []
    for number, url in enumerate(forms):
        head = markup.replace("{url}", html.escape(url))
        body = f"<html><head><title>t</title>{head}</head><body>{ARTICLE}</body></html>".encode()
        urls.append(site.answer(f"/{number}", body, Content_Type="text/html"))
    found = visited(engine, crawler, urls)
    assert {fetch.outcome for fetch in found} == {Outcome.OK}
    for fetch in found:
        extract(fetch.body, fetch.url, NOW)


@pytest.mark.parametrize(("root", "item"), [("urlset", "url"), ("sitemapindex", "sitemap")])
def test_sitemap_loc(engine: Any, crawler: Crawler, forms: list[str], root: str, item: str) -> None:
    listed = "".join(f"<{item}><loc>{html.escape(url)}</loc></{item}>" for url in forms)
    body = f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</{root}>'.encode()
    source = Source("s", "sitemap", "https://gulf.example/sitemap.xml")
    try:
        listing = read(Polled(body, source, source.url, NOW))
    except ParseError:
        pytest.fail("the sitemap was not read")
    assert refused(visited(engine, crawler, [entry.url for entry in listing.entries]))
    for child in listing.children:
        assert refused([engine.run(crawler.fetch(feed_ask(SourceState("s", child.url, NOW)), FeedSpider))])


def test_robots_sitemap_and_robots_redirect(engine: Any, crawler: Crawler, forms: list[str], site: Any) -> None:
    site.answer("/robots.txt", "\n".join(f"Sitemap: {url}" for url in forms).encode())
    assert visited(engine, crawler, [site.answer("/page", b"<p>x</p>")])[0].outcome is Outcome.OK
    for url in forms[:20]:
        site.answer("/robots.txt", b"", 302, Location=url.encode().decode("latin-1"))
        crawler.robots = type(crawler.robots)()
        assert refused(visited(engine, crawler, [site.url("/page")]))
