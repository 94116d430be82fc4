"""Redirects as Scrapy follows them, without its search for a Referer that we never send."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Request, Response

from monitor.model import Outcome
from spiders.outcome import Refused


class Redirects(RedirectMiddleware):
    """Follows 301, 302, 303, 307 and 308 to http(s) addresses; the guard judges each hop."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        made = cls(crawler.settings)
        made.crawler = crawler
        return made

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow, or raise Refused. (Scrapy's own signature still has a deprecated argument.)"""
        try:
            return super().process_response(request, response)
        except ValueError as error:
            raise Refused(Outcome.REDIRECTS, f"a redirect to an unreadable address: {error}") from error

    def handle_referer(self, request: Request, response: Response) -> None:
        request.headers.pop("Referer", None)

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        if request.meta.get("redirect_times", 0) >= self.max_redirect_times:
            raise Refused(Outcome.REDIRECTS, f"more than {self.max_redirect_times} redirects")
        return super()._redirect(redirected, request, reason)
