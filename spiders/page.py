"""The spider of article pages: the waiting pages of one host, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from spiders.exchange import Ask, ExchangeSpider
from spiders.settings import PAGE_ACCEPT


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page to read."""

    url: str


class PageSpider(ExchangeSpider):
    """Asks for article pages; an answer that is no text is an outcome of its own."""

    name = "page"
    wants_pages = True


def page_ask(request: PageRequest) -> Ask:
    """The request for one page."""
    return Ask(request.url, {"Accept": PAGE_ACCEPT})
