"""The pause before each request, kept across crawls by whoever hands in the pace."""

from __future__ import annotations

import time
from typing import Protocol

from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response

from monitor.model import Outcome
from monitor.urls import host_of
from spiders.outcome import Refused


class Pace(Protocol):
    """Who may ask a host, when."""

    async def turn(self, host: str) -> None:
        """Return when the next request to `host` ("host:port") may leave."""
        ...

    def slow_to(self, host: str, seconds: float) -> None:
        """Pause at least so long between requests to `host` from now on."""
        ...


class PaceMiddleware:
    """The last gate before the wire: waits for the host's turn and notes when the exchange began."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._refused: dict[str, Headers] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PaceMiddleware:
        return cls(crawler.spider.pace)  # type: ignore[union-attr]  # our spiders carry it from the start

    async def process_request(self, request: Request) -> None:
        """Hold the request until it is its turn."""
        host = host_of(request.url)
        if host in self._refused:
            raise Refused(Outcome.RATE_LIMITED, "not asked: its host wants a rest", headers=self._refused[host])
        await self.pace.turn(host)
        request.meta.setdefault("asked_at", time.monotonic())

    def process_response(self, request: Request, response: Response) -> Response:
        """Ask a host that said "too many", or "later", nothing more in this crawl."""
        if response.status == 429 or (response.status == 503 and b"Retry-After" in response.headers):
            self._refused[host_of(request.url)] = response.headers
        return response
