"""Whether an alert that is due may interrupt somebody now: send it, hold it until then, or suppress it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.hours import next_digest, quiet_until
from alerts.owing import MUTED
from alerts.tally import Rate, Tally, room_at, what
from alerts.wording import when
from monitor.config import ChannelConfig, FeedChannel
from monitor.config.values import Adaptive, Window
from monitor.model import Delivery, DeliveryKind, Mute, MuteKind, Rule, Severity

BUILT_IN_DIGEST = (time(8, 0),)
STORM = "storm"
COLLECTED = "collected for the next digest"
_LOW = "low severity waits for the digest"
_COMMENTARY = "commentary waits for the digest"
_DIGEST = "waits for the digest"
# An alert or a notice of an edit; what is told to the owner, a digest and a summary are messages of their own kind.
TOLD = (DeliveryKind.DEVELOPMENT, DeliveryKind.EDIT)


@dataclass(frozen=True, slots=True)
class Habits:
    """When a destination wants to hear: quiet hours, digest (times of day or adaptive), most messages.

    `pulled`: it is read when its readers want, so nothing interrupts and nothing is held.
    """

    zone: ZoneInfo
    quiet: Window | None = None
    digest: tuple[time, ...] | Adaptive = ()
    limit: Rate | None = None
    pulled: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A due delivery, the rules that want it at its destination, and the sources that tell its development.

    `last`: when its destination last heard anything; `collecting`: since and until when its adaptive digest collects.
    """

    delivery: Delivery
    rules: tuple[Rule, ...] = ()
    sources: frozenset[str] = frozenset()
    last: datetime | None = None
    collecting: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Tell it now; `severity` is the highest of the rules that are not muted, `rules` are those."""

    severity: Severity
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep it until then, for this reason; `severity` as in Send."""

    until: datetime
    reason: str
    severity: Severity = Severity.NORMAL


@dataclass(frozen=True, slots=True)
class Suppress:
    """Somebody muted it."""

    reason: str


Decision = Send | Hold | Suppress


def habits(channel: ChannelConfig, timezone: str) -> Habits:
    """The habits of a channel's destinations; `timezone` is the watch's."""
    pulled = isinstance(channel, FeedChannel)
    return Habits(ZoneInfo(channel.timezone or timezone), channel.quiet, channel.digest, channel.limit, pulled)


def wanting(rules: Sequence[Rule], channel: str) -> tuple[Rule, ...]:
    """The rules among these that go to a channel; all of them where a reload left none that does."""
    return tuple(rule for rule in rules if not rule.channels or channel in rule.channels) or tuple(rules)


def plan(
    asked: Asked, own: Habits, tally: Tally, mutes: Collection[Mute], budget: Rate | None, now: datetime
) -> Decision:
    """Decide about one delivery that is due and not composed yet.

    A mute silences everything. Then a critical alert goes, unless each of its own rules is over its own limit.
    """
    delivery = asked.delivery
    if delivery.kind not in TOLD:
        return _message(delivery, own, now)
    silence = muted(asked, own, mutes)
    if silence:
        return Suppress(silence)
    heard = _unmuted(asked.rules, mutes)
    severity = _severity(delivery, heard)
    send = Send(severity, tuple(rule.id for rule in heard))
    if own.pulled:
        return send
    if severity is Severity.CRITICAL:
        return _over_rules(asked, heard, tally, severity, now) or send
    held = (
        _gathered(asked, own, severity, now)
        or _over_night(own, severity, now)
        or _over_rules(asked, heard, tally, severity, now)
        or _over_place(delivery, own, tally, severity, now)
        or _over_budget(delivery, own, tally, budget, severity, now)
    )
    return send if held is None else _outside_quiet(held, own)


def release(severity: Severity, delivery: Delivery, own: Habits, tally: Tally, now: datetime) -> datetime | None:
    """When what was held may be told in one message, if not now; `delivery` is any of it."""
    if severity is Severity.CRITICAL:
        return None
    return resting(own, now) or room_at(
        tally.places.get(delivery.destination, {}), own.limit, ("release", delivery.id, None), now
    )


def resting(own: Habits, now: datetime) -> datetime | None:
    """When a destination's quiet hours end, if it has them now."""
    return quiet_until(own.quiet, own.zone, now)


def muted(asked: Asked, own: Habits, mutes: Collection[Mute]) -> str:
    """The reason why nobody wants to hear this, or ""."""
    by = {(one.kind, one.target): one for one in mutes}
    story = by.get((MuteKind.STORY, str(asked.delivery.story_id)))
    if story is not None:
        return _silence(story, f"story s{story.target}", own)
    sources = [by.get((MuteKind.SOURCE, one)) for one in sorted(asked.sources)]
    names = [rule.id for rule in asked.rules] or list(asked.delivery.rules)
    rules = [by.get((MuteKind.RULE, one)) for one in names]
    for found in (sources, rules):
        silent = [one for one in found if one is not None]
        if silent and len(silent) == len(found):
            last = max(silent, key=lambda one: one.until)
            return _silence(last, f"{last.kind.value} {last.target}", own)
    return ""


def _silence(mute: Mute, name: str, own: Habits) -> str:
    said = f" ({mute.note})" if mute.note else ""
    return f"{MUTED}{name} until {when(mute.until, str(own.zone))} by {mute.who or 'somebody'}{said}"


def _unmuted(rules: Sequence[Rule], mutes: Collection[Mute]) -> tuple[Rule, ...]:
    silent = {one.target for one in mutes if one.kind is MuteKind.RULE}
    return tuple(rule for rule in rules if rule.id not in silent)


def _severity(delivery: Delivery, rules: Sequence[Rule]) -> Severity:
    """The highest of the rules; an edit of what is known is never critical."""
    found = max((rule.severity for rule in rules), key=lambda one: one.rank, default=delivery.severity)
    edit = delivery.kind is DeliveryKind.EDIT
    return Severity.NORMAL if edit and found is Severity.CRITICAL else found


def _message(delivery: Delivery, own: Habits, now: datetime) -> Decision:
    """A digest, a first import's summary and a word to the owner wait for the morning, and for nothing else."""
    until = resting(own, now)
    if until is None or delivery.severity is Severity.CRITICAL:
        return Send(delivery.severity)
    return Hold(until, _quiet_reason(own), delivery.severity)


def _gathered(asked: Asked, own: Habits, severity: Severity, now: datetime) -> Hold | None:
    """What is told in a digest: low severity and commentary always, everything where the destination has one."""
    reason = _LOW if severity is Severity.LOW else _COMMENTARY if asked.delivery.commentary else ""
    if isinstance(own.digest, Adaptive):
        until = _adaptive(asked, own.digest, now, wait=bool(reason))
        return None if until is None else Hold(until, COLLECTED, severity)
    if reason or own.digest:
        return Hold(_next(own, now), reason or _DIGEST, severity)
    return None


def _adaptive(asked: Asked, digest: Adaptive, now: datetime, *, wait: bool) -> datetime | None:
    """When the next digest goes: soon after a calm, later with each alert that joins, never later than the longest.

    None: it may go at once, because the destination heard nothing for the shortest wait.
    """
    last = asked.last
    if asked.collecting is not None and asked.collecting[1] > now:
        since, until = asked.collecting
        return max(until, min(until + digest.step, since + digest.longest))
    if last is None or last + digest.shortest <= now:
        return now + digest.longest if wait else None
    return last + digest.shortest


def _next(own: Habits, now: datetime) -> datetime:
    times = own.digest if own.digest and not isinstance(own.digest, Adaptive) else BUILT_IN_DIGEST
    return next_digest(times, own.zone, now)


def _over_night(own: Habits, severity: Severity, now: datetime) -> Hold | None:
    until = resting(own, now)
    return None if until is None else Hold(until, _quiet_reason(own), severity)


def _quiet_reason(own: Habits) -> str:
    return "quiet hours" if own.quiet is None else f"quiet hours {own.quiet.start:%H:%M}-{own.quiet.end:%H:%M}"


def _over_rules(asked: Asked, rules: Sequence[Rule], tally: Tally, severity: Severity, now: datetime) -> Hold | None:
    """Held only when every rule is over its limit, until the first of them has room."""
    new = what(asked.delivery)
    rooms = [(room_at(tally.rules.get(rule.id, {}), rule.limit, new, now), rule) for rule in rules]
    over = [(at, rule) for at, rule in rooms if at is not None]
    if not over or len(over) < len(rooms):
        return None
    until, rule = min(over, key=lambda one: one[0])
    return Hold(until, f"{STORM}: rule {rule.id} told {_rate(rule.limit)} already", severity)


def _over_place(delivery: Delivery, own: Habits, tally: Tally, severity: Severity, now: datetime) -> Hold | None:
    until = room_at(tally.places.get(delivery.destination, {}), own.limit, what(delivery), now)
    if until is None:
        return None
    return Hold(until, f"{STORM}: {delivery.destination.channel} got {_rate(own.limit)} already", severity)


def _over_budget(
    delivery: Delivery, own: Habits, tally: Tally, budget: Rate | None, severity: Severity, now: datetime
) -> Hold | None:
    if room_at(tally.alone, budget, what(delivery), now) is None:
        return None
    return Hold(_next(own, now), f"budget: {_rate(budget)} were told on their own already", severity)


def _outside_quiet(held: Hold, own: Habits) -> Hold:
    """The same, but not released into quiet hours."""
    return Hold(quiet_until(own.quiet, own.zone, held.until) or held.until, held.reason, held.severity)


def _rate(rate: Rate | None) -> str:
    most, span = rate or (0, timedelta(0))
    return f"{most} in {_SPANS.get(span, str(span))}"


_SPANS = {timedelta(minutes=1): "a minute", timedelta(hours=1): "an hour", timedelta(days=1): "a day"}
