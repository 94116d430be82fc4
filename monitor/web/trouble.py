"""What stands in the way of alerts, in words: a banner on every page, a line of /healthz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.notices import Shut, Stuck, stuck_words
from alerts.wording import counted, listed, when
from monitor.config import Config
from monitor.pipeline.notices import shut, stuck
from monitor.store import lanes


@dataclass(frozen=True, slots=True)
class Trouble:
    """One banner: what is wrong, and what to do about it, the last of it as a command."""

    said: str
    todo: str
    command: str


@dataclass(frozen=True, slots=True)
class Obstacles:
    """The channels of the config that are switched off, and those that delivered nothing for an hour."""

    shut: tuple[Shut, ...] = ()
    stuck: tuple[Stuck, ...] = ()

    def troubles(self, timezone: str) -> list[Trouble]:
        """A banner for each channel."""
        waiting = {one.channel: one.count for one in self.stuck}
        closed = {one.channel for one in self.shut}
        off = [_off(one, waiting.get(one.channel, 0), timezone) for one in self.shut]
        return off + [_late(one, timezone) for one in self.stuck if one.channel not in closed]

    def words(self, timezone: str) -> str:
        """For anybody who may ask: how much and since when, not what a server said; "" when nothing is in the way."""
        parts = []
        if self.shut:
            parts.append(f"{counted(len(self.shut), 'channel')} switched off ({_names(self.shut)})")
        if self.stuck:
            since = when(min(one.since for one in self.stuck), timezone)
            count = counted(sum(one.count for one in self.stuck), "alert")
            parts.append(f"{count} not delivered since {since} ({_names(self.stuck)})")
        told = "; ".join(parts)
        return f"degraded: {told}: `storywatch doctor --channels` says what to do" if told else ""


def obstacles(tx: Connection, config: Config, now: datetime) -> Obstacles:
    """What keeps alerts from arriving now."""
    known = {one.id for one in config.channels}
    closed = [one for one in shut(lanes.lanes(tx, now)) if one.channel in known]
    return Obstacles(tuple(closed), stuck(tx, config, now))


def _names(found: Sequence[Shut | Stuck]) -> str:
    return listed(tuple(one.channel for one in found), 5)


def _off(one: Shut, waiting: int, timezone: str) -> Trouble:
    wait = f" {counted(waiting, 'alert')} {'waits' if waiting == 1 else 'wait'}." if waiting else ""
    said = f"Channel {one.channel} is switched off since {when(one.since, timezone)}: {one.reason}.{wait}"
    return Trouble(said, "Mend the cause, then run", f"storywatch alerts test {one.channel}")


def _late(one: Stuck, timezone: str) -> Trouble:
    todo = "Each is tried again; to see what is wrong with the channel, run"
    return Trouble(f"{stuck_words(one, timezone)}.", todo, "storywatch doctor --channels")
