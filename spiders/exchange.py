"""The spider that the others are made of: asks one address after another and tells how each exchange ended."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import scrapy
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from monitor.model import Fetch, Outcome
from spiders.guard import Guard
from spiders.outcome import answered, failed, not_asked
from spiders.pace import Pace
from spiders.robots import RobotsCache


@dataclass(frozen=True, slots=True)
class Ask:
    """One address to ask for, with the headers that are its own; values are Latin-1 text, sent byte for byte.

    A `form` is posted.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a crawl is sent for, and what each of its requests passes.

    `tell(number, fetch)` is called once for each ask, as soon as it has ended; `robots` None: robots.txt is not asked.
    """

    asks: Sequence[Ask]
    tell: Callable[[int, Fetch], None]
    guard: Guard
    pace: Pace
    robots: RobotsCache | None


class ExchangeSpider(scrapy.Spider):
    """Writes nothing and parses nothing: bytes become a Fetch, also when there are none."""

    name = "exchange"
    wants_pages = False

    def __init__(self, errand: Errand) -> None:
        super().__init__()
        self.errand = errand
        self.guard, self.pace, self.robots = errand.guard, errand.pace, errand.robots

    async def start(self) -> AsyncIterator[Any]:
        """Yield the requests; Scrapy lets one out at a time."""
        for number, ask in enumerate(self.errand.asks):
            try:
                yield self._request(number, ask)
            except ValueError as error:
                self.errand.tell(number, not_asked(ask.url, Outcome.GUARD, f"not a readable address: {error}"))

    def _request(self, number: int, ask: Ask) -> Request:
        # Escaping is for addresses that cannot be sent as they are; the others go out as they came.
        plain = ask.url.isascii() and ask.url.isprintable() and " " not in ask.url
        headers = {name: value.encode("latin-1", "replace") for name, value in ask.headers.items()}
        if ask.form:
            headers["Content-Type"] = b"application/x-www-form-urlencoded"
        return Request(
            ask.url,
            method="POST" if ask.form else "GET",
            body=urlencode(ask.form),
            headers=headers,
            callback=self.parse,
            errback=self.give_up,
            dont_filter=True,
            meta={"number": number, "verbatim_url": plain},
        )

    def parse(self, response: Response, **_kwargs: Any) -> None:
        """Tell what the server answered."""
        number = response.meta["number"]
        took = _took(response.meta)
        self.errand.tell(number, answered(self.errand.asks[number].url, response, took, page=self.wants_pages))

    def give_up(self, failure: Failure) -> None:
        """Tell why there is no answer."""
        meta = failure.request.meta  # type: ignore[attr-defined]  # Scrapy puts the request there
        self.errand.tell(meta["number"], failed(self.errand.asks[meta["number"]].url, failure, _took(meta)))


def _took(meta: Mapping[str, Any]) -> float:
    return time.monotonic() - meta["asked_at"] if "asked_at" in meta else 0.0
