"""A polled body read where it can be killed, and the parts of it that stand at addresses of their own."""

from __future__ import annotations

from dataclasses import replace

import structlog

from monitor import pipeline
from monitor.errors import ParseError
from monitor.model import Child, Entry, Fetch, Listing, Outcome, Source
from monitor.reading import read_listing
from monitor.runtime.readers import worked_out
from monitor.runtime.services import Services
from spiders.feed import FeedSpider, feed_ask
from spiders.kinds.sitemap import MOST_CHILDREN, changed_children

log = structlog.get_logger("storywatch")
# Troubles that may be over at the next check; after any other a child is asked again when it changes.
_PASSING = frozenset(
    {
        Outcome.SERVER_ERROR,
        Outcome.RATE_LIMITED,
        Outcome.TIMEOUT,
        Outcome.DNS,
        Outcome.REFUSED,
        Outcome.BROKEN,
        Outcome.CRASHED,
    }
)


async def listing_of(services: Services, source: Source, fetch: Fetch) -> Listing:
    """Raises ParseError for a body that is no listing of its kind, Unreadable for one that broke its reader."""
    limit = services.watch.config.fetch.max_body
    return await worked_out(services, "parser", read_listing, fetch, source, services.zone, services.clock(), limit)


async def with_children(services: Services, source: Source, index: Listing) -> Listing:
    """The index with the entries of its children that changed, a few of them per check, newest first."""
    known = await services.look(pipeline.known_children, source.id)
    listed = {child.url: child for child in index.children}
    remembered = {url: known[url] for url in listed if url in known}
    due = changed_children(index.children, known)
    found: dict[str, Entry] = {}
    troubles: list[str] = []
    passing = False
    for child in due[:MOST_CHILDREN]:
        before = known.get(child.url, child)
        fetch = await services.crawler.fetch(feed_ask(before), FeedSpider)
        if fetch.outcome is Outcome.STOPPED:
            break
        entries, trouble = await _entries(services, source, fetch)
        await services.record(pipeline.record_child, fetch, source.id, len(entries), services.clock())
        if trouble:
            troubles.append(f"{child.url}: {trouble}")
            log.warning("child not read", source=source.id, url=child.url, error=trouble)
        if fetch.outcome in _PASSING:
            passing = True
            continue
        remembered[child.url] = _read(before, listed[child.url], fetch)
        found |= {entry.url: entry for entry in entries if entry.url not in found}
    pending = len(due) > MOST_CHILDREN or passing
    rejected = (*index.rejected, *troubles)
    return replace(
        index, entries=tuple(found.values()), rejected=rejected, children=tuple(remembered.values()), pending=pending
    )


async def _entries(services: Services, source: Source, fetch: Fetch) -> tuple[tuple[Entry, ...], str]:
    """What a child lists, and why it cannot be told."""
    if fetch.outcome is Outcome.UNCHANGED:
        return (), ""
    if fetch.outcome is not Outcome.OK:
        return (), f"{fetch.outcome.value} {fetch.error}".strip()
    try:
        listing = await listing_of(services, source, fetch)
    except ParseError as error:
        return (), str(error)
    return (listing.entries, "") if not listing.children else ((), "an index inside an index")


def _read(before: Child, listed: Child, fetch: Fetch) -> Child:
    if fetch.outcome is Outcome.UNCHANGED:
        return replace(listed, etag=before.etag, last_modified=before.last_modified)
    etag, last_modified = (fetch.headers.get(name, "") for name in ("etag", "last-modified"))
    return replace(listed, etag=etag, last_modified=last_modified)
