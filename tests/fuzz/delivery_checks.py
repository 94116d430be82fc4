"""The promises that must hold whatever happens, judged by what the receivers saw and by rows; never by our own code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from delivery_receivers import AGAIN, LONGEST_PAUSE, PAUSES, TAKES, Answer, Post, Receiver
from delivery_watch import BUDGET, CONFIGS, RULES, STORM_LIMIT, Shape
from delivery_world import Muted, News, World
from sqlalchemy import select, text

from monitor.model import Delivery, Destination, MuteKind
from monitor.store.tables import attempt
from monitor.store.tables import delivery as table

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEADLINE, FEWEST = 3 * DAY, 5
FINAL = ("sent", "merged", "suppressed")
NO_OUTCOME = ("pending", "sending", "ambiguous", "held")


def asleep(shape: Shape, now: datetime) -> bool:
    """Whether the clock on the wall shows quiet hours."""
    if shape.quiet is None:
        return False
    begin, end = shape.quiet
    shown = now.astimezone(ZoneInfo(shape.zone)).strftime("%H:%M")
    return shown >= begin or shown < end if begin > end else begin <= shown < end


def clocks_change(shape: Shape, moment: datetime) -> bool:
    zone = ZoneInfo(shape.zone)
    return (moment - DAY).astimezone(zone).utcoffset() != (moment + DAY).astimezone(zone).utcoffset()


@dataclass
class Judge:
    """Watches every message that is offered or taken, and every row that changes."""

    world: World
    rows: dict[int, Any] = field(default_factory=dict)
    bytes: dict[int, tuple[str, str]] = field(default_factory=dict)
    pauses: dict[str, datetime] = field(default_factory=dict)
    was_dead: set[int] = field(default_factory=set)

    # While a message is on its way.

    def offered(self, receiver: Receiver, delivery: Delivery) -> None:
        """A channel's `send` begins: whether this message may go now, as it is."""
        world, name = self.world, f"x{delivery.id} to {receiver.id}"
        self._check_intent(delivery, name)
        told = delivery.key, "" if delivery.message is None else delivery.message.body
        if self.bytes.setdefault(delivery.id, told) != told:
            world.blame(f"{name}: another try has other bytes")
        if world.now < self.pauses.get(receiver.id, world.now):
            world.blame(f"{name}: sent in a pause that lasts until {self.pauses[receiver.id]}")
        if receiver.id in world.off:
            world.blame(f"{name}: sent through a channel that is off")
        if asleep(self.shape(receiver.id), world.now) and not self.critical(told[1], receiver.id, delivery):
            world.blame(f"{name}: sent in quiet hours")
        if receiver.count(delivery.id) and not delivery.may_repeat:
            world.blame(f"{name}: repeated without a mark")
        if receiver.reconciles and receiver.count(delivery.id) and not self._excused(receiver, delivery):
            world.blame(f"{name}: repeated although the receiver would have shown it")

    def _check_intent(self, delivery: Delivery, name: str) -> None:
        earlier = (
            table.c.id < delivery.id,
            table.c.story_id == delivery.story_id,
            table.c.channel == delivery.destination.channel,
            table.c.address == delivery.destination.address,
            table.c.state.in_(("pending", "sending", "ambiguous")),
        )
        intent = select(attempt.c.number).where(attempt.c.delivery_id == delivery.id, attempt.c.outcome.is_(None))
        with self.world.store.read() as tx:
            state = tx.scalar(select(table.c.state).where(table.c.id == delivery.id))
            overtaken = tx.scalars(select(table.c.id).where(*earlier)).all()
            intents = tx.scalars(intent).all()
        if state != "sending" or len(intents) != 1:
            self.world.blame(f"{name}: sent while it is {state} with {len(intents)} intents")
        if overtaken and delivery.story_id is not None:
            self.world.blame(f"{name}: overtakes x{overtaken[0]}")

    def _excused(self, receiver: Receiver, delivery: Delivery) -> bool:
        """The receiver did not show it when it was asked, or somebody deleted it there."""
        refs = {one.ref for one in receiver.posts if one.delivery.id == delivery.id}
        return delivery.id in receiver.hidden or bool(refs & receiver.deleted)

    def took(self, receiver: Receiver, post: Post) -> None:
        """A message was taken: threads, and nothing told twice."""
        world, one = self.world, post.delivery
        place, story = one.destination, world.story(one.story_id or 0)
        for other in receiver.posts:
            if other is post or other.delivery.destination != place:
                continue
            both = set(other.turns) & set(post.turns)
            if both and other.delivery.id != one.id:
                world.blame(f"x{one.id} tells d{min(both)} which x{other.delivery.id} told")
            if other.ref != post.ref and self._doubled(receiver, post, other, story):
                world.blame(
                    f"x{one.id}: a second root in s{story} at {place} beside {other.ref} of x{other.delivery.id}"
                )
        if one.thread_ref and receiver.threads and not self._belongs(receiver, one, story):
            world.blame(f"x{one.id} joins {one.thread_ref}, which is no root of s{story} at {place}")

    def _doubled(self, receiver: Receiver, post: Post, other: Post, story: int) -> bool:
        """A new root beside one that stands and that we know of; merging two stories makes no new one."""
        known = other.root and other.ref in receiver.recorded and other.ref not in receiver.deleted
        same = other.delivery.story_id is not None and self.world.story(other.delivery.story_id) == story
        return receiver.threads and post.root and known and same and one_story(post) and not self._lost(receiver, story)

    def _lost(self, receiver: Receiver, story: int) -> bool:
        """Once the root that we keep is deleted, another root of merged stories may stand unnoticed."""
        merged = story in self.world.merged.values()
        gone = {one.ref for one in receiver.posts if one.root and self.world.story(one.delivery.story_id or 0) == story}
        return merged and bool(gone & receiver.deleted)

    def _belongs(self, receiver: Receiver, one: Delivery, story: int) -> bool:
        return any(
            post.root
            and post.ref == one.thread_ref
            and post.delivery.destination == one.destination
            and self.world.story(post.delivery.story_id or 0) == story
            for post in receiver.posts
        )

    def recorded(self, receiver: Receiver, delivery: Delivery) -> None:
        """A try is over and its result committed: a pause and a channel that is off hold from now on."""
        answer = receiver.last[delivery.id]
        if answer in PAUSES:
            self.pauses[receiver.id] = self.world.now + timedelta(seconds=min(PAUSES[answer], LONGEST_PAUSE))
        elif answer is Answer.OFF:
            self.world.off.add(receiver.id)

    # After each thing that happened.

    def look(self) -> None:
        """Compare the rows with those of the last look; the clock stood still meanwhile."""
        with self.world.store.read() as tx:
            found = {row.id: row for row in tx.execute(select(table))}
        for number, row in found.items():
            before = self.rows.get(number)
            if before is None or (before.state, before.body) != (row.state, row.body):
                self._changed(before, row)
            if before is not None and before.may_repeat and not row.may_repeat:
                self.world.blame(f"x{number} forgot that it may be a repeat")
        if missing := self.rows.keys() - found.keys():
            self.world.blame(f"deliveries {sorted(missing)} are gone")
        for receiver in self.world.receivers.values():
            receiver.recorded |= {row.provider_ref for row in found.values() if row.state == "sent"}
        self.rows = found

    def _changed(self, before: Any, row: Any) -> None:
        world, name = self.world, f"x{row.id}"
        if before is not None and before.state in ("sent", "merged") and row.state != before.state:
            world.blame(f"{name} was {before.state} and is {row.state}")
        if row.state in ("held", "merged", "suppressed") and not row.reason:
            world.blame(f"{name} is {row.state} without a reason")
        composed = row.body is not None and (before is None or before.body is None)
        if row.development_id is not None and (composed or row.state == "merged") and self.muted(row, world.muted):
            world.blame(f"{name} is told although it is muted")
        if row.state == "suppressed" and not (row.reason.startswith("muted: ") and self.muted(row, world.muted)):
            world.blame(f"{name} is suppressed although nothing mutes it: {row.reason}")
        if row.state == "sent" and not world.receivers[row.channel].count(row.id):
            world.blame(f"{name} is said to be sent and was never taken")
        if row.state == "held":
            self._check_held(row)
        if row.state == "dead":
            self._check_dead(row)

    def _check_held(self, row: Any) -> None:
        world, shape = self.world, self.shape(row.channel)
        if row.held_until is None or not world.now < row.held_until < world.now + timedelta(hours=50):
            world.blame(f"x{row.id} is held until {row.held_until}")
        elif row.reason.startswith("quiet hours") and not (asleep(shape, world.now) or clocks_change(shape, world.now)):
            world.blame(f"x{row.id} is held for quiet hours by day")

    def _check_dead(self, row: Any) -> None:
        self.was_dead.add(row.id)
        world, receiver = self.world, self.world.receivers[row.channel]
        if not row.last_error:
            world.blame(f"x{row.id} is dead without a reason")
        if self.shape(row.channel).absent or receiver.last.get(row.id) is Answer.REFUSED:
            return
        patience = DAY if receiver.last.get(row.id) is Answer.NEW_CODE else DEADLINE
        if world.now - row.created < patience or receiver.tries[row.id] + self.cut_off(row.id) < FEWEST:
            world.blame(f"x{row.id} died of {row.last_error!r} after {receiver.tries[row.id]} tries")

    def cut_off(self, number: int) -> int:
        """How many tries ended with the process."""
        ended = attempt.c.detail.startswith("the process ended")
        with self.world.store.read() as tx:
            return len(tx.scalars(select(attempt.c.number).where(attempt.c.delivery_id == number, ended)).all())

    def after_tick(self) -> None:
        """A whole pass is over: what was held until now is let go."""
        for row in self.rows.values():
            if row.state == "held" and row.held_until <= self.world.now:
                self.world.blame(f"x{row.id} is held still, until {row.held_until}")
            waits = row.state in ("pending", "ambiguous") and row.due_at - self.world.now
            if waits and waits > 1.1 * timedelta(hours=1, seconds=AGAIN):
                self.world.blame(f"x{row.id} waits for {waits}")

    def muted(self, row: Any, mutes: Iterable[Muted]) -> bool:
        """Whether somebody muted the story, the source or every rule that wants this there."""
        news = self.world.news.get(row.development_id)
        live = {(one.kind, one.target) for one in mutes if one.until > self.world.now}
        if news is None or not live:
            return False
        muted_stories = {self.world.story(int(target)) for kind, target in live if kind is MuteKind.STORY}
        wanted = [(MuteKind.RULE, one) in live for one in self.wanting(news, row.channel)]
        return self.world.story(news.story) in muted_stories or (MuteKind.SOURCE, news.source) in live or all(wanted)

    def wanting(self, news: News, channel: str) -> list[str]:
        return [one for one in news.rules if channel in RULES[one]] or list(news.rules)

    def critical(self, body: str, channel: str, delivery: Delivery) -> bool:
        """Whether any of the developments that it tells may wake somebody."""
        ids = [delivery.development_id] if delivery.development_id is not None else self._inside(delivery.id)
        return any("alarm" in self.wanting(self.world.news[one], channel) for one in ids if one in self.world.news)

    def _inside(self, number: int) -> list[int]:
        with self.world.store.read() as tx:
            return list(tx.scalars(select(table.c.development_id).where(table.c.merged_into == number)))

    def shape(self, channel: str) -> Shape:
        return CONFIGS[channel][self.world.chosen[channel]]

    # At the end, when all is well again.

    def settle(self) -> None:
        """Everything came home, is on record, and was never too loud."""
        self._check_journal()
        for (turn, place), _ in self.world.owed.items():
            self._check_told(turn, place)
        for row in self.rows.values():
            if row.state not in FINAL:
                self.world.blame(f"x{row.id} has no end: it is {row.state}, {row.reason or row.last_error}")
        self._check_limits()

    def _check_told(self, turn: int, place: Destination) -> None:
        own = [
            row
            for row in self.rows.values()
            if row.development_id == turn and (row.channel, row.address) == (place.channel, place.address)
        ]
        if len(own) != 1:
            self.world.blame(f"d{turn} is owed to {place} {len(own)} times")
            return
        row, receiver = own[0], self.world.receivers[place.channel]
        into = self.rows[row.merged_into] if row.state == "merged" else row
        posts = [one for one in receiver.posts if one.delivery.id == into.id]
        if row.state != "suppressed" and not any(turn in one.turns or one.more for one in posts):
            self.world.blame(f"d{turn} never reached {place}: x{row.id} is {row.state}")
        if len(posts) > 1 and not into.may_repeat:
            self.world.blame(f"x{into.id} came {len(posts)} times and is not marked")

    def _check_journal(self) -> None:
        open_ = select(attempt.c.delivery_id).where(attempt.c.outcome.is_(None))
        silent = select(attempt.c.delivery_id).where(attempt.c.outcome != "sent", attempt.c.detail == "")
        with self.world.store.read() as tx:
            if found := tx.scalars(open_).all():
                self.world.blame(f"tries without an end: {found}")
            if found := tx.scalars(silent).all():
                self.world.blame(f"tries without a reason: {found}")
            if tx.dialect.name == "sqlite":
                said = tx.execute(text("PRAGMA integrity_check")).scalar()
                if said != "ok" or tx.execute(text("PRAGMA foreign_key_check")).all():
                    self.world.blame(f"the database is broken: {said}")

    def _check_limits(self) -> None:
        """Sliding windows of what interrupts: each message once, critical ones never count, nor what a hand revived."""
        calm = [(at, receiver, one) for at, receiver, one in self._calm()]
        places: dict[Destination, list[tuple[datetime, Any]]] = {}
        alone, storms = [], []
        for at, receiver, one in calm:
            places.setdefault(one.destination, []).append((at, one.id))
            if one.development_id is None:
                continue
            # What may wake somebody anywhere is told everywhere.
            if "alarm" not in self.world.news[one.development_id].rules:
                alone.append((at, one.development_id))
            if self.wanting(self.world.news[one.development_id], receiver.id) == ["storm"]:
                storms.append((at, one.development_id))
        for place, times in places.items():
            self._check_rate(times, HOUR, f"{place}", lambda since, now, place=place: self._limit(place, since, now))
        self._check_rate(alone, DAY, "the budget", lambda _since, _now: BUDGET)
        self._check_rate(storms, HOUR, "rule storm", lambda _since, _now: STORM_LIMIT)

    def _calm(self) -> Iterable[tuple[datetime, Receiver, Delivery]]:
        for receiver, post in self.world.posts:
            one = post.delivery
            body = "" if one.message is None else one.message.body
            if one.id not in self.was_dead and not self.critical(body, receiver.id, one):
                yield post.at, receiver, one

    def _limit(self, place: Destination, since: datetime, now: datetime) -> int | None:
        """The most generous limit in force since the oldest of them was composed; None: there was none."""
        history = self.world.history
        ends = [at for at, _ in history[1:]] + [now + HOUR]
        shapes = [
            CONFIGS[place.channel][chosen[place.channel]]
            for (at, chosen), end in zip(history, ends, strict=True)
            if at <= now and end >= since
        ]
        limits = [one.limit for one in shapes]
        return None if None in limits else max((one for one in limits if one is not None), default=None)

    def _check_rate(self, times: list[tuple[datetime, Any]], span: timedelta, name: str, limit: Any) -> None:
        for now, _ in times:
            inside = [(at, what) for at, what in times if now - span < at <= now]
            count = len({what for _, what in inside})
            most = limit(min(self._composed(what, at) for at, what in inside), now)
            if most is not None and count > most:
                self.world.blame(f"{name}: {count} in {span} up to {now}, allowed are {most}")
                return

    def _composed(self, what: int, at: datetime) -> datetime:
        row = self.rows.get(what)
        return at if row is None or row.composed_at is None else min(row.composed_at, at)


def one_story(post: Post) -> bool:
    return post.delivery.story_id is not None


__all__ = ["NO_OUTCOME", "TAKES", "Judge", "asleep"]
