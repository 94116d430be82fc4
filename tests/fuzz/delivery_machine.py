"""The state machine: whatever is published, answered, killed, muted or reloaded, the promises of delivery hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from delivery_checks import NO_OUTCOME, Judge, asleep
from delivery_receivers import Answer, Look
from delivery_world import CONFIGS, SOURCES, World
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from monitor.model import MuteKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# An ordinary day; then the eves of changes: Kyiv's forth and back, New York's forth and back, Lord Howe's.
STARTS = tuple(
    datetime(*day, 12, tzinfo=UTC)
    for day in ((2026, 6, 10), (2026, 3, 28), (2026, 10, 24), (2026, 3, 7), (2026, 10, 31), (2026, 10, 3))
)
POINTS = ("D1", "D2", "D3", "D5", "D6", "D7", "D8", "D9", "D10", "R1", "R2", "R3", "G1", "G2", "G3", "G4", "I3", "T3")
_NAPS = (1, 6, 31, 31, 70, 600, 3700, 6 * 3600, 30 * 3600)
_MOST_WAKES, _DRAIN = 12, 600
CHANNELS = tuple(CONFIGS)
PERSON = ("unmute", "reload", "reload", "merge", "retry dead", "restart", "restart")
channels = some.sampled_from(CHANNELS)
shapes = some.tuples(*(some.integers(0, len(CONFIGS[one]) - 1) for one in CHANNELS))
stories = some.sampled_from([1, 1, 2, 3])
sources = some.sampled_from(SOURCES)
opinion = some.sampled_from([False, False, False, True])
matched = some.sampled_from(
    [("news",), ("news",), ("news",), ("storm",), ("low",), ("alarm",), ("storm", "news"), ("news", "alarm")]
)
chosen = some.integers(0, 100)


class Broken(AssertionError):
    """A promise was broken."""


class DeliveryMachine(RuleBasedStateMachine):
    """One desk; `archive` gives each run an empty one, `steps` counts what was done."""

    archive: Callable[[], str]
    steps: ClassVar[Counter[str]] = Counter()
    found: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None

    @initialize(start=some.sampled_from(STARTS), shapes=shapes)
    def begin(self, start: datetime, shapes: tuple[int, ...]) -> None:
        self.world = World(type(self).archive(), start, dict(zip(CHANNELS, shapes, strict=True)))
        self.judge = Judge(self.world)
        self.world.judged_by(self.judge)

    def did(self, name: str, *, tick: bool = False) -> None:
        """After each step: look at the rows, and end where a promise is broken."""
        self.steps[name] += 1
        self.judge.look()
        if tick:
            self.judge.after_tick()
        self.judged()

    def judged(self) -> None:
        if self.world.blames:
            type(self).found = self.world.blames[0]
            raise Broken("\n".join(self.world.blames))

    def tick(self, name: str) -> None:
        crashes = self.world.crashes
        self.world.tick()
        self.did(name, tick=self.world.crashes == crashes)

    # News.

    @rule(story=stories, rules=matched, source=sources, commentary=opinion, count=some.sampled_from([1, 1, 2, 3]))
    def publish(self, story: int, rules: tuple[str, ...], source: str, commentary: bool, count: int) -> None:
        for _ in range(count):
            self.world.publish(story, rules, source, commentary)
        self.did("publish")

    @rule(story=stories, rules=matched, source=sources)
    def flash(self, story: int, rules: tuple[str, ...], source: str) -> None:
        """News, and the time that a group waits."""
        self.world.publish(story, rules, source, False)
        self.judge.look()
        self.world.now += timedelta(seconds=31)
        self.tick("publish and tick")

    @rule(story=stories, count=some.integers(3, 6))
    def flood(self, story: int, count: int) -> None:
        self.publish(story, ("storm",), "wire", False, count)

    @precondition(lambda self: self.world.news)
    @rule(chosen=chosen)
    def publish_again(self, chosen: int) -> None:
        known = list(self.world.news)
        self.world.publish_again(known[chosen % len(known)])
        self.did("publish again")

    # Time.

    @rule(seconds=some.sampled_from(_NAPS))
    def sleep(self, seconds: int) -> None:
        """The clock jumps, as over a machine that slept."""
        self.world.now += timedelta(seconds=seconds)
        self.tick("sleep")

    @rule(length=some.sampled_from([40, 120, 3700, 12 * 3600, 30 * 3600]))
    def pass_time(self, length: int) -> None:
        """The daemon works as time passes."""
        end = self.world.now + timedelta(seconds=length)
        for _ in range(_MOST_WAKES):
            self.tick("tick")
            at = self.world.wakes()
            if at is None or at > end:
                break
            self.world.now = max(at, self.world.now + timedelta(seconds=1))
        self.tick("pass time")

    @rule(channel=channels, late=some.sampled_from([-1, 0, 1]), what=some.sampled_from(["quiet", "digest"]))
    def edge(self, channel: str, late: int, what: str) -> None:
        """To the second where quiet hours begin or end, or where something that is held is let go."""
        at = self._let_go(channel) if what == "digest" else self._night(channel)
        if at is None:
            return
        self.world.now = max(self.world.now, at + timedelta(seconds=late))
        self.tick(what + " tick")

    def _let_go(self, channel: str) -> datetime | None:
        held = [row.held_until for row in self.judge.rows.values() if row.state == "held" and row.channel == channel]
        return min(held, default=None)

    def _night(self, channel: str) -> datetime | None:
        """The next moment at which the clock on the wall goes over the edge of quiet hours."""
        shape, at = self.judge.shape(channel), self.world.now.replace(second=0, microsecond=0)
        if shape.quiet is None:
            return None
        now = asleep(shape, at)
        for _ in range(52):
            if asleep(shape, at + 30 * MINUTE) is not now:
                break
            at += 30 * MINUTE
        return next((at + one * MINUTE for one in range(31) if asleep(shape, at + one * MINUTE) is not now), None)

    # What receivers do.

    @rule(
        channel=channels,
        answers=some.lists(some.sampled_from([one for one in Answer if one is not Answer.OFF]), min_size=1, max_size=6),
    )
    def answer(self, channel: str, answers: list[Answer]) -> None:
        self.world.receivers[channel].answers.extend(answers)
        self.did("answer")

    @rule(channel=channels, what=some.sampled_from([Answer.BUSY, Answer.NEW_CODE, Answer.UNHEARD, Answer.REFUSED]))
    def outage(self, channel: str, what: Answer) -> None:
        self.world.receivers[channel].answers.extend([what] * 30)
        self.did("outage")

    @rule(channel=channels, what=some.sampled_from(["off", "mend", "mend", "hide", "delete root"]), chosen=chosen)
    def receiver(self, channel: str, what: str, chosen: int) -> None:
        receiver = self.world.receivers[channel]
        match what:
            case "off":
                receiver.answers.appendleft(Answer.OFF)
            case "mend":
                receiver.answers.clear()
                self.world.switch_on(channel)
            case "hide":
                self.world.receivers["bot"].looks.append(list(Look)[chosen % len(Look)])
            case "delete root" if roots := self.world.receivers["bot"].roots():
                self.world.receivers["bot"].deleted.add(roots[chosen % len(roots)].ref)
        self.did(what)

    # Deaths.

    @rule(count=some.integers(1, 12))
    def crash(self, count: int) -> None:
        self.world.armed = ("", count)
        self.did("crash at k")

    @rule(point=some.sampled_from(POINTS), count=some.integers(1, 3))
    def crash_at(self, point: str, count: int) -> None:
        self.world.armed = (point, count)
        self.did("crash at point")

    # What people do.

    @rule(
        what=some.sampled_from(
            [(MuteKind.STORY, "1"), (MuteKind.STORY, "2"), (MuteKind.SOURCE, "wire"), (MuteKind.RULE, "news")]
        ),
        length=some.sampled_from([MINUTE, HOUR, 9 * HOUR]),
    )
    def mute(self, what: tuple[MuteKind, str], length: timedelta) -> None:
        self.world.mute(*what, length)
        self.did("mute")

    @rule(what=some.sampled_from(PERSON), channel=channels, chosen=chosen)
    def person(self, what: str, channel: str, chosen: int) -> None:
        world = self.world
        match what:
            case "unmute" if live := [one for one in world.muted if one.until > world.now]:
                world.unmute(live[chosen % len(live)])
            case "reload":
                world.reload(channel, chosen % len(CONFIGS[channel]))
            case "merge":
                into, other = (world.story(one) for one in ((1, 2), (2, 1), (2, 3), (3, 1))[chosen % 4])
                if into != other:
                    world.merge(into, other)
            case "retry dead":
                world.retry_dead()
            case "restart":
                world.restart()
        self.did(what)

    # The end.

    def teardown(self) -> None:
        if self.world is None:
            return
        try:
            if not self.world.blames:
                self.drain()
        finally:
            self.world.close()

    def drain(self) -> None:
        """All is well again, dead ones get another chance, and time passes until nothing is owed."""
        world: Any = self.world
        world.armed = None
        for channel, shape in world.chosen.items():
            if CONFIGS[channel][shape].absent:
                world.reload(channel, 0)
        for receiver in world.receivers.values():
            receiver.answers.clear()
            receiver.looks.clear()
        world.restart()
        world.retry_dead()
        end = world.now + 6 * DAY
        for _ in range(_DRAIN):
            self.tick("drain tick")
            if all(row.state not in NO_OUTCOME for row in self.judge.rows.values()):
                break
            world.now = max(world.wakes() or end, world.now + timedelta(seconds=1))
            if world.now > end:
                break
        self.judge.settle()
        self.judged()
