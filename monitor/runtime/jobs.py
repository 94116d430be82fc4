"""The two jobs of a fetcher: check a source, read a host's waiting entries. No queue is known here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor import pipeline
from monitor.crashpoint import crashpoint
from monitor.errors import LeaseLost, ParseError, StoreError
from monitor.model import Fetch, Listing, Outcome, Reading, Source, SourceState, WaitingEntry
from monitor.pipeline.attempt import page_retry
from monitor.pipeline.check import body_hash
from monitor.reading import read_entry, read_or_name
from monitor.runtime.backfill import backfill
from monitor.runtime.browser import rendered
from monitor.runtime.children import listing_of, with_children
from monitor.runtime.crawl import PageRequest
from monitor.runtime.evidence import keep
from monitor.runtime.readers import Unreadable, worked_out
from monitor.runtime.services import Services
from monitor.schedule import host_rest
from monitor.store.raw import Kept
from monitor.urls import host_of
from spiders.blocks import Cause, cause
from spiders.kinds.quirks import reads_page
from spiders.kinds.sitemap import SITEMAP_INDEX
from spiders.page import page_ask, validators_of

log = structlog.get_logger("storywatch")


@dataclass(frozen=True, slots=True)
class Read:
    """What reading some entries brought."""

    archived: int = 0
    developments: int = 0
    failed: int = 0

    def plus(self, other: Read) -> Read:
        return Read(self.archived + other.archived, self.developments + other.developments, self.failed + other.failed)


async def check_source(services: Services, source: Source, state: SourceState) -> pipeline.Checked | None:
    """Poll one claimed source and record what came of it. None when another owner took it over meanwhile."""
    fetch = await services.crawler.check(source, state, services.clock())
    if fetch.outcome is Outcome.STOPPED:
        return None
    await heed(services, fetch)
    fetch, listing = await _listing(services, source, state, fetch)
    fetch = await _named(services, fetch)
    try:
        checked = await services.record(
            pipeline.check,
            services.watch,
            source,
            state,
            fetch,
            listing,
            services.owner,
            services.clock(),
            jitter=services.chance.uniform(-1, 1),
        )
    except LeaseLost:
        log.warning("check lost its lease", source=source.id)
        return None
    log.info(
        "checked",
        source=source.id,
        outcome=checked.outcome.value,
        status=checked.status,
        listed=checked.listed,
        new=checked.new,
        error=checked.error or None,
    )
    if checked.outcome in (Outcome.OK, Outcome.UNCHANGED):
        for asked in await backfill(services, source, state):
            await heed(services, asked)
    return checked


async def _listing(
    services: Services, source: Source, state: SourceState, fetch: Fetch
) -> tuple[Fetch, Listing | None]:
    """Parse a polled body where it can be killed; a body that is no listing is an outcome, too."""
    if fetch.outcome is not Outcome.OK:
        return fetch, None
    if body_hash(fetch.body) == state.body_hash:
        return replace(fetch, outcome=Outcome.UNCHANGED), None
    try:
        listing = await listing_of(services, source, fetch)
        listing = await with_children(services, source, listing) if listing.children else listing
    except Unreadable as error:
        return replace(fetch, outcome=Outcome.UNREADABLE, error=str(error)), None
    except ParseError as error:
        outcome = Outcome.NOT_A_FEED if fetch.body.strip() else Outcome.EMPTY
        return replace(fetch, outcome=outcome, error=str(error)), None
    return fetch if listing.entries else replace(fetch, error=_nothing(listing)), listing


def _nothing(listing: Listing) -> str:
    """A feed without entries works, but whoever watches it should hear why nothing comes."""
    if listing.dialect == SITEMAP_INDEX and not listing.rejected:
        return ""
    if not listing.rejected:
        return "the feed lists nothing"
    return f"none of its {len(listing.rejected)} items can be used; the first: {listing.rejected[0]}"


async def read_entries(services: Services, batch: Sequence[WaitingEntry]) -> Read:
    """Read claimed entries of one host, one after another, and record each as soon as it is read."""
    total = Read()
    pages = [item for item in batch if reads_page(_source(services, item), item.entry.url)]
    listed = [item for item in batch if not reads_page(_source(services, item), item.entry.url)]
    for read in await asyncio.gather(*(_told(services, item, _record_listed(services, item, "")) for item in listed)):
        total = total.plus(read)
    async for item, fetch in _fetched(services, pages):
        await heed(services, fetch)
        total = total.plus(await _told(services, item, _record_page(services, item, fetch)))
    return total


async def _fetched(services: Services, pages: Sequence[WaitingEntry]) -> AsyncIterator[tuple[WaitingEntry, Fetch]]:
    """The pages of one host, in one crawl. Those with a script one by one: what it asks for needs the host's turn."""
    asks = [(item, PageRequest(item.entry.url, item.validators)) for item in pages]
    async for item, fetch in services.crawler.read([ask for ask in asks if not _source(services, ask[0]).javascript]):
        yield item, fetch
    for item, request in asks:
        if _source(services, item).javascript:
            yield item, await services.crawler.fetch(page_ask(request))


async def _told(services: Services, item: WaitingEntry, reading: Coroutine[None, None, Read]) -> Read:
    """Read one entry; where that breaks, the entry is given up and the others of its host go on."""
    try:
        return await reading
    except StoreError:
        raise
    except Exception as error:
        log.exception("entry broke", entry=item.id, url=item.entry.url)
        await _give_up(services, item, f"a fault in storywatch: {type(error).__name__}: {error}", None, None)
        return Read(failed=1)


async def heed(services: Services, fetch: Fetch) -> None:
    """Leave a host alone that asked for it, with all its sources and pages, also after a restart."""
    now = services.clock()
    if until := host_rest(fetch, now):
        host = host_of(fetch.final_url or fetch.url)
        services.crawler.hosts.rest(host, until)
        await services.record(pipeline.record_rest, host, until, now)
        log.info("its host rests", host=host, until=str(until))


def _source(services: Services, item: WaitingEntry) -> Source:
    """The configured source of an entry, or a bare one where a reload has taken it out of the config."""
    return services.watch.sources.get(item.source_id) or Source(item.source_id, "feed", item.entry.url)


async def _record_page(services: Services, item: WaitingEntry, fetch: Fetch) -> Read:
    if fetch.outcome is Outcome.STOPPED:
        return Read()
    crashpoint("F1")
    fetch, reading = await _opened(services, item, fetch)
    await services.record(pipeline.record_page, item, fetch, services.clock())
    if reading is not None:
        item = replace(item, validators=validators_of(fetch))
        return await _ingest(services, item, reading, raw=await _kept(services, item, fetch, reading.document.method))
    why = f"{fetch.outcome.value}: {fetch.error}".rstrip(": ")
    if item.recheck:
        return await _unedited(services, item, "" if fetch.outcome is Outcome.UNCHANGED else f"re-check: {why}")
    return await _not_read(services, item, fetch, why, await _kept(services, item, fetch))


async def _unedited(services: Services, item: WaitingEntry, why: str) -> Read:
    """End a re-check that brought no page: its article stays as it is, and the next one has its time already."""
    try:
        await services.record(pipeline.end_recheck, item, services.owner, services.clock(), error=why)
    except LeaseLost:
        log.warning("entry lost its lease", entry=item.id)
    return Read()


async def _opened(services: Services, item: WaitingEntry, fetch: Fetch) -> tuple[Fetch, Reading | None]:
    """What stands on a fetched page, read where it can be killed; or the exchange under its right name."""
    if fetch.outcome is not Outcome.OK:
        return await _named(services, fetch), None
    source, now = _source(services, item), services.clock()
    # What its script made of a page is read; what the server sent is the exchange, and kept.
    shown = await rendered(services.crawler, fetch) if source.javascript else fetch
    if shown.outcome is not Outcome.OK:
        return shown, None
    try:
        found = await worked_out(services, "reader", read_or_name, shown, item.entry, source, services.zone, now)
    except ParseError as error:
        return replace(fetch, outcome=Outcome.UNREADABLE, error=str(error)), None
    if isinstance(found, Cause):
        return replace(fetch, outcome=found.outcome, error=found.evidence), None
    return fetch, found


async def _named(services: Services, fetch: Fetch) -> Fetch:
    """A failed exchange under its right name, when its answer shows what stood in the way."""
    if fetch.outcome in (Outcome.OK, Outcome.UNCHANGED, Outcome.UNREADABLE) or not fetch.body:
        return fetch
    with contextlib.suppress(ParseError):
        if found := await worked_out(services, "reader", cause, fetch, ""):
            return replace(fetch, outcome=found.outcome, error=found.evidence)
    return fetch


async def _kept(services: Services, item: WaitingEntry, fetch: Fetch, method: str = "") -> Kept | None:
    return await keep(services.raw, item, fetch, services.clock(), method)


async def _not_read(services: Services, item: WaitingEntry, fetch: Fetch, why: str, raw: Kept | None) -> Read:
    retry_at = page_retry(fetch, item.attempts, services.clock())
    if retry_at is None:
        return await _record_listed(services, item, why, raw)
    await _give_up(services, item, why, retry_at, raw)
    return Read()


async def _record_listed(services: Services, item: WaitingEntry, why: str, raw: Kept | None = None) -> Read:
    """Archive an entry from what its source listed; `why` is the reason its page could not be read, if it should."""
    try:
        reading = await worked_out(
            services, "reader", read_entry, item.entry, _source(services, item), services.clock()
        )
    except ParseError as error:
        await _give_up(services, item, "; ".join(part for part in (why, str(error)) if part), None, raw)
        return Read(failed=1)
    return await _ingest(services, item, reading, why, raw)


async def _give_up(
    services: Services, item: WaitingEntry, why: str, retry_at: datetime | None, raw: Kept | None
) -> None:
    try:
        await services.record(
            pipeline.give_up, item, services.owner, services.clock(), error=why, retry_at=retry_at, raw=raw
        )
    except LeaseLost:
        log.warning("entry lost its lease", entry=item.id)
        return
    log.info("not read", source=item.source_id, url=item.entry.url, error=why, again=str(retry_at or "never"))


async def _ingest(
    services: Services, item: WaitingEntry, reading: Reading, why: str = "", raw: Kept | None = None
) -> Read:
    crashpoint("F2")
    watch, own = services.watch, services.owner
    try:
        async with services.judging:
            ready = await services.look(pipeline.foresee, watch, item, reading)
            result = await services.record(
                pipeline.ingest, watch, item, reading, own, services.clock(), note=why, raw=raw, ready=ready
            )
    except LeaseLost:
        log.warning("entry lost its lease", entry=item.id)
        return Read()
    log.info(
        "archived" if result.recorded else "seen again",
        article=f"a{result.article_id}",
        source=item.source_id,
        judged=result.level.value,
        rules=",".join(result.rules) or None,
        partial=why or None,
    )
    return Read(archived=int(result.recorded), developments=int(result.made_development))
