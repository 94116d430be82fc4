"""Feeds: RSS, Atom, RDF, JSON Feed; and what a Google News search, which is one, needs."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Entry, Listing
from spiders.kinds.contract import Polled
from spiders.kinds.quirks import is_relay
from spiders.parse import parse_feed

_LONGEST_OUTLET = 60


def read_feed(polled: Polled) -> Listing:
    """Raises ParseError, saying what the bytes look like instead."""
    listing = parse_feed(polled.body, polled.source, polled.url, polled.content_type, polled.now, naive=polled.naive)
    if not any(is_relay(entry.url) for entry in listing.entries):
        return listing
    return replace(listing, entries=tuple(map(_relayed, listing.entries)))


def _relayed(entry: Entry) -> Entry:
    """A Google News item: "Headline - Outlet", and a summary that only repeats it."""
    headline, mark, outlet = entry.title.rpartition(" - ")
    if not is_relay(entry.url) or not mark or len(outlet) > _LONGEST_OUTLET:
        return entry
    return replace(entry, title=headline, author=entry.author or outlet, summary="", text="")
