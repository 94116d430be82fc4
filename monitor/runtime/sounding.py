"""Sources on trial: each asked once by the daemon's own crawler, within all manners; nothing is stored."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from monitor.config import Config
from monitor.errors import ParseError, StoreError
from monitor.model import Fetch, Listing, Outcome, Source, SourceState, Subscription
from monitor.reading import read_listing
from monitor.runtime.crawl import Crawler
from monitor.runtime.manners import remember_hosts
from monitor.runtime.pool import Killed, Pool
from monitor.runtime.readers import PARSE_SECONDS
from monitor.store import Store, open_store, review, robots, schema_problem, websub
from monitor.urls import host_of
from spiders.discovery import feed_links
from spiders.feed import FeedSpider, feed_ask
from spiders.kinds.quirks import is_html
from spiders.kinds.sitemap import changed_children
from spiders.robots import RobotsMemory

_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the archive knows that a trial should heed or tell.

    `urls`: where a source has moved to; `rules`: robots.txt by origin that are fresh; `full`: how many of its newest
    articles have their full text, of how many; `hubs`: what is agreed with a source's hub.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    full: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    hubs: Mapping[str, Subscription] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sounded:
    """What asking one source brought. `rest`: it was not asked, its host wants to be left alone until then.

    `trouble`: why the answer is no listing; `feeds`: what an HTML page names instead; `child`: of an index of sitemaps
    the one whose entries are in `listing`.
    """

    source: Source
    fetch: Fetch | None = None
    listing: Listing | None = None
    trouble: str = ""
    feeds: tuple[str, ...] = ()
    rest: datetime | None = None
    child: str = ""


async def sound(
    crawler: Crawler,
    config: Config,
    known: Remembered,
    told: Callable[[Sounded], None],
    clock: Callable[[], datetime],
) -> tuple[Sounded, ...]:
    """Ask every enabled source, side by side; `told` hears of each as soon as it is known. In the config's order."""
    pool = Pool(min(2, os.cpu_count() or 1))
    try:
        work = [_one(crawler, pool, config, known, source, told, clock) for source in config.enabled_sources]
        return tuple(await asyncio.gather(*work))
    finally:
        await pool.close()


async def _one(
    crawler: Crawler,
    pool: Pool,
    config: Config,
    known: Remembered,
    source: Source,
    told: Callable[[Sounded], None],
    clock: Callable[[], datetime],
) -> Sounded:
    url = known.urls.get(source.id, source.url)
    rest = crawler.hosts.resting(clock()).get(host_of(url))
    if rest is not None:
        found = Sounded(source, rest=rest)
    else:
        # Without validators: what is to be seen is the listing, and not that it has not changed.
        ask = feed_ask(SourceState(source.id, url, clock()), html=is_html(source.kind))
        fetch = await crawler.fetch(ask, FeedSpider)
        found = await _read(crawler, pool, config, Sounded(source, fetch), clock)
    told(found)
    return found


async def _read(crawler: Crawler, pool: Pool, config: Config, asked: Sounded, clock: Callable[[], datetime]) -> Sounded:
    """The answer read as its source's kind; of an index of sitemaps the newest one is asked, too."""
    fetch, source = asked.fetch, asked.source
    if fetch is None or fetch.outcome is not Outcome.OK:
        return asked
    found = await _listing(pool, config, fetch, source, clock())
    if isinstance(found, str):
        return replace(asked, trouble=found, feeds=await _feeds(pool, fetch) if source.kind != "listing" else ())
    child = next(iter(changed_children(found.children, {})), None)
    if child is None or found.entries:
        return replace(asked, listing=found)
    below = await crawler.fetch(feed_ask(child), FeedSpider)
    inside: Listing | str = f"{below.outcome.value}: {below.error}"
    if below.outcome is Outcome.OK:
        inside = await _listing(pool, config, below, source, clock())
    if isinstance(inside, str):
        return replace(asked, listing=found, trouble=f"{child.url}: {inside}", child=child.url)
    return replace(asked, listing=replace(found, entries=inside.entries), child=child.url)


async def _feeds(pool: Pool, fetch: Fetch) -> tuple[str, ...]:
    """The feeds that a page names which answered in a feed's place."""
    address = fetch.final_url or fetch.url
    try:
        kind = fetch.headers.get("content-type", "")
        return await pool.run(feed_links, fetch.body, address, kind, timeout=PARSE_SECONDS)
    except Exception:
        # Deliberately everything: it is a hint only, and the trouble is told already.
        return ()


async def _listing(pool: Pool, config: Config, fetch: Fetch, source: Source, now: datetime) -> Listing | str:
    """What it lists, or why that cannot be told; read where a hostile body can do no harm."""
    limit = config.fetch.max_body
    try:
        return await pool.run(read_listing, fetch, source, config.watch.zone, now, limit, timeout=PARSE_SECONDS)
    except (ParseError, Killed) as error:
        return str(error)
    except Exception as error:
        # Deliberately everything: one source that breaks its reader must not end the look at the others.
        return f"its reader broke: {type(error).__name__}: {error}"


def remembered(config: Config, now: datetime) -> Remembered:
    """What the archive knows; nothing where there is none that can be read."""
    if schema_problem(config.archive.url):
        return Remembered()
    try:
        with contextlib.closing(_opened(config)) as store, store.read() as tx:
            urls = {one.state.source_id: one.state.url for one in review.source_rows(tx)}
            origins = {_origin(urls.get(one.id, one.url)) for one in config.enabled_sources}
            rules = {origin: robots.rules_of(tx, origin, now) for origin in origins}
            full: dict[str, tuple[int, int]] = {}
            for one in config.enabled_sources:
                rows = review.article_page(tx, review.ArticleFilter(source=one.id, on_topic=None), _SAMPLE).rows
                full[one.id] = sum(not row.partial for row in rows), len(rows)
            kept = {origin: body for origin, body in rules.items() if body is not None}
            return Remembered(urls, kept, full, websub.all_of(tx))
    except StoreError:
        return Remembered()


def _opened(config: Config) -> Store:
    return open_store(config.archive.url, synchronous=config.archive.synchronous, create=False)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def shelf(known: Remembered, clock: Callable[[], datetime]) -> RobotsMemory:
    """The robots.txt that need not be asked for again today."""
    memory = RobotsMemory(clock)
    for origin, body in known.rules.items():
        await memory.put(origin, body.encode())
    return memory


def heed_hosts(crawler: Crawler, config: Config, now: datetime) -> None:
    """Take over which hosts want a rest, and when each was asked last. Call it on the loop."""
    if schema_problem(config.archive.url):
        return
    with contextlib.suppress(StoreError), contextlib.closing(_opened(config)) as store:
        remember_hosts(store, crawler.hosts, now)


def skew(found: tuple[Sounded, ...]) -> tuple[timedelta, int] | None:
    """How far our clock is ahead of the servers' (median), and how many told theirs; None when none did.

    A server's Date has whole seconds, and what a cache kept says by Age how long.
    """
    apart = sorted(ahead for one in found if one.fetch is not None and (ahead := _ahead(one.fetch)) is not None)
    return (apart[len(apart) // 2], len(apart)) if apart else None


def _ahead(fetch: Fetch) -> timedelta | None:
    try:
        told = parsedate_to_datetime(fetch.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    if told.tzinfo is None:
        return None
    age = fetch.headers.get("age", "")
    kept = timedelta(seconds=int(age)) if age.isdecimal() and len(age) < 8 else timedelta(0)
    return fetch.started + timedelta(seconds=fetch.elapsed) - told - kept
