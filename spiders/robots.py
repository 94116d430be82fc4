"""robots.txt by RFC 9309, read once a day per host and handed to each crawl as a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from monitor.model import Outcome
from monitor.urls import host_of
from spiders.outcome import Refused
from spiders.pace import Pace

FRESH_FOR = timedelta(hours=24)
MOST_BYTES = 512_000
LONGEST_CRAWL_DELAY = 60.0


class RobotsCache(Protocol):
    """Bodies of robots.txt by origin ("https://host:port"); an empty body allows everything."""

    async def get(self, host: str) -> bytes | None:
        """The body, None when there is none or it is too old."""
        ...

    async def put(self, host: str, body: bytes) -> None:
        """Keep a body for FRESH_FOR, by the cache's own clock."""
        ...


class RobotsMemory:
    """A cache that lives as long as the process."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    async def get(self, host: str) -> bytes | None:
        body, until = self._kept.get(host, (b"", datetime.min.replace(tzinfo=UTC)))
        return body if until > self._clock() else None

    async def put(self, host: str, body: bytes) -> None:
        self._kept[host] = (body, self._clock() + FRESH_FOR)


class RobotsMiddleware:
    """Asks a host's robots.txt before anything else of that host, also after a redirect."""

    def __init__(self, crawler: Crawler, cache: RobotsCache, pace: Pace) -> None:
        self.crawler, self.cache, self.pace = crawler, cache, pace
        self.agent: str = crawler.settings["USER_AGENT"]
        self._known: dict[str, Protego] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        spider = crawler.spider
        if spider is None or spider.robots is None:  # type: ignore[attr-defined]  # our spiders carry it from the start
            raise NotConfigured
        return cls(crawler, spider.robots, spider.pace)  # type: ignore[attr-defined]

    async def process_request(self, request: Request) -> None:
        """Raise Refused when the rules forbid the address or cannot be read now."""
        if request.meta.get("is_robots"):
            return
        rules = await self._rules(request.url)
        if not rules.can_fetch(request.url, self.agent):
            raise Refused(Outcome.ROBOTS, "robots.txt forbids it")
        wait = rules.crawl_delay(self.agent)
        if wait:
            self.pace.slow_to(host_of(request.url), min(float(wait), LONGEST_CRAWL_DELAY))

    async def _rules(self, url: str) -> Protego:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._known:
            body = await self.cache.get(origin)
            if body is None:
                body = self._readable(await self._ask(f"{origin}/robots.txt"))
                await self.cache.put(origin, body)
            self._known[origin] = Protego.parse(body.decode("utf-8-sig", "replace"))
        return self._known[origin]

    async def _ask(self, url: str) -> Response:
        request = Request(
            url,
            headers={"Accept": "text/plain, */*;q=0.1"},
            meta={"is_robots": True, "dont_retry": True},
            callback=NO_CALLBACK,
        )
        return await self.crawler.engine.download_async(request)

    @staticmethod
    def _readable(response: Response) -> bytes:
        """The rules in an answer: none when there is no such file, an exception while the server cannot say."""
        status = response.status
        if status == 429 or status >= 500:
            outcome = Outcome.RATE_LIMITED if status == 429 else Outcome.SERVER_ERROR
            reason = f"robots.txt answered {status}, so nothing may be fetched now"
            raise Refused(outcome, reason, status=status, headers=response.headers)
        return response.body[:MOST_BYTES] if status < 300 else b""
