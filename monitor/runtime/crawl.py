"""The crawler: sends one Scrapy crawl per job and turns whatever happens into a Fetch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import structlog
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.crawler import Crawler as Crawl
from scrapy.utils.reactor import is_asyncio_reactor_installed, is_reactor_installed

from monitor.model import Fetch, Outcome, Source, SourceState
from monitor.netguard import Allow
from monitor.runtime.hosts import HostGate
from monitor.urls import host_of
from spiders.exchange import Ask, Errand, ExchangeSpider
from spiders.feed import FeedSpider, feed_ask
from spiders.guard import Guard
from spiders.kinds.quirks import is_html
from spiders.outcome import not_asked
from spiders.page import PageRequest, PageSpider, page_ask
from spiders.robots import RobotsCache, RobotsMemory
from spiders.settings import Manners, settings

__all__ = ["Crawler", "PageRequest"]

log = structlog.get_logger("storywatch")
T = TypeVar("T")
Told = tuple[int, Fetch]
STOP_SECONDS = 10.0


class Crawler:
    """Fetches what it is asked for, within the manners. Needs the reactor of `runtime.reactor`, and its running loop.

    Nothing that a server, a spider or Scrapy does is raised: it is the outcome of a Fetch.
    """

    def __init__(self, manners: Manners, robots: RobotsCache | None = None) -> None:
        if not is_reactor_installed() or not is_asyncio_reactor_installed():
            raise RuntimeError("no reactor yet: start through monitor.runtime.reactor.run")
        from twisted.internet import reactor

        self.manners = manners
        self.guard = Guard(Allow.parse(manners.allow_private))
        self.guard.install_on_reactor(reactor)
        self.hosts = HostGate(manners.delay, manners.per_host)
        self.robots: RobotsCache = robots or RobotsMemory()
        self._runner = AsyncCrawlerRunner(settings(manners))
        self._room = asyncio.Semaphore(manners.concurrency)
        self._building = asyncio.Lock()
        self._running: dict[Crawl, asyncio.Task[None]] = {}
        self._stopping = False

    async def check(self, source: Source, state: SourceState, now: datetime) -> Fetch:
        """Ask for what a source lists now, conditionally where its last answer came with validators."""
        fetch = await self.fetch(feed_ask(state, html=is_html(source.kind)), FeedSpider)
        return replace(fetch, started=now)

    async def fetch(self, ask: Ask, spider: type[ExchangeSpider] = PageSpider, *, robots: bool = True) -> Fetch:
        """Ask for one address. Without `robots` its robots.txt is not asked, as for our own servers."""
        found = [fetch async for _number, fetch in self._errand([ask], spider, robots)]
        return found[0]

    async def read(self, requests: Sequence[tuple[T, PageRequest]]) -> AsyncIterator[tuple[T, Fetch]]:
        """Read the pages of one host one after another, and yield each with its tag as soon as it has ended."""
        asks = [page_ask(request) for _tag, request in requests]
        async for number, fetch in self._errand(asks, PageSpider):
            yield requests[number][0], fetch

    async def warm_up(self) -> None:
        """Import and build all that a crawl needs: the first crawl would block the loop for half a second."""
        import scrapy.core.downloader.handlers.http11  # noqa: F401  (loaded by name at the first request)

        await self._sent(self._runner.create_crawler(PageSpider), self._errand_for([], asyncio.Queue()), 30.0)

    async def stop(self, within: float = STOP_SECONDS) -> None:
        """Start nothing any more and wait for the exchanges in flight; what was not asked yet ends as STOPPED.

        What is still in flight after `within` seconds ends as STOPPED, too.
        """
        self._stopping = True
        running = dict(self._running)
        ends = [asyncio.create_task(_end(crawl, task)) for crawl, task in running.items()]
        if ends:
            await asyncio.wait({*ends, *running.values()}, timeout=within)
        for late in (*ends, *running.values()):
            late.cancel()

    async def _errand(
        self, asks: Sequence[Ask], spider: type[ExchangeSpider], robots: bool = True
    ) -> AsyncIterator[Told]:
        """One crawl for all asks; yields each ask's number and its Fetch exactly once."""
        told: asyncio.Queue[Told | None] = asyncio.Queue()
        missing = dict(enumerate(asks))
        task = asyncio.create_task(self._crawl(self._errand_for(asks, told, robots), spider, told))
        try:
            while (one := await told.get()) is not None:
                if missing.pop(one[0], None) is not None:
                    yield one
            outcome, error = await task
        finally:
            if not task.done():
                task.cancel()
        for number, ask in missing.items():
            yield number, not_asked(ask.url, outcome, error)

    async def _crawl(
        self, errand: Errand, spider: type[ExchangeSpider], told: asyncio.Queue[Told | None]
    ) -> tuple[Outcome, str]:
        """Run the crawl in its turn; what it returns holds for every ask that it did not tell about."""
        try:
            if not errand.asks:
                return Outcome.STOPPED, ""
            async with self._room, self.hosts.job(host_of(errand.asks[0].url)):
                if self._stopping:
                    return Outcome.STOPPED, "shutting down"
                limit = self.manners.deadline.total_seconds() * len(errand.asks)
                return await self._sent(self._runner.create_crawler(spider), errand, limit)
        except Exception as error:
            log.exception("crawl broke", url=errand.asks[0].url)
            return Outcome.CRASHED, f"{type(error).__name__}: {error}"
        finally:
            told.put_nowait(None)

    def _errand_for(self, asks: Sequence[Ask], told: asyncio.Queue[Told | None], robots: bool = True) -> Errand:
        def tell(number: int, fetch: Fetch) -> None:
            told.put_nowait((number, fetch))

        cache = self.robots if robots and self.manners.obey_robots else None
        return Errand(asks, tell, self.guard, self.hosts, cache)

    async def _sent(self, crawl: Crawl, errand: Errand, limit: float) -> tuple[Outcome, str]:
        # Building a crawl takes milliseconds of the loop: one per turn, so that a burst of jobs does not block it.
        async with self._building:
            task = self._running[crawl] = self._runner.crawl(crawl, errand)
            task.add_done_callback(lambda _ended: self._running.pop(crawl, None))
            await asyncio.sleep(0)
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
        except asyncio.CancelledError:
            await self._ended(crawl, task)
            raise
        if not done:
            await self._ended(crawl, task)
            return Outcome.TIMEOUT, f"not done after {limit:.0f} s"
        if task.cancelled():
            return Outcome.STOPPED, "shutting down"
        if task.exception() is not None:
            return Outcome.CRASHED, f"{type(task.exception()).__name__}: {task.exception()}"
        return self._verdict(crawl)

    async def _ended(self, crawl: Crawl, task: asyncio.Task[None]) -> None:
        """End a crawl that takes too long: nicely, then not."""
        stopping = asyncio.ensure_future(_end(crawl, task))
        await asyncio.wait({stopping, task}, timeout=self.manners.timeout.total_seconds() + 5)
        for one in (stopping, task):
            if not one.done():
                one.cancel()

    def _verdict(self, crawl: Crawl) -> tuple[Outcome, str]:
        """Why a crawl that ended kept silent about an ask: `crawl()` does not raise when a spider does."""
        stats = crawl.stats.get_stats()
        crashes = [name.partition("/")[2] for name in stats if name.startswith("spider_exceptions/")]
        if crashes:
            return Outcome.CRASHED, f"the spider raised {', '.join(name for name in crashes if name != 'count')}"
        if self._stopping or stats.get("finish_reason") == "shutdown":
            return Outcome.STOPPED, "shutting down"
        return Outcome.CRASHED, f"the crawl ended without a word ({stats.get('finish_reason')})"


async def _end(crawl: Crawl, task: asyncio.Task[None]) -> None:
    """Stop a crawl as soon as its engine runs: asked earlier, Scrapy forgets the wish and the crawl never ends."""
    while not task.done() and not _runs(crawl):
        await asyncio.sleep(0.01)
    if not task.done():
        await crawl.stop_async()


def _runs(crawl: Crawl) -> bool:
    try:
        return bool(crawl.engine is not None and crawl.engine.running)
    except (AttributeError, RuntimeError):
        # Scrapy raises for an attribute that is not there yet.
        return False
