"""robots.txt by RFC 9309: asked once, obeyed, and a server that cannot say forbids for now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.model import Fetch, Outcome
from monitor.runtime.crawl import Crawler
from spiders.exchange import Ask
from spiders.page import PageRequest
from spiders.robots import RobotsMemory
from spiders.settings import Manners

PAGE = b"<p>The ferry sails again.</p>"


def fetched(engine: Any, crawler: Any, url: str) -> Fetch:
    fetch = engine.run(crawler.fetch(Ask(url)))
    assert isinstance(fetch, Fetch)
    return fetch


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /private/", "/news", True),
        ("User-agent: *\nDisallow: /private/", "/private/a", False),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news", True),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: storywatch\nDisallow: /\n\nUser-agent: *\nAllow: /", "/news", False),
        ("User-agent: otherbot\nDisallow: /", "/news", True),
        ("", "/news", True),
        ("<!doctype html><p>Nothing here</p>", "/news", True),
        ("\ufeffUser-agent: *\nDisallow: /", "/news", False),
    ],
)
def test_rules(engine: Any, build: Any, site: Any, rules: str, path: str, allowed: bool) -> None:
    site.answer("/robots.txt", rules.encode())
    fetch = fetched(engine, build(user_agent="storywatch/0.1 (+desk@example.org)"), site.answer(path, PAGE))
    assert fetch.outcome is (Outcome.OK if allowed else Outcome.ROBOTS)
    assert len(site.visits(path)) == allowed


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_no_readable_rules_allow_everything(engine: Any, build: Any, site: Any, status: int) -> None:
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /", status)
    assert fetched(engine, build(), site.answer("/news", PAGE)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("status", "outcome"), [(500, Outcome.SERVER_ERROR), (503, Outcome.SERVER_ERROR), (429, Outcome.RATE_LIMITED)]
)
def test_a_server_that_cannot_say_forbids_for_now(
    engine: Any, build: Any, site: Any, status: int, outcome: Outcome
) -> None:
    site.answer("/robots.txt", b"", status, Retry_After="77")
    url, crawler = site.answer("/news", PAGE), build()
    fetch = fetched(engine, crawler, url)
    assert (fetch.outcome, fetch.status, fetch.headers["retry-after"]) == (outcome, status, "77")
    assert "robots.txt" in fetch.error and site.visits("/news") == []
    site.answer("/robots.txt", b"")
    assert fetched(engine, crawler, url).outcome is Outcome.OK


def test_unreachable_rules_leave_the_page_alone(engine: Any, build: Any, site: Any) -> None:
    site.raw("/robots.txt", b"", reset=True)
    assert fetched(engine, build(), site.answer("/news", PAGE)).outcome is Outcome.BROKEN
    assert site.visits("/news") == []


def test_asked_once_for_many_crawls(engine: Any, build: Any, site: Any) -> None:
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /private")
    url, crawler = site.answer("/news", PAGE), build()

    async def read() -> list[Outcome]:
        pages = [(None, PageRequest(site.url(path))) for path in ("/news", "/private", "/news")]
        return [fetch.outcome async for _tag, fetch in crawler.read(pages)]

    assert fetched(engine, crawler, url).outcome is Outcome.OK
    assert sorted(engine.run(read())) == sorted([Outcome.OK, Outcome.ROBOTS, Outcome.OK])
    assert len(site.visits("/robots.txt")) == 1


def test_rules_behind_a_redirect(engine: Any, build: Any, site: Any) -> None:
    site.answer("/robots.txt", b"", 301, Location="/rules.txt")
    site.answer("/rules.txt", b"User-agent: *\nDisallow: /")
    assert fetched(engine, build(), site.answer("/news", PAGE)).outcome is Outcome.ROBOTS


def test_the_rules_of_the_host_that_a_redirect_leads_to(engine: Any, build: Any, site: Any, other_site: Any) -> None:
    other_site.answer("/robots.txt", b"User-agent: *\nDisallow: /")
    url = site.answer("/away", b"", 302, Location=other_site.answer("/page", PAGE))
    fetch = fetched(engine, build(allow_private=(site.door, other_site.door)), url)
    assert fetch.outcome is Outcome.ROBOTS and other_site.visits("/page") == []


def test_not_asked_when_switched_off(engine: Any, build: Any, site: Any) -> None:
    fetch = fetched(engine, build(obey_robots=False), site.answer("/news", PAGE))
    assert fetch.outcome is Outcome.OK and site.visits("/robots.txt") == []


def test_a_cache_that_is_handed_in_is_used(engine: Any, site: Any) -> None:
    kept = {site.url("").rstrip("/"): b"User-agent: *\nDisallow: /a"}

    class Shelf:
        async def get(self, host: str) -> bytes | None:
            return kept.get(host)

        async def put(self, host: str, body: bytes) -> None:
            kept[host] = body

    async def crawl() -> list[Outcome]:
        crawler = Crawler(Manners(delay=timedelta(0), allow_private=(site.door,)), Shelf())
        first = await crawler.fetch(Ask(site.answer("/a", PAGE)))
        kept.clear()
        return [first.outcome, (await crawler.fetch(Ask(site.url("/a")))).outcome]

    assert engine.run(crawl()) == [Outcome.ROBOTS, Outcome.OK]
    assert list(kept.values()) == [b""]


def test_the_memory_forgets() -> None:
    async def scene() -> list[bytes | None]:
        nows = [datetime(2026, 3, 1, tzinfo=UTC)]
        memory = RobotsMemory(lambda: nows[-1])
        await memory.put("http://b.example", b"old")
        nows.append(nows[0] + timedelta(hours=24))
        await memory.put("http://a.example", b"kept")
        return [await memory.get(f"http://{name}.example") for name in "abc"]

    assert asyncio.run(scene()) == [b"kept", None, None]
