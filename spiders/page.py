"""The spider of article pages: the waiting pages of one host, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Fetch, Validators
from spiders.exchange import Ask, ExchangeSpider
from spiders.settings import PAGE_ACCEPT


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page to read; with `validators`, unless it is as it was when it came with these."""

    url: str
    validators: Validators | None = None


class PageSpider(ExchangeSpider):
    """Asks for article pages; an answer that is no text is an outcome of its own."""

    name = "page"
    wants_pages = True


def page_ask(request: PageRequest) -> Ask:
    """The request for one page."""
    known = request.validators or Validators()
    validators = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return Ask(request.url, {"Accept": PAGE_ACCEPT, **{name: value for name, value in validators.items() if value}})


def validators_of(fetch: Fetch) -> Validators:
    """What a page came with."""
    return Validators(fetch.headers.get("etag", ""), fetch.headers.get("last-modified", ""))
