"""One pass: check the sources now or ask them for what they had before, read what is new, judge, send, end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from monitor import pipeline
from monitor.config import Config
from monitor.errors import UsageError
from monitor.model import SourceState
from monitor.pipeline import Checked
from monitor.pipeline.backfill import Brought
from monitor.runtime.backfill import ask_back
from monitor.runtime.dispatch import Dispatcher
from monitor.runtime.jobs import Read
from monitor.runtime.sending import send_next
from monitor.runtime.services import Services, prepare, start_services
from monitor.store import Store, archive_lock, deliveries, sources

Told = Callable[[Checked | Read | Brought], None]


@dataclass
class Pass:
    """What one pass did; `failed` counts deliveries that were not taken, `broken` jobs that brought nothing."""

    checked: list[Checked] = field(default_factory=list)
    brought: list[Brought] = field(default_factory=list)
    read: Read = field(default_factory=Read)
    delivered: int = 0
    failed: int = 0
    broken: int = 0

    def hear(self, what: Checked | Read | Brought) -> None:
        match what:
            case Checked():
                self.checked.append(what)
            case Brought():
                self.brought.append(what)
            case Read():
                self.read = self.read.plus(what)


async def fetch_once(config: Config, named: Collection[str], told: Told, console: TextIO | None = None) -> Pass:
    """Check the named sources (none: all enabled) once. Raises Busy beside a daemon, UsageError on an unknown id."""

    async def check(_services: Services, dispatcher: Dispatcher, ids: Collection[str]) -> None:
        await dispatcher.check_now(ids)

    return await _passed(config, named, told, console, check)


async def backfill_once(
    config: Config, named: Collection[str], since: datetime, told: Told, console: TextIO | None = None
) -> Pass:
    """Ask the sites of the named sources (none: all enabled) for what they published since a moment, and read it.

    What waits from an earlier, interrupted pass is read, too. Raises Busy beside a daemon, UsageError on an unknown id.
    """

    async def ask(services: Services, dispatcher: Dispatcher, ids: Collection[str]) -> None:
        places = asyncio.Semaphore(config.fetch.concurrency)
        states = await services.look(_states, ids)

        async def one(state: SourceState) -> None:
            async with places:
                dispatcher.tell(await ask_back(services, services.watch.sources[state.source_id], state, since))

        await asyncio.gather(*map(one, states))
        await dispatcher.check_now(())

    return await _passed(config, named, told, console, ask)


async def _passed(
    config: Config,
    named: Collection[str],
    told: Told,
    console: TextIO | None,
    work: Callable[[Services, Dispatcher, Collection[str]], Awaitable[None]],
) -> Pass:
    """Do some work on the named sources as the archive's one holder, and send what comes of it."""
    enabled = {source.id for source in config.sources if source.enabled}
    unknown = sorted(set(named) - {source.id for source in config.sources})
    if unknown:
        raise UsageError(f"no source is called {', '.join(unknown)}; `storywatch sources list` shows them")
    done = Pass()

    def heard(brought: Checked | Read | Brought) -> None:
        done.hear(brought)
        told(brought)

    with archive_lock(config.archive.url):
        async with start_services(config, console) as services:
            await prepare(services)
            dispatcher = Dispatcher(services, heard)
            await work(services, dispatcher, set(named) or enabled)
            done.broken = dispatcher.broken
            await _send(services, done)
            await services.crawler.stop()
    return done


async def _send(services: Services, done: Pass) -> None:
    """Send what the pass found without sitting out the group wait; what fails goes with the next run."""
    now = services.clock()
    await services.record(_end_group_wait, now)
    await services.record(pipeline.summarise_imports, services.watch, now)
    await services.record(pipeline.tell_owner, services.watch, now)
    await services.record(pipeline.flush, services.watch, services.channels, now)
    for channel_id in services.channels:
        while (taken := await send_next(services, channel_id)) is not None:
            done.delivered += taken
            done.failed += not taken


def _states(store: Store, ids: Collection[str]) -> list[SourceState]:
    with store.read() as tx:
        return [one for one in sources.states(tx) if one.source_id in ids]


def _end_group_wait(store: Store, now: datetime) -> None:
    with store.write() as tx:
        deliveries.end_group_wait(tx, now)
