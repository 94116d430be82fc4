"""What a source at an address would list: asked once, recognised, shown with the config block to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.cli.fetching import outcome_words
from monitor.cli.output import Json, put, put_json, say
from monitor.cli.root import FAILED
from monitor.config import Config
from monitor.config.blocks import source_block, source_id
from monitor.errors import ParseError
from monitor.inquiry.shapes import stamp
from monitor.model import Fetch, Listing, Outcome, Source, SourceState
from monitor.reading import read_listing
from monitor.runtime.crawl import Crawler
from spiders.discovery import feed_links
from spiders.exchange import Ask
from spiders.feed import FeedSpider, feed_ask
from spiders.kinds import recognise
from spiders.kinds.quirks import floor, is_html
from spiders.kinds.sitemap import changed_children

FULL_TEXT = 500
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer with the kind that reads it, and what that found; `error` says why nothing was."""

    fetch: Fetch
    kind: str
    listing: Listing | None
    error: str
    feeds: tuple[str, ...] = ()


async def try_address(crawler: Crawler, url: str, config: Config, as_json: bool, now: datetime) -> int:
    """Ask, tell, and return the exit code."""
    tried = await _tried(crawler, url, config, now)
    if tried.feeds:
        say(f"{url} is a page that names its feeds: {', '.join(tried.feeds)}")
        tried = replace(await _tried(crawler, tried.feeds[0], config, now), feeds=tried.feeds)
    if tried.listing and tried.listing.children:
        tried = await _newest_child(crawler, tried, config, now)
    row = _row(tried)
    if as_json:
        put_json(row)
    elif tried.listing is None:
        error = outcome_words(tried.fetch) if tried.fetch.outcome is not Outcome.OK else tried.error
        say(f"error: {tried.fetch.url}: {error}")
    else:
        _tell(row, tried, config)
    return 0 if row["listed"] else FAILED


async def _tried(crawler: Crawler, url: str, config: Config, now: datetime) -> Tried:
    fetch = await crawler.fetch(_ask(url, now), FeedSpider)
    if fetch.outcome is not Outcome.OK:
        return Tried(fetch, "", None, fetch.error)
    return _read(fetch, recognise(fetch.body, fetch.final_url or url), config, now)


def _ask(url: str, now: datetime) -> Ask:
    return feed_ask(SourceState("test", url, now), html=is_html(recognise(b"", url)))


def _read(fetch: Fetch, kind: str, config: Config, now: datetime) -> Tried:
    address = fetch.final_url or fetch.url
    feeds = feed_links(fetch.body, address, fetch.headers.get("content-type", "")) if kind == "listing" else ()
    try:
        source = Source("test", kind, address)
        return Tried(fetch, kind, read_listing(fetch, source, config.watch.zone, now, config.fetch.max_body), "", feeds)
    except ParseError as error:
        return Tried(fetch, kind, None, str(error), feeds)


async def _newest_child(crawler: Crawler, index: Tried, config: Config, now: datetime) -> Tried:
    """The index with what its newest child lists."""
    assert index.listing is not None
    child = next(iter(changed_children(index.listing.children, {})), None)
    if child is None:
        return index
    tried = await _tried(crawler, child.url, config, now)
    say(f"an index of {len(index.listing.children)} sitemaps; the newest is {child.url}")
    if tried.listing is None:
        return replace(index, error=f"{child.url}: {tried.error}")
    return replace(index, listing=replace(index.listing, entries=tried.listing.entries))


def _row(tried: Tried) -> Json:
    fetch, listing = tried.fetch, tried.listing
    entries = listing.entries if listing else ()
    dates = [entry.published for entry in entries if entry.published]
    return {
        "url": fetch.url,
        "final_url": fetch.final_url,
        "kind": tried.kind,
        "outcome": fetch.outcome.value,
        "status": fetch.status,
        "type": fetch.headers.get("content-type", ""),
        "bytes": len(fetch.body),
        "etag": fetch.headers.get("etag", ""),
        "last_modified": fetch.headers.get("last-modified", ""),
        "dialect": listing.dialect if listing else "",
        "title": listing.title if listing else "",
        "listed": len(entries),
        "dated": len(dates),
        "newest": stamp(max(dates, default=None)),
        "with_text": sum(len(entry.text) > FULL_TEXT for entry in entries),
        "feeds": list(tried.feeds),
        "rejected": list(listing.rejected) if listing else [],
        "error": tried.error,
        "entries": [{"title": one.title, "url": one.url, "published": stamp(one.published)} for one in entries],
    }


def _tell(row: Json, tried: Tried, config: Config) -> None:
    put(f"{row['title'] or row['url']}: {row['listed']} entries, {row['with_text']} with their text in the listing")
    about = [row["kind"], row["outcome"], str(row["status"]), row["type"], row["dialect"], f"{row['bytes']} bytes"]
    put(", ".join(word for word in about if word))
    put(f"{row['dated']} with a date, the newest {row['newest'] or 'unknown'}; {_validators(row)}")
    for entry in row["entries"][:SHOWN]:
        put(f"  {entry['published'] or 'no date':20}  {entry['title']}")
    for word in (*row["rejected"][:SHOWN], row["error"]):
        if word:
            say(f"not read: {word}")
    put("\n" + _block(row, tried, [source.id for source in config.sources]))


def _validators(row: Json) -> str:
    named = [name for name, value in (("ETag", row["etag"]), ("Last-Modified", row["last_modified"])) if value]
    return f"unchanged answers are cheap ({' and '.join(named)})" if named else "no ETag and no Last-Modified"


def _block(row: Json, tried: Tried, taken: Sequence[str]) -> str:
    address = row["final_url"] or row["url"]
    whole = row["listed"] and row["with_text"] == row["listed"]
    language = tried.listing.language if tried.listing else ""
    values = {
        "id": source_id(row["title"], address, taken),
        "name": row["title"],
        "kind": row["kind"],
        "url": address,
        "every": "30m" if floor(Source("test", row["kind"], address)) > timedelta(minutes=15) else "15m",
        "language": [language] if language else [],
        "text": "feed" if whole or row["kind"] == "telegram" else "page",
    }
    return source_block(values)
