"""How we behave on the network, and the Scrapy settings that follow from it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from scrapy.settings import Settings

FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Manners:
    """The [fetch] section as values.

    `timeout` is for one whole exchange; `max_body` is in bytes, after decoding; `delay` lies between two requests to
    one host; `user_agent` is ready to be sent.
    """

    concurrency: int = 16
    per_host: int = 1
    timeout: timedelta = timedelta(seconds=30)
    max_body: int = 10_000_000
    obey_robots: bool = True
    user_agent: str = "storywatch"
    delay: timedelta = timedelta(seconds=1)
    allow_private: tuple[str, ...] = ()

    @property
    def deadline(self) -> timedelta:
        """The most that one address may take, with robots.txt, redirects and the one retry."""
        return 2 * self.timeout + 4 * self.delay


class CrawlSettings(Settings):
    """Settings whose copies share their values: every crawl copies and merges them, which holds up the loop."""

    def copy(self) -> Self:
        """A copy that may be changed key by key; the values themselves are never changed in place."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.frozen = False
        twin.attributes = dict(self.attributes)
        return twin

    def set(self, name: Any, value: Any, priority: int | str = "project") -> None:
        """As usual, but what a copy still shares with the others becomes its own first."""
        if (shared := self.attributes.get(name)) is not None:
            self.attributes[name] = copy(shared)
        super().set(name, value, priority)

    def update(self, values: Any, priority: int | str = "project") -> None:  # type: ignore[override]  # as Scrapy's own
        """As usual, but for the runner's merging of its settings into the crawl that was just made from them."""
        if not isinstance(values, CrawlSettings):
            super().update(values, priority)


def settings(manners: Manners) -> CrawlSettings:
    """Scrapy settings for one crawl: one request at a time, and nothing switched on that is not named here.

    The _BASE tables are replaced, not added to, so that what a later Scrapy switches on by default stays off.
    """
    return CrawlSettings(_chosen(manners))


def _chosen(manners: Manners) -> dict[str, Any]:
    return {
        **_switches(),
        **_parts(),
        "USER_AGENT": manners.user_agent,
        "DOWNLOAD_TIMEOUT": manners.timeout.total_seconds(),
        "DOWNLOAD_MAXSIZE": manners.max_body,
        "DOWNLOAD_WARNSIZE": 0,
        # One crawl is one job on one host; how many jobs there are and their pauses is for the host gate.
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        # Our spiders yield no items, and Scrapy starts that many tasks for each answer.
        "CONCURRENT_ITEMS": 1,
        "DOWNLOAD_DELAY": 0,
        "REDIRECT_MAX_TIMES": MOST_REDIRECTS,
        "RETRY_TIMES": 1,
        # Never 429 and 503: the schedule owns Retry-After.
        "RETRY_HTTP_CODES": [500, 502, 504, 522, 524],
        "RETRY_EXCEPTIONS": ["scrapy.exceptions.DownloadFailedError", "scrapy.exceptions.ResponseDataLossError"],
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "DEFAULT_REQUEST_HEADERS": {"Accept": PAGE_ACCEPT},
    }


def _switches() -> dict[str, Any]:
    return {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        # Our own middleware reads robots.txt by RFC 9309; Scrapy's allows everything when it cannot be read.
        "ROBOTSTXT_OBEY": False,
        "LOG_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
    }


def _parts() -> dict[str, Any]:
    shelf = "scrapy.downloadermiddlewares"
    handler = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
    return {
        "DOWNLOAD_HANDLERS_BASE": {"http": handler, "https": handler},
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
        # Marks the first requests, without which they would leave in reverse order.
        "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25},
        "ITEM_PIPELINES_BASE": {},
        "DOWNLOADER_MIDDLEWARES_BASE": {
            "spiders.guard.GuardMiddleware": 10,
            "spiders.robots.RobotsMiddleware": 100,
            f"{shelf}.downloadtimeout.DownloadTimeoutMiddleware": 350,
            f"{shelf}.defaultheaders.DefaultHeadersMiddleware": 400,
            f"{shelf}.useragent.UserAgentMiddleware": 500,
            f"{shelf}.retry.RetryMiddleware": 550,
            f"{shelf}.httpcompression.HttpCompressionMiddleware": 590,
            "spiders.wire.WireMiddleware": 595,
            "spiders.redirects.Redirects": 600,
            "spiders.pace.PaceMiddleware": 900,
        },
    }
