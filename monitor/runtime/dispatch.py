"""The embedded dispatcher: claims what is due, runs it as tasks within the limits, knows what is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from monitor.errors import StoreError
from monitor.model import SourceState, WaitingEntry
from monitor.pipeline import Checked
from monitor.pipeline.backfill import Brought
from monitor.runtime.jobs import Read, check_source, read_entries
from monitor.runtime.services import Services, manners
from monitor.store import Store, entries, rechecks, sources
from monitor.urls import host_of
from spiders.kinds.sitemap import MOST_CHILDREN

log = structlog.get_logger("storywatch")
PAGES_A_JOB = 20
_READ_AND_RECORD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Leased:
    """What a job works on: ids of sources and of entries."""

    sources: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()


def _lease(services: Services, pages: int) -> timedelta:
    """As long as a job may take: nobody else may ask for its pages meanwhile."""
    return pages * manners(services.watch.config).deadline + _READ_AND_RECORD


def _claim_sources(
    store: Store, services: Services, free: int, busy: set[str], only: Collection[str] | None
) -> tuple[SourceState, ...]:
    # An index asks for some of its children within the same check.
    lease, now = _lease(services, 1 + MOST_CHILDREN), services.clock()
    with store.write() as tx:
        return sources.claim_due(tx, services.owner, lease, free, busy, now, only=only, force=only is not None)


def _claim_entries(store: Store, services: Services, busy: set[str]) -> tuple[WaitingEntry, ...]:
    lease, now = _lease(services, PAGES_A_JOB), services.clock()
    with store.write() as tx:
        if services.watch.config.fetch.recheck:
            rechecks.wake(tx, now)
        claimed = entries.claim_waiting(tx, services.owner, lease, PAGES_A_JOB, busy, now)
        opened = rechecks.opened(tx, [one.id for one in claimed])
    return tuple(replace(one, recheck=True, validators=opened[one.id]) if one.id in opened else one for one in claimed)


def _free_leases(store: Store, owner: str, leased: Leased) -> None:
    with store.write() as tx:
        sources.free_leases(tx, owner, only=leased.sources)
        entries.free_leases(tx, owner, only=leased.entries)


class Dispatcher:
    """At most `[fetch] concurrency` jobs at a time, at most one per host."""

    def __init__(self, services: Services, heard: Callable[[Checked | Read | Brought], None] | None = None) -> None:
        """`heard` is told what every job brought; `broken` counts those that brought nothing."""
        self.services = services
        self.heard = heard
        self.broken = 0
        self.live: dict[str, asyncio.Task[Any]] = {}
        self.stopping = False
        self._claiming = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._stranded: list[Leased] = []

    async def tick(self) -> None:
        """Claim and start what is due. Safe to call at any time and as often as wanted."""
        if self.stopping or self._claiming.locked():
            return
        async with self._claiming:
            await self._free_stranded()
            await self._start_checks()
            await self._start_reads()

    async def _free_stranded(self) -> None:
        """Let others have what our broken jobs still lease, as soon as the archive takes it."""
        while self._stranded:
            await self.services.record(_free_leases, self.services.owner, self._stranded[0])
            del self._stranded[0]

    async def check_now(self, named: Collection[str]) -> None:
        """Check the named sources once each, due or not, and read all that waits; returns when nothing is in flight."""
        left = set(named)
        async with self._claiming:
            while True:
                was_idle = not self.live
                left -= await self._start_checks(only=left) if left else set()
                await self._start_reads()
                if self.live:
                    await asyncio.wait(self.live.values(), return_when=asyncio.FIRST_COMPLETED)
                elif was_idle:
                    # Only a claim that began with nothing in flight has seen everything that waits.
                    return

    def tell(self, brought: Checked | Read | Brought) -> None:
        """Let whoever listens hear what some work brought."""
        if self.heard is not None:
            self.heard(brought)

    def _free(self) -> int:
        return self.services.watch.config.fetch.concurrency - len(self.live)

    def _busy(self) -> set[str]:
        """Hosts that get no further job now: one is in flight, or they asked for a rest."""
        return set(self.live) | self.services.crawler.hosts.resting(self.services.clock()).keys()

    async def _start_checks(self, only: Collection[str] | None = None) -> set[str]:
        """Claim and start due checks (all of `only`, due or not); returns the ids that were claimed."""
        services = self.services
        if self._free() <= 0:
            return set()
        # What a person names is asked, also of a host that wanted a rest.
        busy = self._busy() if only is None else set(self.live)
        claimed = await services.record(_claim_sources, services, self._free(), busy, only)
        for state in claimed:
            leased = Leased(sources=(state.source_id,))
            source = services.watch.sources.get(state.source_id)
            if source is None:
                self._stranded.append(leased)
            else:
                self._start(host_of(state.url), check_source(services, source, state), leased)
        return {state.source_id for state in claimed}

    async def _start_reads(self) -> None:
        services = self.services
        while self._free() > 0 and not self.stopping:
            batch = await services.record(_claim_entries, services, self._busy())
            if not batch:
                return
            self._start(batch[0].host, read_entries(services, batch), Leased(entries=tuple(one.id for one in batch)))

    def _start(self, host: str, job: Coroutine[Any, Any, Any], leased: Leased) -> None:
        task = asyncio.create_task(self._guarded(job, leased), name=f"job {host}")
        self.live[host] = task
        task.add_done_callback(lambda _done: self._ended(host))

    async def _guarded(self, job: Coroutine[Any, Any, Any], leased: Leased | None = None) -> None:
        try:
            brought = await job
            if isinstance(brought, Checked | Read):
                self.tell(brought)
        except StoreError as error:
            self.broken += 1
            if leased is not None:
                self._stranded.append(leased)
            log.error("job could not be recorded", error=str(error))
        except Exception:
            # Its leases run out by themselves: what breaks us is not asked for again at once.
            self.broken += 1
            log.exception("job broke")

    def _ended(self, host: str) -> None:
        self.live.pop(host, None)
        self.wake()

    def wake(self) -> None:
        """Claim what is due without waiting for the next tick."""
        if not self.stopping and not self._claiming.locked():
            # A free place is used at once; waiting for the next tick left a fifth of them idle.
            self._next = asyncio.create_task(self._guarded(self.tick()))

    async def drain(self, seconds: float) -> None:
        """Stop claiming and wait for what is in flight; the rest keeps its lease until the next start."""
        self.stopping = True
        async with self._claiming:
            # A claim that was under way has become a job by now.
            pass
        waiting = list(self.live.values())
        if waiting:
            _done, late = await asyncio.wait(waiting, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return not self.live
