"""The spider of polled sources: one conditional request."""

from __future__ import annotations

from monitor.model import Child, SourceState
from spiders.exchange import Ask, ExchangeSpider
from spiders.settings import FEED_ACCEPT, PAGE_ACCEPT


class FeedSpider(ExchangeSpider):
    """Asks for a source's listing, whatever its format."""

    name = "feed"


def feed_ask(state: SourceState | Child, *, html: bool = False) -> Ask:
    """The request for what a source lists now, unless that is what we know already; `html`: it lists on a web page."""
    validators = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    known = {name: value for name, value in validators.items() if value}
    return Ask(state.url, {"Accept": PAGE_ACCEPT if html else FEED_ACCEPT, **known})
