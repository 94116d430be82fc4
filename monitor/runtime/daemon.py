"""The daemon: one loop that ticks, crawls, judges, alerts and serves the screens, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from alerts.channels import open_channels
from monitor import pipeline
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.runtime.counting import Counters
from monitor.runtime.dispatch import Dispatcher
from monitor.runtime.evidence import tidy
from monitor.runtime.floods import FloodWatch
from monitor.runtime.health import Health
from monitor.runtime.indexing import index_waiting
from monitor.runtime.keeper import Keeper
from monitor.runtime.notify import tell_manager
from monitor.runtime.screens import WebApp, bound, listening
from monitor.runtime.sending import Senders
from monitor.runtime.services import Services, prepare, remember_watch, start_services
from monitor.runtime.websub import Hubs
from monitor.store import Store, archive_lock, entries, sources
from monitor.watch import Watch, compile_watch

log = structlog.get_logger("storywatch")
DRAIN_SECONDS = 20.0
HUBS_SECONDS = 2
COUNTS_SECONDS = 5
LOCK_SECONDS = 2
_NEED_RESTART = ("archive", "fetch", "web")


@dataclass(frozen=True, slots=True)
class Plan:
    """What `serve` is asked to do. `until` ends the daemon by itself (the demo); `started` hears when all is up."""

    config: Config
    web_app: WebApp
    reload: Callable[[], Config]
    until: Callable[[Dispatcher], bool] | None = None
    started: Callable[[Services, str], None] | None = None


async def serve(plan: Plan) -> int:
    """Run until a signal (or `plan.until`) ends it; returns the exit code. Raises Busy beside another daemon."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # The lock first: a second daemon is told of the first one, not of the port that it holds, too.
    with archive_lock(plan.config.archive.url) as lock, contextlib.closing(bound(plan.config)) as taken:
        keeper = Keeper(lock, stop)
        async with start_services(plan.config) as services:
            await prepare(services)
            await _serve(plan, services, keeper, taken)
    keeper.complain()
    return 0


async def _serve(plan: Plan, services: Services, keeper: Keeper, taken: socket.socket) -> None:
    stop = keeper.stop
    dispatcher, senders, counters = Dispatcher(services), Senders(services), Counters(services)
    hubs = Hubs(services, dispatcher.wake)
    health = Health(services.clock())
    floods = FloodWatch(services)
    scheduler = _scheduler(plan, services, dispatcher, senders, health, stop)
    scheduler.add_job(health.worked, "interval", ("websub", hubs.tend), seconds=HUBS_SECONDS, id="websub")
    scheduler.add_job(health.worked, "interval", ("counts", counters.count), seconds=COUNTS_SECONDS, id="counts")
    look = functools.partial(keeper.look, senders)
    scheduler.add_job(health.worked, "interval", ("lock", look), seconds=LOCK_SECONDS, id="lock")
    app = _app(plan, services, health, hubs, stop)
    async with listening(app, taken) as address:
        scheduler.start()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reloader(plan, services, health, floods))
        log.info("ready", watch=services.watch.config.watch.id, screens=address)
        tell_manager("READY=1")
        floods.look()
        if plan.started is not None:
            plan.started(services, address)
        await stop.wait()
        log.info("stopping")
        tell_manager("STOPPING=1")
        # shutdown() cancels running coroutine jobs, so nothing may be running when it is called.
        scheduler.pause()
        dispatcher.stopping = senders.stopping = True
        # What was not asked yet ends as "stopped" and stays waiting; what is in flight is finished and recorded.
        await asyncio.gather(
            services.crawler.stop(),
            dispatcher.drain(DRAIN_SECONDS),
            senders.drain(),
            counters.drain(),
            hubs.stop(),
            floods.stop(),
        )
        scheduler.shutdown(wait=False)


def _scheduler(
    plan: Plan, services: Services, dispatcher: Dispatcher, senders: Senders, health: Health, stop: asyncio.Event
) -> AsyncIOScheduler:
    """APScheduler is the metronome: a handful of jobs over due columns, in memory; the database is the truth."""

    async def tick() -> None:
        await health.worked("tick", dispatcher.tick)
        health.ticked(services.clock())
        tell_manager("WATCHDOG=1")
        if plan.until is not None and plan.until(dispatcher):
            stop.set()

    async def rescue() -> None:
        await health.worked("rescue", lambda: services.record(_rescue, services))

    async def forget() -> None:
        await health.worked("retention", lambda: services.record(pipeline.forget_fetches, services.clock()))
        await health.worked("retention of chrome", lambda: services.record(pipeline.forget_single, services.clock()))
        archive = services.watch.config.archive
        await health.worked("retention of raw records", lambda: services.record(tidy, archive, services.clock()))

    async def fold() -> None:
        await health.worked("indexing", lambda: index_waiting(services))

    async def deliver() -> None:
        await health.worked("delivery", senders.deliver)

    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
    scheduler.add_job(tick, "interval", seconds=1, id="tick", next_run_time=services.clock())
    scheduler.add_job(deliver, "interval", seconds=1, id="deliver")
    scheduler.add_job(rescue, "interval", seconds=30, id="rescue")
    scheduler.add_job(forget, "interval", hours=1, id="forget")
    scheduler.add_job(fold, "interval", seconds=2, id="fold")
    return scheduler


def _rescue(store: Store, services: Services) -> None:
    """Give back the leases of jobs that broke."""
    with store.write() as tx:
        freed = sources.rescue(tx, services.clock()) + entries.rescue(tx, services.clock())
    if freed:
        log.warning("leases ran out", freed=freed)


def _reloader(plan: Plan, services: Services, health: Health, floods: FloodWatch) -> Callable[[], None]:
    """What SIGHUP does: swap the watch for a good one, and record it as soon as the archive takes it."""
    recording: set[asyncio.Task[None]] = set()

    def reload() -> None:
        tell_manager("RELOADING=1")
        before = services.watch.config
        watch = _swapped(plan, services, health)
        if watch is not None:
            for outdated in recording:
                outdated.cancel()
            mended = _changed_channels(before, watch.config)
            task = asyncio.create_task(services.record_surely(_remember, watch, mended, services.clock()))
            recording.add(task)
            task.add_done_callback(recording.discard)
            floods.look()
        tell_manager("READY=1")

    return reload


def _changed_channels(before: Config, after: Config) -> tuple[str, ...]:
    known = {one.id: one for one in before.channels}
    return tuple(one.id for one in after.channels if known.get(one.id) != one)


def _remember(store: Store, watch: Watch, mended: Collection[str], now: datetime) -> None:
    """What a reload brings to the archive; a channel that was switched off and is configured anew may try again."""
    remember_watch(store, watch, now)
    for channel in pipeline.open_lanes(store, mended):
        log.info("channel on again", channel=channel)


def _swapped(plan: Plan, services: Services, health: Health) -> Watch | None:
    """Everything is read and compiled before anything is swapped; a broken file changes nothing (None).

    Not even its good rules come in: half of a config would be one that nobody has written.
    """
    try:
        watch = compile_watch(plan.reload())
    except ConfigError as error:
        health.refused = tuple(str(problem) for problem in error.problems)
        log.error("reload refused: the config in force stays", problems=list(health.refused))
        return None
    health.refused = ()
    before = services.watch.config
    for section in _NEED_RESTART:
        if getattr(before, section) != getattr(watch.config, section):
            log.warning("this section changes at the next start", section=section)
    services.watch, services.channels = watch, open_channels(watch.config, link_key=services.link_key)
    log.info("reloaded", rules=len(watch.rules), sources=len(watch.sources), channels=len(services.channels))
    return watch


def _app(plan: Plan, services: Services, health: Health, hubs: Hubs, stop: asyncio.Event) -> Any:
    """The screens, as they see the daemon."""
    return plan.web_app(
        services.store,
        lambda: services.watch.config,
        lambda: health.problem(services.clock()),
        lambda: health.refused,
        hubs.called,
        stop.is_set,
        lambda: health.pulse(services.clock()),
    )
