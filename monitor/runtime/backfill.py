"""Asking a site once, within all manners, for what slipped through between two checks of a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from monitor import pipeline
from monitor.coverage import places
from monitor.errors import ParseError
from monitor.model import Entry, Fetch, Listing, Outcome, Source, SourceState
from monitor.pipeline.backfill import (
    Answer,
    Asking,
    Brought,
    ask_gaps,
    asking_since,
    fill_gaps,
    has_unasked,
    reaches,
    take_back,
)
from monitor.reading import read_place
from monitor.runtime.readers import worked_out
from monitor.runtime.services import Services
from spiders.exchange import Ask
from spiders.feed import FeedSpider
from spiders.kinds.sitemap import changed_children
from spiders.settings import FEED_ACCEPT

log = structlog.get_logger("storywatch")
MOST_REQUESTS = 5
MOST_BY_HAND = 40


class _Stopped(Exception):
    """We are shutting down."""


@dataclass(slots=True)
class _Errand:
    """The exchanges that asking about a time may still cost, and those that it has cost."""

    services: Services
    source: Source
    most: int = MOST_REQUESTS
    asked: list[Fetch] = field(default_factory=list)

    @property
    def spent(self) -> bool:
        return len(self.asked) >= self.most

    async def fetch(self, url: str) -> Fetch:
        fetch = await self.services.crawler.fetch(Ask(url, {"Accept": FEED_ACCEPT}), FeedSpider)
        if fetch.outcome is Outcome.STOPPED:
            raise _Stopped
        self.asked.append(fetch)
        return fetch

    async def listing(self, url: str) -> Listing | str:
        """What a place lists, or why that cannot be told; the exchange is recorded."""
        services, fetch = self.services, await self.fetch(url)
        found: Listing | str = f"{fetch.outcome.value}: {fetch.error or fetch.status}"
        if fetch.outcome is Outcome.OK:
            limit, now = services.watch.config.fetch.max_body, services.clock()
            try:
                found = await worked_out(services, "parser", read_place, fetch, self.source, services.zone, now, limit)
            except ParseError as error:
                found = str(error)
        count = 0 if isinstance(found, str) else len(found.entries)
        await services.record(pipeline.record_child, fetch, self.source.id, count, services.clock())
        return found


async def backfill(services: Services, source: Source, state: SourceState) -> tuple[Fetch, ...]:
    """Ask for what is missing in a source's gaps, if it is time to; returns the exchanges. `state` is its checked one.

    At most MOST_REQUESTS exchanges, and no gap is asked about again within six hours, whatever becomes of it.
    """
    if not await services.look(has_unasked, source.id, services.clock()):
        return ()
    asking = await services.record(ask_gaps, source, services.clock())
    if asking is None:
        return ()
    errand = _Errand(services, source)
    try:
        answers = await _answers(errand, asking, services.clock())
    except _Stopped:
        return tuple(errand.asked)
    new = await services.record(fill_gaps, services.watch, source, state, asking, answers, services.clock())
    log.info("asked for what was missed", source=source.id, gaps=len(asking.gaps), requests=len(errand.asked), new=new)
    return tuple(errand.asked)


async def ask_back(services: Services, source: Source, state: SourceState, since: datetime) -> Brought:
    """Ask a source's site for what it published since a moment, at most MOST_BY_HAND exchanges, and take it in."""
    asking = await services.look(asking_since, source, since, services.clock())
    errand = _Errand(services, source, MOST_BY_HAND)
    try:
        answers = await _answers(errand, asking, services.clock())
    except _Stopped:
        return Brought(source.id, 0, ("stopped before it was asked",))
    return await services.record(take_back, services.watch, source, state, asking, answers, services.clock())


async def _answers(errand: _Errand, asking: Asking, now: datetime) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    rules = "" if errand.source.backfill else await _rules(errand, asking.site)
    for url in places(errand.source.backfill, rules, errand.source.url, asking.site):
        if errand.spent:
            break
        found = await errand.listing(url)
        if isinstance(found, str):
            answers.append(Answer(url, trouble=found))
            continue
        listed = (*found.entries, *await _of_children(errand, found)) if found.children else found.entries
        answers.append(Answer(url, listed))
        if reaches(asking, listed, now):
            break
    return tuple(answers)


async def _of_children(errand: _Errand, index: Listing) -> tuple[Entry, ...]:
    """What the newest children of an index list; an index inside an index is left alone."""
    listed: list[Entry] = []
    for child in changed_children(index.children, {}):
        if errand.spent:
            break
        found = await errand.listing(child.url)
        if not isinstance(found, str):
            listed.extend(found.entries)
    return tuple(listed)


async def _rules(errand: _Errand, site: str) -> str:
    """The robots.txt of a site, as it is kept; asked for only where nobody has needed it yet."""
    kept = await errand.services.crawler.robots.get(site)
    if kept is not None:
        return kept.decode("utf-8-sig", "replace")
    fetch = await errand.fetch(f"{site}/robots.txt")
    return fetch.body.decode("utf-8-sig", "replace") if fetch.outcome is Outcome.OK else ""
