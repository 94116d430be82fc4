"""The three jobs: check a source, read a host's waiting entries, send what a channel owes. No queue is known here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, TypeVarTuple

import structlog

from monitor import pipeline
from monitor.errors import DeliveryError, LeaseLost, ParseError, StoreError
from monitor.model import Delivery, Fetch, Listing, Outcome, Reading, Source, SourceState, TextMode, WaitingEntry
from monitor.pipeline.attempt import page_retry
from monitor.pipeline.check import body_hash
from monitor.pipeline.reading import read_entry, read_listing, read_page
from monitor.runtime.crawl import PageRequest
from monitor.runtime.pool import Killed
from monitor.runtime.services import Services

log = structlog.get_logger("storywatch")
PARSE_SECONDS = 10.0
Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class Unreadable(ParseError):
    """Bytes that ended or broke their reader."""


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
    fetch, listing = await _listing(services, source, state, fetch)
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
        listing = await _worked_out(services, "parser", read_listing, fetch, source, services.zone, services.clock())
    except Unreadable as error:
        return replace(fetch, outcome=Outcome.UNREADABLE, error=str(error)), None
    except ParseError as error:
        outcome = Outcome.NOT_A_FEED if fetch.body.strip() else Outcome.EMPTY
        return replace(fetch, outcome=outcome, error=str(error)), None
    return fetch if listing.entries else replace(fetch, error=_nothing(listing)), listing


async def _worked_out(services: Services, reader: str, function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Read bytes in the pool. Raises ParseError, and Unreadable whatever else goes wrong there.

    Anything else would break the job, and the bytes that did it would be asked for again and again.
    """
    try:
        return await services.pool.run(function, *args, timeout=PARSE_SECONDS)
    except ParseError:
        raise
    except Killed as error:
        raise Unreadable(f"its {reader} was ended: {error}") from error
    except Exception as error:
        log.exception("reader broke", reader=reader)
        raise Unreadable(f"its {reader} broke: {type(error).__name__}: {error}") from error


def _nothing(listing: Listing) -> str:
    """A feed without entries works, but whoever watches it should hear why nothing comes."""
    if not listing.rejected:
        return "the feed lists nothing"
    return f"none of its {len(listing.rejected)} items can be used; the first: {listing.rejected[0]}"


async def read_entries(services: Services, batch: Sequence[WaitingEntry]) -> Read:
    """Read claimed entries of one host, one after another, and record each as soon as it is read."""
    total = Read()
    pages = [item for item in batch if _source(services, item).text is TextMode.PAGE]
    listed = [item for item in batch if _source(services, item).text is not TextMode.PAGE]
    for read in await asyncio.gather(*(_told(services, item, _record_listed(services, item, "")) for item in listed)):
        total = total.plus(read)
    async for item, fetch in services.crawler.read([(item, PageRequest(item.entry.url)) for item in pages]):
        total = total.plus(await _told(services, item, _record_page(services, item, fetch)))
    return total


async def _told(services: Services, item: WaitingEntry, reading: Coroutine[None, None, Read]) -> Read:
    """Read one entry; where that breaks, the entry is given up and the others of its host go on."""
    try:
        return await reading
    except StoreError:
        raise
    except Exception as error:
        log.exception("entry broke", entry=item.id, url=item.entry.url)
        await _give_up(services, item, f"a fault in storywatch: {type(error).__name__}: {error}", None)
        return Read(failed=1)


def _source(services: Services, item: WaitingEntry) -> Source:
    """The configured source of an entry, or a bare one where a reload has taken it out of the config."""
    return services.watch.sources.get(item.source_id) or Source(item.source_id, "feed", item.entry.url)


async def _record_page(services: Services, item: WaitingEntry, fetch: Fetch) -> Read:
    if fetch.outcome is Outcome.STOPPED:
        return Read()
    if fetch.outcome is not Outcome.OK:
        return await _not_read(services, item, fetch, f"{fetch.outcome.value}: {fetch.error}".rstrip(": "))
    try:
        source, now = _source(services, item), services.clock()
        reading = await _worked_out(services, "reader", read_page, fetch, item.entry, source, services.zone, now)
    except ParseError as error:
        return await _record_listed(services, item, str(error))
    return await _ingest(services, item, reading)


async def _not_read(services: Services, item: WaitingEntry, fetch: Fetch, why: str) -> Read:
    retry_at = page_retry(fetch, item.attempts, services.clock())
    if retry_at is None:
        return await _record_listed(services, item, why)
    await _give_up(services, item, why, retry_at)
    return Read()


async def _record_listed(services: Services, item: WaitingEntry, why: str) -> Read:
    """Archive an entry from what its source listed; `why` is the reason its page could not be read, if it should."""
    try:
        reading = await _worked_out(
            services, "reader", read_entry, item.entry, _source(services, item), services.clock()
        )
    except ParseError as error:
        await _give_up(services, item, "; ".join(part for part in (why, str(error)) if part), None)
        return Read(failed=1)
    return await _ingest(services, item, reading, why)


async def _give_up(services: Services, item: WaitingEntry, why: str, retry_at: datetime | None) -> None:
    try:
        await services.record(pipeline.give_up, item, services.owner, services.clock(), error=why, retry_at=retry_at)
    except LeaseLost:
        log.warning("entry lost its lease", entry=item.id)
        return
    log.info("not read", source=item.source_id, url=item.entry.url, error=why, again=str(retry_at or "never"))


async def _ingest(services: Services, item: WaitingEntry, reading: Reading, why: str = "") -> Read:
    await services.look(pipeline.foresee, services.watch, reading)
    try:
        result = await services.record(
            pipeline.ingest, services.watch, item, reading, services.owner, services.clock(), note=why
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


async def send_next(services: Services, channel_id: str) -> bool | None:
    """Send the next due delivery of one channel: whether it was taken, or None when nothing is owed now."""
    delivery = await services.record(pipeline.claim_delivery, services.owner, services.clock(), channel=channel_id)
    return None if delivery is None else await _send(services, channel_id, delivery)


async def _send(services: Services, channel_id: str, delivery: Delivery) -> bool:
    """Send off the loop and record the result; whatever a channel raises is a recorded failure."""
    try:
        receipt = await asyncio.to_thread(services.channels[channel_id].send, delivery)
    except DeliveryError as error:
        failure = error
    except Exception as error:
        log.exception("channel broke", channel=channel_id)
        failure = DeliveryError(f"{type(error).__name__}: {error}", ambiguous=True)
    else:
        await services.record_surely(pipeline.record_sent, delivery, receipt, services.clock())
        log.info("sent", delivery=f"x{delivery.id}", channel=channel_id, attempt=delivery.attempts)
        return True
    again = await services.record_surely(
        pipeline.record_failure,
        delivery,
        failure,
        services.watch.config.alerts.first_retry,
        services.clock(),
        jitter=services.chance.uniform(0, 1),
    )
    log.warning(
        "not sent", delivery=f"x{delivery.id}", channel=channel_id, error=str(failure), again=str(again or "never")
    )
    return False
