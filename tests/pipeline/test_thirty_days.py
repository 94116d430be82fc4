"""Thirty days on a virtual clock: faults, restarts, changes of the clocks, storms, mutes; nothing lost or too loud.

The real rows, the real flush, the real sender's steps; only the clock and the channels are played. More of it by hand:
`python tests/pipeline/test_thirty_days.py [alerts a day] [seed]`.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from alerts.channels.contract import Taken, unheard
from alerts.compose import Telling
from alerts.owing import destinations
from monitor import pipeline
from monitor.config import load
from monitor.errors import DeliveryError
from monitor.model import (
    Alert,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Destination,
    Digest,
    Document,
    Judgement,
    Level,
    Message,
    MuteKind,
    Reading,
    Receipt,
    Rule,
    Severity,
    Sketch,
    Subject,
)
from monitor.store import Store, alerts, articles, deliveries, mutes, open_store, stories
from monitor.store.tables import delivery
from monitor.store.tables import story as story_rows
from monitor.watch import Watch, compile_watch

# Lord Howe's clocks move on 4 October, Kyiv's on 25 October, New York's on 1 November.
START, DAYS = datetime(2026, 10, 3, tzinfo=UTC), 30
KINDS = ("news", "news", "storm", "low", "alarm", "opinion", "both")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CRITICAL = Severity.CRITICAL
CONFIG = Path(__file__).with_name("thirty_days.toml")
LIMITS = {"slack": (6, HOUR), "howe": (3, HOUR)}
NIGHTS = {
    "slack": ("Europe/Kyiv", "22:00", "07:00"),
    "mail": ("America/New_York", "23:00", "06:30"),
    "howe": ("Australia/Lord_Howe", "01:30", "02:15"),
}


ON_ITS_WAY = delivery.c.state.in_(["pending", "ambiguous"])
NOW = bindparam("now", type_=delivery.c.due_at.type)
READY = select(delivery.c.channel).where(ON_ITS_WAY, delivery.c.due_at <= NOW, delivery.c.body.is_not(None)).distinct()
WAKES = select(
    func.min(delivery.c.due_at).filter(ON_ITS_WAY, delivery.c.due_at > NOW),
    func.min(delivery.c.held_until).filter(delivery.c.state == "held"),
    func.count().filter(ON_ITS_WAY, delivery.c.due_at <= NOW),
)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Played:
    """A receiver that takes four of five messages as it should, and remembers all that it took."""

    id: str
    world: World
    kind: str = "played"
    reconciles: bool = False
    telling: Telling = field(default_factory=lambda: Telling("Talks", "", "UTC"))

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        if self.world.chance.random() < self.world.dies:
            raise Killed
        turns = [subject] if isinstance(subject, Alert) else list(subject.alerts) if isinstance(subject, Digest) else []
        return Message(type(subject).__name__, " ".join(str(one.development_id) for one in turns))

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        world, fault = self.world, self.world.chance.random()
        if fault < 0.06 * world.faulty:
            raise DeliveryError("busy")
        if fault < 0.09 * world.faulty:
            raise DeliveryError("slow down", retry_after=world.chance.uniform(1, 300))
        if fault < 0.12 * world.faulty:
            raise DeliveryError("no answer", ambiguous=True)
        world.took.append((world.now, delivery))
        if fault < 0.16 * world.faulty:
            raise DeliveryError("no answer", ambiguous=True)
        if fault < 0.2 * world.faulty:
            raise Killed
        return Receipt()

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return ""


@dataclass
class World:
    """One desk with its archive, its clock and what its receivers took."""

    url: str
    watch: Watch
    chance: random.Random
    now: datetime = START
    faulty: int = 1
    dies: float = 0.003
    restarts: int = 0
    took: list[tuple[datetime, Delivery]] = field(default_factory=list)
    owed: set[tuple[int, Destination]] = field(default_factory=set)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.url, synchronous="OFF")
        self.channels = {one.id: Played(one.id, self) for one in self.watch.config.channels}

    def restart(self) -> None:
        self.store.close()
        self.store = open_store(self.url, synchronous="OFF")
        self.restarts += 1
        pipeline.recover(self.store, self.now)

    def publish(self, rules: list[Rule], *, commentary: bool = False) -> None:
        """A development that rules match, owed as the daemon owes it: with its article, in one commit."""
        number = len(self.owed) + 1
        reading = Reading(
            Document(f"http://x.example/{number}", f"News {number}", "Text."), Sketch(1, number, (), (), ())
        )
        with self.store.write() as tx:
            story = self.chance.randint(1, 9)
            while tx.scalar(select(func.count()).select_from(story_rows)) < story:
                stories.add(tx, "Story", self.now)
            turn = stories.add_development(tx, story, "", f"News {number}", self.now, version_id=None, known=False)
            judgement = Judgement(Level.NEW, None, 0.0, 0.0, 0.0)
            place = {"story_id": story, "development_id": turn, "on_topic": True}
            _, version = articles.add(tx, reading, f"x.example/{number}", "wire", judgement, self.now, **place)
            stories.set_origin(tx, turn, version)
            for rule in rules:
                alerts.fire(tx, turn, rule, version, self.now)
            places = destinations(rules, self.watch.config.channels)
            owing = {"development_id": turn, "story_id": story, "commentary": commentary}
            deliveries.owe(tx, places, self.now + 30 * timedelta(seconds=1), self.now, **owing)
        self.owed |= {(turn, place) for place in places}

    def step(self) -> None:
        """What the daemon does once a second, until nothing more is to be done now."""
        try:
            pipeline.flush(self.store, self.watch, self.channels, self.now)
            for channel in self._ready():
                while (one := pipeline.claim_delivery(self.store, "me", self.now, channel=channel.id)) is not None:
                    self._send(channel, one)
        except Killed:
            self.restart()

    def _ready(self) -> list[Played]:
        """Asking for a claim costs the real query's time, so only where something may be claimed."""
        with self.store.read() as tx:
            return [self.channels[name] for name in tx.scalars(READY, {"now": self.now})]

    def _send(self, channel: Played, one: Delivery) -> None:
        try:
            receipt = channel.send(one)
        except DeliveryError as error:
            jitter = self.chance.random()
            pipeline.record_failure(self.store, one, error, timedelta(seconds=5), self.now, jitter=jitter)
        else:
            pipeline.record_sent(self.store, one, receipt, self.now)

    def wakes(self) -> datetime | None:
        """When something is due next."""
        with self.store.read() as tx:
            due, held, waiting = tx.execute(WAKES, {"now": self.now}).one()
        found = [one for one in (due, held) if one is not None] + ([self.now + MINUTE] if waiting else [])
        return min(found, default=None)

    def run_until(self, end: datetime) -> None:
        """Let time pass; stop where something is due."""
        while True:
            self.step()
            at = self.wakes()
            if at is None or at > end:
                break
            self.now = max(at, self.now + timedelta(seconds=1))
        self.now = max(self.now, end)


def plan_month(world: World, a_day: int, restarts: int) -> Iterator[tuple[datetime, str]]:
    """When something is published, muted or the daemon restarted."""
    chance = world.chance
    for day in range(DAYS):
        begin = START + day * DAY
        for _ in range(a_day):
            yield (
                begin + chance.random() * DAY,
                chance.choice(KINDS),
            )
        for _ in range(restarts):
            yield begin + chance.random() * DAY, "restart"
        if day % 7 == 3:
            yield begin + chance.random() * DAY, "flood"
        if day % 5 == 1:
            yield begin + chance.random() * DAY, "mute"


def live(world: World, a_day: int, restarts: int) -> None:
    """Thirty days, and then two more in which everything works, so that what is owed can come home."""
    rules = world.watch.rules
    for at, what in sorted(plan_month(world, a_day, restarts)):
        world.run_until(at)
        if what == "restart":
            world.restart()
        elif what == "mute":
            with world.store.write() as tx:
                kind, target = world.chance.choice([(MuteKind.STORY, "3"), (MuteKind.RULE, "news")])
                mutes.add(tx, kind, target, world.now + 9 * HOUR, "anna", world.now)
        elif what == "flood":
            for _ in range(12 + 2 * a_day):
                world.publish([rules["storm"]])
        elif what == "both":
            world.publish([rules["storm"], rules["news"]])
        else:
            name = "news" if what == "opinion" else what
            world.publish([rules[name]], commentary=what == "opinion")
    world.faulty, world.dies = 0, 0.0
    world.run_until(START + (DAYS + 4) * DAY)


def check_nothing_is_lost(world: World, rows: dict[int, Delivery]) -> None:
    """Every row came to an end with a reason, and what is said to be sent was taken."""
    alone = {(one.development_id, one.destination) for one in rows.values() if one.kind is DeliveryKind.DEVELOPMENT}
    assert alone == world.owed
    with world.store.read() as tx:
        merged = dict(tx.execute(select(delivery.c.id, delivery.c.merged_into)).all())
    taken = {one.id for _at, one in world.took}
    for one in rows.values():
        assert one.state in (DeliveryState.SENT, DeliveryState.MERGED, DeliveryState.SUPPRESSED), one
        if one.state is DeliveryState.SENT:
            assert one.id in taken
        elif one.state is DeliveryState.MERGED:
            assert merged[one.id] in taken and "told in digest" in one.reason
        else:
            assert one.reason.startswith("muted: ")


def check_repeats_are_marked(world: World, rows: dict[int, Delivery]) -> None:
    times = defaultdict(int)
    for _at, one in world.took:
        times[one.id] += 1
        assert times[one.id] == 1 or rows[one.id].may_repeat
    named = defaultdict(set)
    for _at, one in world.took:
        for turn in one.message.body.split():
            named[(turn, one.destination)].add(one.id)
    assert all(len(tellers) == 1 for tellers in named.values()), "a digest never tells what was told"


def firsts(world: World) -> list[tuple[datetime, Delivery]]:
    found: dict[int, tuple[datetime, Delivery]] = {}
    for at, one in world.took:
        found.setdefault(one.id, (at, one))
    return list(found.values())


def most_in(times: list[datetime], span: timedelta) -> int:
    times = sorted(times)
    return max((sum(1 for one in times if at - span < one <= at) for at in times), default=0)


def check_limits(world: World) -> None:
    """No sliding window ever holds more than a limit allows; critical alerts are not counted, they always go."""
    calm = [(at, one) for at, one in firsts(world) if one.severity is not CRITICAL]
    for channel, (most, span) in LIMITS.items():
        assert most_in([at for at, one in calm if one.destination.channel == channel], span) <= most
    alone: dict[int, datetime] = {}
    storms: dict[int, datetime] = {}
    for at, one in calm:
        if one.kind is DeliveryKind.DEVELOPMENT:
            alone.setdefault(one.development_id, at)
            if one.rules == ("storm",):
                storms.setdefault(one.development_id, at)
    assert most_in(list(alone.values()), DAY) <= 12
    assert most_in(list(storms.values()), HOUR) <= 4
    assert len(alone) > DAYS and storms, "something was told"


def check_nights(world: World) -> None:
    for at, one in world.took:
        night = NIGHTS.get(one.destination.channel)
        if night is None or one.severity is CRITICAL:
            continue
        shown = at.astimezone(ZoneInfo(night[0])).strftime("%H:%M")
        over = night[1] > night[2]
        asleep = shown >= night[1] or shown < night[2] if over else night[1] <= shown < night[2]
        assert not asleep, (one.destination.channel, at, one.kind)


def check_digests(world: World) -> None:
    """A daily digest comes at its time or, after trouble, later: never two for one time."""
    last: dict[Destination, datetime] = {}
    for at, one in sorted(firsts(world), key=lambda pair: pair[0]):
        if one.kind is DeliveryKind.DIGEST and one.destination.channel == "mail":
            assert one.destination not in last or one.created - last[one.destination] > 9 * HOUR, at
            last[one.destination] = one.created
    assert len(last) == 1


def check_mutes(world: World) -> None:
    with world.store.read() as tx:
        composed = dict(tx.execute(select(delivery.c.id, delivery.c.composed_at)).all())
        muted = mutes.page(tx, 1000)[0]
    assert muted
    for one in (one for _at, one in firsts(world) if one.kind is DeliveryKind.DEVELOPMENT):
        for mute in muted:
            if mute.created <= composed[one.id] < mute.until:
                assert not (mute.kind is MuteKind.STORY and str(one.story_id) == mute.target)
                assert not (mute.kind is MuteKind.RULE and one.rules == (mute.target,))


def month(folder: Path, a_day: int, restarts: int, seed: int) -> World:
    file = folder / "storywatch.toml"
    file.write_bytes(CONFIG.read_bytes())
    world = World(f"sqlite:///{folder / 'archive.db'}", compile_watch(load(file, {}, folder)), random.Random(seed))
    try:
        live(world, a_day, restarts)
        with world.store.read() as tx:
            rows = {one.id: one for one in deliveries.page(tx, limit=10**6)[0]}
        check_nothing_is_lost(world, rows)
        check_repeats_are_marked(world, rows)
        check_limits(world)
        check_nights(world)
        check_digests(world)
        check_mutes(world)
    finally:
        world.store.close()
    return world


def test_thirty_days_lose_nothing_and_are_never_too_loud(tmp_path: Path) -> None:
    world = month(tmp_path, 2, 1, seed=6)
    assert world.restarts >= DAYS and len(world.took) > 4 * DAYS


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        a_day, seed = (int(word) for word in (*sys.argv[1:], *("40", "6")[len(sys.argv) - 1 :]))
        done = month(Path(name), a_day, 7, seed)
        once = len(firsts(done))
        print(f"{len(done.owed)} deliveries owed, {once} messages, {len(done.took) - once} marked repeats,")
        print(f"{done.restarts} restarts: 0 lost, no limit, budget, night, digest or mute broken")
