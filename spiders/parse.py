"""A polled body into a Listing: RSS, Atom, RDF, JSON Feed. No network; CPU without a bound, so run it in the pool."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from monitor.errors import ParseError
from monitor.model import Listing, Source
from monitor.text import plain
from spiders.items import TITLE_LIMIT, entries
from spiders.jsonfeed import read_json_feed
from spiders.languages import language_code
from spiders.sniff import kind_of
from spiders.syndication import read_syndicated
from spiders.websub import named_hub


def parse_feed(
    body: bytes, source: Source, url: str, content_type: str, now: datetime, *, naive: tzinfo = UTC
) -> Listing:
    """The entries that `body`, fetched from `url`, lists. Raises ParseError, saying what the bytes look like instead.

    Dates that declare no zone are read in `source.utc_offset`, else in `naive`; a set `utc_offset` overrules declared
    ones, too.
    """
    if not body.strip():
        raise ParseError(f"{kind_of(body)}, not a feed")
    feed = read_json_feed(body) if kind_of(body) == "JSON" else read_syndicated(body, url, content_type)
    language = language_code([feed.language], source.language)
    listed, rejected = entries(feed, source, url, now, naive=naive)
    return Listing(
        listed,
        plain(feed.title, TITLE_LIMIT),
        feed.dialect,
        feed.ttl,
        language,
        rejected,
        feed.quiet,
        hub=named_hub(feed.links, url),
    )
