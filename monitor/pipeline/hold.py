"""Between owed and composed: what may go now, what is held, what is silenced, and what is let go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts import calm
from alerts.calm import Asked, Habits, Hold, Send, Suppress
from alerts.tally import Rate, Tally, what
from monitor.config import FeedChannel
from monitor.config.values import Adaptive
from monitor.crashpoint import crashpoint
from monitor.model import Delivery, Destination, Mute, Ping, Severity
from monitor.store import holds, mutes
from monitor.watch import Watch

# What is composed and would be due in quiet hours is put off in steps: no due time lies further than a retry's.
_STEP = timedelta(hours=1)
_SOON = timedelta(minutes=5)
_DAY = timedelta(days=1)


@dataclass
class Desk:
    """What deciding needs besides the deliveries, as one transaction finds it."""

    watch: Watch
    habits: dict[str, Habits]
    tally: Tally
    mutes: tuple[Mute, ...]
    budget: Rate | None
    last: dict[Destination, datetime] = field(default_factory=dict)
    collecting: dict[Destination, tuple[datetime, datetime]] = field(default_factory=dict)

    def asked(self, delivery: Delivery, sources: frozenset[str]) -> Asked:
        known = [self.watch.rules[one] for one in delivery.rules if one in self.watch.rules]
        place = delivery.destination
        rules = calm.wanting(known, place.channel)
        return Asked(delivery, rules, sources, self.last.get(place), self.collecting.get(place))


def desk(tx: Connection, watch: Watch, now: datetime) -> Desk:
    """Read what the decisions of one moment need."""
    zone, channels = watch.config.watch.timezone, watch.config.channels
    habits = {one.id: calm.habits(one, zone) for one in channels}
    adaptive = [name for name, own in habits.items() if isinstance(own.digest, Adaptive)]
    found = Desk(watch, habits, _tally(tx, watch, now), mutes.active(tx, now), watch.config.alerts.budget)
    if adaptive:
        found.last = holds.last_told(tx, adaptive, now - _DAY, now)
        found.collecting = holds.collecting(tx, calm.COLLECTED)
    return found


def _tally(tx: Connection, watch: Watch, now: datetime) -> Tally:
    limited = {rule.id: rule for rule in watch.rules.values() if rule.limit is not None}
    rates = [rule.limit for rule in limited.values()] + [one.limit for one in watch.config.channels]
    spans = [rate[1] for rate in (*rates, watch.config.alerts.budget) if rate is not None]
    if not spans:
        return Tally()
    names = {rule.id: rule.channels for rule in limited.values()}
    channels = [one.id for one in watch.config.channels]
    pulled = {one.id for one in watch.config.channels if isinstance(one, FeedChannel)}
    pings = holds.pings(tx, channels, now - max(spans), now, names)
    return Tally.of(one for one in pings if one.destination.channel not in pulled)


def decided(tx: Connection, found: Desk, due: Sequence[Delivery], now: datetime) -> Iterator[Delivery]:
    """Carry out what is decided about due deliveries, one by one; yields those that are to be composed now."""
    sources = _sources(tx, found, due)
    held: defaultdict[Hold, list[int]] = defaultdict(list)
    collected: dict[Destination, datetime] = {}
    for delivery in due:
        asked = found.asked(delivery, sources.get(delivery.id, frozenset()))
        own = found.habits[delivery.destination.channel]
        decision = calm.plan(asked, own, found.tally, found.mutes, found.budget, now)
        match decision:
            case Send(severity, rules):
                if severity is not delivery.severity:
                    holds.rank(tx, delivery.id, severity)
                _count(found, delivery, rules, now)
                yield delivery
            case Hold(until, reason, _):
                held[decision].append(delivery.id)
                if reason == calm.COLLECTED:
                    collected[delivery.destination] = until
                    _collect(found, delivery.destination, until, now)
            case Suppress(reason):
                holds.suppress(tx, delivery.id, reason)
    for hold, ids in held.items():
        holds.hold(tx, ids, hold.until, hold.reason, hold.severity)
    for place, until in collected.items():
        holds.collect(tx, place, calm.COLLECTED, until)


def _count(found: Desk, delivery: Delivery, rules: tuple[str, ...], now: datetime) -> None:
    if found.habits[delivery.destination.channel].pulled:
        return
    alone = delivery.kind in calm.TOLD
    found.tally.add(Ping(what(delivery), delivery.destination, rules if alone else (), now, alone))
    found.last[delivery.destination] = now


def _collect(found: Desk, place: Destination, until: datetime, now: datetime) -> None:
    since = found.collecting.get(place, (now, until))[0]
    found.collecting[place] = (since, until)


def _sources(tx: Connection, found: Desk, due: Sequence[Delivery]) -> dict[int, frozenset[str]]:
    """Only a mute asks who tells something."""
    return holds.sources_of(tx, due) if found.mutes else {}


def release(tx: Connection, watch: Watch, now: datetime) -> int:
    """Let go what was held until now: one digest for each destination; returns how many digests were made."""
    waiting = holds.due(tx, now)
    if not waiting:
        return 0
    found, made = desk(tx, watch, now), 0
    for place, rows in waiting.items():
        own = found.habits.get(place.channel)
        if own is None:
            # Its channel is gone from the config: what is pending for it is told to be so.
            holds.let_go(tx, [one.id for one in rows], now)
            continue
        messages = [one for one in rows if one.kind not in calm.TOLD]
        holds.let_go(tx, [one.id for one in messages], now)
        for one in messages:
            _count(found, one, (), now)
        made += _release(tx, found, own, _audible(tx, found, own, rows), now)
        crashpoint("G4")
    return made


def _audible(tx: Connection, found: Desk, own: Habits, rows: Sequence[Delivery]) -> list[Delivery]:
    """What was not muted while it was held."""
    told = [one for one in rows if one.kind in calm.TOLD]
    sources, kept = _sources(tx, found, told), []
    for one in told:
        reason = calm.muted(found.asked(one, sources.get(one.id, frozenset())), own, found.mutes)
        if reason:
            holds.suppress(tx, one.id, reason)
        else:
            kept.append(one)
    return kept


def _release(tx: Connection, found: Desk, own: Habits, rows: Sequence[Delivery], now: datetime) -> bool:
    ready = [one for one in rows if one.severity is Severity.CRITICAL]
    others = [one for one in rows if one.severity is not Severity.CRITICAL]
    severity = Severity.CRITICAL if ready else Severity.NORMAL
    if others:
        until = calm.release(Severity.NORMAL, others[0], own, found.tally, now)
        if until is None:
            ready = list(rows)
        else:
            holds.put_off(tx, [one.id for one in others], until)
    if not ready:
        return False
    place = ready[0].destination
    made = holds.gather(tx, place, ready, severity, now)
    found.tally.add(Ping(("message", made, None), place, (), now, alone=False))
    return True


def rest(tx: Connection, watch: Watch, now: datetime) -> None:
    """What was composed before the quiet hours and is not delivered yet waits for their end, too."""
    zone = watch.config.watch.timezone
    for channel in watch.config.channels:
        until = calm.resting(calm.habits(channel, zone), now)
        if until is not None:
            holds.rest(tx, channel.id, min(now + _SOON, until), min(now + _STEP, until))
