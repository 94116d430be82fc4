"""Asking the web from a command: the daemon's own crawler with the config's manners."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from monitor.config import Config
from monitor.errors import ParseError
from monitor.model import Document, Fetch, Outcome
from monitor.runtime.crawl import Crawler
from monitor.runtime.reactor import run, self_check
from monitor.runtime.services import manners
from spiders.extract import extract
from spiders.page import PageRequest, page_ask
from spiders.robots import RobotsCache


def crawl(
    config: Config, work: Callable[[Crawler], Coroutine[Any, Any, int]], robots: RobotsCache | None = None
) -> int:
    """Run `work` with a crawler and return its exit code; the process must end soon after, so `work` also prints."""

    async def main() -> int:
        crawler = Crawler(manners(config), robots)
        await self_check(crawler)
        try:
            return await work(crawler)
        finally:
            await crawler.stop()

    return run(main())


async def fetch_pages(crawler: Crawler, urls: Sequence[str]) -> dict[str, Fetch]:
    """Each address with what came of asking for it."""
    return {url: await crawler.fetch(page_ask(PageRequest(url))) for url in dict.fromkeys(urls)}


def outcome_words(fetch: Fetch) -> str:
    """How an exchange ended, for people."""
    parts = [fetch.outcome.value, str(fetch.status or ""), fetch.error]
    return ", ".join(part for part in parts if part)


def page_document(fetch: Fetch) -> Document:
    """The article of a fetched page. Raises ParseError, also when there was no page."""
    if fetch.outcome is not Outcome.OK:
        raise ParseError(f"{fetch.url}: {outcome_words(fetch)}")
    try:
        kind = fetch.headers.get("content-type", "")
        return extract(fetch.body, fetch.final_url or fetch.url, fetch.started, content_type=kind)
    except ParseError as error:
        raise ParseError(f"{fetch.url}: {error}") from None
