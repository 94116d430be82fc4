"""One pass: check the sources now, read what is new, judge, send what is owed, end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from monitor import pipeline
from monitor.config import Config
from monitor.errors import UsageError
from monitor.pipeline import Checked
from monitor.runtime.dispatch import Dispatcher
from monitor.runtime.jobs import Read
from monitor.runtime.sending import send_next
from monitor.runtime.services import Services, prepare, start_services
from monitor.store import Store, archive_lock, deliveries

Told = Callable[[Checked | Read], None]


@dataclass
class Pass:
    """What one pass did; `failed` counts deliveries that were not taken, `broken` jobs that brought nothing."""

    checked: list[Checked] = field(default_factory=list)
    read: Read = field(default_factory=Read)
    delivered: int = 0
    failed: int = 0
    broken: int = 0

    def hear(self, brought: Checked | Read) -> None:
        if isinstance(brought, Checked):
            self.checked.append(brought)
        else:
            self.read = self.read.plus(brought)


async def fetch_once(config: Config, named: Collection[str], told: Told, console: TextIO | None = None) -> Pass:
    """Check the named sources (none: all enabled) once. Raises Busy beside a daemon, UsageError on an unknown id."""
    enabled = {source.id for source in config.sources if source.enabled}
    unknown = sorted(set(named) - {source.id for source in config.sources})
    if unknown:
        raise UsageError(f"no source is called {', '.join(unknown)}; `storywatch sources list` shows them")
    done = Pass()

    def heard(brought: Checked | Read) -> None:
        done.hear(brought)
        told(brought)

    with archive_lock(config.archive.url):
        async with start_services(config, console) as services:
            await prepare(services)
            dispatcher = Dispatcher(services, heard)
            await dispatcher.check_now(set(named) or enabled)
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


def _end_group_wait(store: Store, now: datetime) -> None:
    with store.write() as tx:
        deliveries.end_group_wait(tx, now)
