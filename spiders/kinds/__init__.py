"""The source kinds: one file each, and here the table of them and how an unknown body is told to be one of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from monitor.errors import ParseError
from monitor.model import Listing
from spiders.kinds.api import read_api
from spiders.kinds.contract import Kind, Polled
from spiders.kinds.feed import read_feed
from spiders.kinds.listing import read_listing_page
from spiders.kinds.sitemap import read_sitemap, unpacked
from spiders.kinds.telegram import HOSTS as TELEGRAM_HOSTS
from spiders.kinds.telegram import read_telegram
from spiders.sniff import HTML, kind_of

__all__ = ["KINDS", "Kind", "Polled", "read", "recognise"]

KINDS = {
    kind.name: kind
    for kind in (
        Kind("feed", read_feed),
        Kind("sitemap", read_sitemap),
        Kind("listing", read_listing_page),
        Kind("telegram", read_telegram),
        Kind("json", read_api),
    )
}


def read(polled: Polled) -> Listing:
    """What a polled body lists, read as its source's kind. Raises ParseError."""
    kind = KINDS.get(polled.source.kind)
    if kind is None:
        raise ParseError(f"no reader for sources of kind {polled.source.kind!r}; there are {', '.join(KINDS)}")
    return kind.read(polled)


def recognise(body: bytes, url: str) -> str:
    """The name of the kind that reads such a body; feed where nothing else fits, whose reader says what it is."""
    if urlsplit(url).hostname in TELEGRAM_HOSTS:
        return "telegram"
    try:
        found = kind_of(unpacked(body, len(body) * 2 + 100_000, whole=False))
    except ParseError:
        return "feed"
    if found in ("a sitemap", "a sitemap index"):
        return "sitemap"
    if found == HTML:
        return "listing"
    return "json" if found == "JSON" and b'"items"' not in body[:100_000] else "feed"
