"""One life of a sender over the real path, from the lock to the last delivery, on a clock that need not be waited for.

It runs in a forked child, which dies where it is told to.
"""

from __future__ import annotations

import asyncio
import gc
import mmap
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from script import ARTICLES
from sqlalchemy import bindparam, func, select

from alerts.channels import open_channels
from monitor import pipeline
from monitor.crashpoint import arm
from monitor.model import Document, Entry, EntryState, WaitingEntry
from monitor.runtime.crawl import Crawler
from monitor.runtime.pool import Pool
from monitor.runtime.sending import Senders
from monitor.runtime.services import Services, take_over
from monitor.store import Store, archive_lock, entries
from monitor.store.entries import Listed
from monitor.store.tables import article, delivery, lane
from monitor.urls import host_of, url_key
from monitor.watch import Watch

MOST_ROUNDS = 400
_LEASE = timedelta(minutes=5)
# The senders' threads, by their names.
CHANNELS = ("sender slack", "sender mail", "sender hook", "sender evening")
_SLOT = 32
# Made once: a life has better things to do.
_IS_READ = select(article.c.id).where(article.c.url_key == bindparam("key"))
_OWED = delivery.c.state.in_(("pending", "ambiguous", "sending"))
_WAITS = select(
    select(func.min(delivery.c.due_at)).where(_OWED).scalar_subquery(),
    select(func.min(delivery.c.held_until)).where(delivery.c.state == "held").scalar_subquery(),
    select(func.max(lane.c.paused_until)).where(lane.c.paused_until > bindparam("now")).scalar_subquery(),
)


@dataclass
class Clock:
    """Time as the life sees it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Death:
    """Where a life ends: at the `at`-th time that it reaches `point`; "" for a moment that the parent chooses."""

    point: str = ""
    at: int = 1


class Trace:
    """The point that each sender passed last, and who died at one: memory that outlives the life that writes it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOT * (len(CHANNELS) + 1))

    def begin(self) -> None:
        self._memory[:] = bytes(len(self._memory))

    def killed(self, thread: str) -> None:
        self._memory[-_SLOT:] = thread.encode()[:_SLOT].ljust(_SLOT, b"\0")

    def passed(self, thread: str, point: str) -> None:
        if thread in CHANNELS:
            place = _SLOT * CHANNELS.index(thread)
            self._memory[place : place + _SLOT] = point.encode().ljust(_SLOT, b"\0")

    def last(self) -> dict[str, str]:
        """By channel the point that its sender passed last; "D5+" where something else died just behind that."""
        slots = [self._memory[at : at + _SLOT].rstrip(b"\0").decode() for at in range(0, len(self._memory), _SLOT)]
        died = slots.pop()
        found = {name.removeprefix("sender "): point for name, point in zip(CHANNELS, slots, strict=True)}
        unsure = {name: "D5+" for name, point in found.items() if point == "D5" and died != f"sender {name}"}
        return found | unsure


@dataclass
class Reached:
    """How often each point was reached, for the plan of the deaths."""

    death: Death
    trace: Trace
    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, point: str) -> None:
        self.counts[point] += 1
        where = threading.current_thread().name
        self.trace.passed(where, point)
        if point == self.death.point and self.counts[point] == self.death.at:
            self.trace.killed(where)
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class World:
    """What all lives of one trial share. `lose_root` is called once, between two articles.

    The store was opened before the fork, without a connection left: what it has compiled is compiled for every life.
    """

    store: Store
    watch: Watch
    start: datetime
    lose_root: Any = None


def live(world: World, death: Death, trace: Trace) -> Counter[str]:
    """Take over what is there, file every article, send everything that is owed. Raises when that cannot be reached."""
    reached = Reached(death, trace)
    arm(reached)
    store = world.store
    with archive_lock(store.url):
        take_over(store, world.start)
        asyncio.run(_work(world, store))
        store.close()
    return reached.counts


async def _work(world: World, store: Store) -> None:
    clock = Clock(world.start)
    channels = open_channels(world.watch.config)
    vars_of_slack: Any = channels["slack"]
    vars_of_slack.interval = 0.0
    # Neither crawls nor parses here.
    services = Services(store, world.watch, channels, cast(Crawler, None), cast(Pool, None), clock=clock)
    senders = Senders(services)
    for number in range(1, len(ARTICLES) + 1):
        _read(store, world.watch, number, clock)
        clock.now += timedelta(minutes=1)
        await _settle(services, senders, clock, held=False)
        if world.lose_root is not None and number == 1:
            world.lose_root()
    await _settle(services, senders, clock, held=True)
    services.writer.shutdown()


def _read(store: Store, watch: Watch, number: int, clock: Clock) -> None:
    """File what the feed lists by now; after a clock was set back, when its time has come again."""
    url = ARTICLES[number - 1][0]
    for _ in range(MOST_ROUNDS):
        with store.read() as tx:
            if tx.scalar(_IS_READ, {"key": url_key(url)}):
                return
        for waiting in _listed(store, number, clock.now):
            _file(store, watch, waiting, clock.now)
        clock.now += timedelta(minutes=20)
    raise AssertionError(f"{url} is never read")


def _listed(store: Store, number: int, now: datetime) -> tuple[WaitingEntry, ...]:
    """The feed lists the first articles, as it does at every check; those that wait are claimed."""
    listed = []
    for url, title, _ in ARTICLES[:number]:
        entry = Entry(url=url, guid=url, title=title)
        listed.append(Listed(entry, url_key(url), host_of(url), EntryState.WAITING, False, now))
    with store.write() as tx:
        entries.add(tx, "wire", listed, now)
        return entries.claim_waiting(tx, "a life", _LEASE, 10, set(), now)


def file_all(store: Store, watch: Watch, now: datetime) -> None:
    """Read everything that the feed will ever list, and send nothing."""
    for number in range(1, len(ARTICLES) + 1):
        for waiting in _listed(store, number, now):
            _file(store, watch, waiting, now)


def _file(store: Store, watch: Watch, waiting: WaitingEntry, now: datetime) -> None:
    title, text = next((title, text) for url, title, text in ARTICLES if url == waiting.entry.url)
    document = Document(url=waiting.entry.url, title=title, text=text, language="en", method="crash")
    pipeline.ingest(store, watch, waiting, pipeline.read_document(document), "a life", now)


async def _settle(services: Services, senders: Senders, clock: Clock, *, held: bool) -> None:
    """Let the senders work until nothing is owed, moving on to whatever is waited for."""
    for _ in range(MOST_ROUNDS):
        await senders.deliver()
        while senders.live:
            await asyncio.wait(senders.live.values())
        until = _waits(services.store, clock.now, held=held)
        if until is None:
            return
        clock.now = max(until, clock.now + timedelta(seconds=1))
    raise AssertionError("what is owed is never delivered")


def _waits(store: Store, now: datetime, *, held: bool) -> datetime | None:
    """When the next thing may happen; None when nothing is owed."""
    with store.read() as tx:
        found: tuple[datetime | None, ...] = tuple(tx.execute(_WAITS, {"now": now}).one())
    due, until, paused = found
    if due is None:
        return until if held else None
    return max(due, paused) if paused is not None and due <= now else due


def in_child(world: World, death: Death, trace: Trace, said: Path) -> int:
    """Fork a life; returns its pid. What goes wrong in it stands in `said`, and so does what it reached."""
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        gc.disable()
        counts = live(world, death, trace)
        said.write_text(" ".join(f"{name}={count}" for name, count in sorted(counts.items())), encoding="utf-8")
        code = 0
    except BaseException as error:
        import traceback

        said.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    finally:
        os._exit(code)
