"""A desk on a virtual clock: the real archive, the real steps and the daemon's own sender; it dies where it is told."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from delivery_receivers import Post, Receiver
from delivery_watch import CONFIGS, FIRST, RULES, watch_of
from sqlalchemy import func, select, text

from alerts.owing import destinations
from monitor import pipeline
from monitor.crashpoint import arm
from monitor.model import Delivery, Destination, Document, Judgement, Level, MuteKind, Reading, Sketch
from monitor.pipeline.handwork import merge_stories
from monitor.runtime.daemon import _changed_channels
from monitor.runtime.sending import send_next
from monitor.runtime.services import Services, take_over
from monitor.store import Store, alerts, articles, deliveries, mutes, open_store, sending, stories, tables
from monitor.store.tables import delivery as table

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=one) for one in (1, 60, 3600, 86400))
STORIES, SOURCES = 3, ("wire", "daily")
RECEIVERS = {"bot": (True, True), "mail": (False, True), "hook": (False, False), "web": (False, False)}
ON_ITS_WAY = ("pending", "sending", "ambiguous")
_MOST_SENDS = 400


class Killed(BaseException):
    """The process dies here."""


class Inline(Services):
    """What the sender works with, without the pools: steps run where they are called."""

    async def record(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return step(self.store, *args, **kwargs)

    look = record


@dataclass(frozen=True)
class Muted:
    """A mute as its author meant it."""

    id: int
    kind: MuteKind
    target: str
    until: datetime


@dataclass(frozen=True)
class News:
    """A development as it was published."""

    story: int
    rules: tuple[str, ...]
    source: str
    commentary: bool


@dataclass
class World:
    """One desk, its receivers, and everything that ever went wrong (`blames`)."""

    url: str
    now: datetime
    chosen: dict[str, int] = field(default_factory=lambda: dict(FIRST))
    chance: random.Random = field(default_factory=lambda: random.Random(6))
    blames: list[str] = field(default_factory=list)
    news: dict[int, News] = field(default_factory=dict)
    owed: dict[tuple[int, Destination], None] = field(default_factory=dict)
    muted: list[Muted] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)
    posts: list[tuple[Receiver, Post]] = field(default_factory=list)
    history: list[tuple[datetime, dict[str, int]]] = field(default_factory=list)
    armed: tuple[str, int] | None = None
    crashes: int = 0
    offered_to: list[tuple[Receiver, Delivery]] = field(default_factory=list)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.receivers = {one: Receiver(one, self, *what) for one, what in RECEIVERS.items()}
        self.pauses: dict[str, datetime] = {}
        self.off: set[str] = set()
        self._open()
        _current[:] = [self]
        with self.store.write() as tx:
            for number in range(STORIES):
                stories.add(tx, f"Story {number + 1}", self.now)
        self._settle_config()

    def _open(self) -> None:
        self.store = _opened(self.url)
        none = cast(Any, None)
        self.services = Inline(self.store, none, none, none, none, owner="me", chance=self.chance)
        self.services.clock = lambda: self.now
        self._channels()

    def _channels(self) -> None:
        self.services.watch = watch_of(tuple(self.chosen.items()))
        known = {one.id for one in self.services.watch.config.channels}
        self.services.channels = {name: one for name, one in self.receivers.items() if name in known}

    def _settle_config(self) -> None:
        self.history.append((self.now, dict(self.chosen)))

    def close(self) -> None:
        _current.clear()
        self.store.close()
        self.services.writer.shutdown()
        self.loop.close()

    # The process and its deaths.

    def reached(self, name: str) -> None:
        """A named place: die there if that was asked for."""
        if self.armed is None or self.armed[0] not in ("", name):
            return
        left = self.armed[1] - 1
        self.armed = (self.armed[0], left) if left else None
        if not left:
            self.crashes += 1
            raise Killed(name)

    def survive(self, step: Callable[[], object]) -> bool:
        """Do something; False: the process died of it, and another one took over."""
        try:
            step()
        except Killed:
            self.restart()
            return False
        return True

    def restart(self) -> None:
        """A new process; it may die while it takes over, and then comes another."""
        while True:
            self.store.close()
            self.services.writer.shutdown()
            self._open()
            try:
                take_over(self.store, self.now)
            except Killed:
                continue
            return

    def tick(self) -> None:
        """What the daemon does again and again: compose what may go, and let every channel send all it can."""
        self.survive(self._tick)

    def _tick(self) -> None:
        pipeline.flush(self.store, self.services.watch, self.services.channels, self.now)
        for name in self._ready():
            for _ in range(_MOST_SENDS):
                if not self._send(name):
                    break
            else:
                self.blame(f"{name} never comes to rest")

    def _ready(self) -> list[str]:
        """Asking for a claim costs the real query's time, so only where something may be claimed."""
        ready = table.c.state.in_(ON_ITS_WAY), table.c.due_at <= self.now, table.c.body.is_not(None)
        with self.store.read() as tx:
            found = set(tx.scalars(select(table.c.channel).where(*ready).distinct()))
        return [one for one in self.services.channels if one in found]

    def _send(self, name: str) -> bool:
        """One step of a channel's sender; what it records after a refusal is in force from then on."""
        self.offered_to.clear()
        done = self.loop.run_until_complete(send_next(self.services, name))
        for receiver, delivery in self.offered_to:
            self.recorded(receiver, delivery)
        return done is not None

    # What happens to a desk.

    def publish(self, story: int, rules: tuple[str, ...], source: str, commentary: bool) -> None:
        self.survive(lambda: self._publish(News(self.story(story), rules, source, commentary)))

    def _publish(self, news: News) -> None:
        number = next(_numbers)
        document = Document(f"http://x.example/{number}", f"News {number}", "Text.")
        reading = Reading(document, Sketch(1, number, (), (), ()))
        judgement = Judgement(Level.NEW, None, 0.0, 0.0, 0.0)
        rules = [self.services.watch.rules[one] for one in news.rules]
        with self.store.write() as tx:
            turn = stories.add_development(tx, news.story, "", f"News {number}", self.now, version_id=None, known=False)
            place = {"story_id": news.story, "development_id": turn, "on_topic": True}
            key = f"x.example/{number}"
            _, version = articles.add(tx, reading, key, news.source, judgement, self.now, **cast(Any, place))
            stories.set_origin(tx, turn, version)
            for rule in rules:
                alerts.fire(tx, turn, rule, version, self.now)
            self._owe(tx, turn, news)
        self.news[turn] = news
        self.owed |= {(turn, place): None for place in self.places(news)}

    def _owe(self, tx: Any, turn: int, news: News) -> int:
        due = self.now + self.services.watch.config.alerts.group_wait
        owing: Any = {"development_id": turn, "story_id": self.story(news.story), "commentary": news.commentary}
        return deliveries.owe(tx, self.places(news), due, self.now, **owing)

    def places(self, news: News) -> tuple[Destination, ...]:
        watch = self.services.watch
        return destinations([watch.rules[one] for one in news.rules], watch.config.channels)

    def publish_again(self, turn: int) -> None:
        """The same once more: as after a death between the commit and the word of it."""
        self.survive(lambda: self._publish_again(turn))

    def _publish_again(self, turn: int) -> None:
        with self.store.write() as tx:
            self._owe(tx, turn, self.news[turn])
        # What was owed is the same; a channel that came into the config since is owed it now.
        self.owed |= {(turn, place): None for place in self.places(self.news[turn])}

    def story(self, number: int) -> int:
        while number in self.merged:
            number = self.merged[number]
        return number

    def merge(self, into: int, other: int) -> None:
        merge_stories(self.store, into, other, "anna", self.now)
        self.merged[other] = into

    def mute(self, kind: MuteKind, target: str, length: timedelta) -> None:
        with self.store.write() as tx:
            made = mutes.add(tx, kind, target, self.now + length, "anna", self.now)
        self.muted.append(Muted(made, kind, target, self.now + length))

    def unmute(self, mute: Muted) -> None:
        with self.store.write() as tx:
            mutes.end(tx, mute.id, self.now)
        self.muted.remove(mute)

    def reload(self, channel: str, variant: int) -> None:
        """As the daemon does at SIGHUP: a channel that is configured anew may try again."""
        before = self.services.watch.config
        self.chosen = self.chosen | {channel: variant}
        self._channels()
        self._settle_config()
        changed = _changed_channels(before, self.services.watch.config)
        pipeline.open_lanes(self.store, changed)
        self.off -= set(changed)

    def switch_on(self, channel: str) -> None:
        pipeline.open_lanes(self.store, [channel])
        self.off.discard(channel)

    def retry_dead(self) -> None:
        """As `alerts retry`."""
        with self.store.write() as tx:
            sending.resend(tx, None, self.now)
        pipeline.open_lanes(self.store)
        self.off.clear()

    # Time.

    def wakes(self) -> datetime | None:
        """When something is due next; soon where something is due that is kept back."""
        going = table.c.state.in_(ON_ITS_WAY)
        query = select(
            func.min(table.c.due_at).filter(going, table.c.due_at > self.now),
            func.min(table.c.held_until).filter(table.c.state == "held"),
            func.count().filter(going, table.c.due_at <= self.now),
        )
        with self.store.read() as tx:
            due, held, waiting = tx.execute(query).one()
        found = [one for one in (due, held) if one is not None] + ([self.now + MINUTE] if waiting else [])
        return min(found, default=None)

    # Verdicts of the receivers.

    def blame(self, what: str) -> None:
        self.blames.append(f"{self.now:%Y-%m-%d %H:%M:%S}: {what}")

    def offered(self, receiver: Receiver, delivery: Delivery) -> None:
        self.offered_to.append((receiver, delivery))
        self.judge.offered(receiver, delivery)

    def took(self, receiver: Receiver, post: Post) -> None:
        self.judge.took(receiver, post)
        self.posts.append((receiver, post))

    def recorded(self, receiver: Receiver, delivery: Delivery) -> None:
        self.judge.recorded(receiver, delivery)

    @property
    def judge(self) -> Any:
        return self._judge

    def judged_by(self, judge: Any) -> None:
        self._judge = judge


_current: list[World] = []
_numbers = itertools.count(1)
arm(lambda name: _current[0].reached(name) if _current else None)


@cache
def _opened(url: str) -> Store:
    """Closed, a store opens its connections anew when it is used: its statements need not be compiled again."""
    return open_store(url, synchronous="OFF")


@cache
def _template(folder: Path) -> Path:
    file = folder / "template.db"
    open_store(f"sqlite:///{file}").close()
    return file


def sqlite_archive(folder: Path) -> str:
    """The URL of an empty archive; migrating one each time takes ten times as long."""
    for end in ("", "-wal", "-shm"):
        (folder / f"archive.db{end}").unlink(missing_ok=True)
    shutil.copy(_template(folder), folder / "archive.db")
    return f"sqlite:///{folder / 'archive.db'}"


def postgres_archive(url: str) -> str:
    """A PostgreSQL archive, emptied."""
    names = ", ".join(f'"{one.name}"' for one in tables.metadata.sorted_tables if one.name != "meta")
    with _opened(url).write() as tx:
        tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return url


__all__ = ["CONFIGS", "RULES", "Inline", "Killed", "Muted", "News", "World", "postgres_archive", "sqlite_archive"]
