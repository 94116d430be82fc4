"""What its owner is told about Storywatch: dead sources, channels that are off, stuck alerts; once each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.wording import counted, listed, when
from monitor.model import Destination, OwnerNotice, Severity, Topic

DEAD_AFTER = timedelta(hours=24)
STUCK_AFTER = timedelta(hours=1)
_AGAIN_AFTER = timedelta(hours=24)
# Sources that a common cause took down are told together, though their last good checks lie apart.
_TOGETHER = timedelta(hours=1)
_MOST_LINES = 8
_SOURCE = (Topic.SOURCE_DEAD, Topic.SOURCE_BACK)
_CHANNEL = (Topic.CHANNEL_OFF, Topic.CHANNEL_BACK)


@dataclass(frozen=True, slots=True)
class Ailing:
    """A source from which nothing comes: `since` is the last good sign of it, `lasting` for how long that is known."""

    source_id: str
    since: datetime
    lasting: timedelta
    why: str


@dataclass(frozen=True, slots=True)
class Shut:
    """A channel that is switched off."""

    channel: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Alerts that a channel should have delivered an hour ago: how many, since when, and what it answered last."""

    channel: str
    count: int
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice on record. `waiting`: nobody has seen it yet; `withdrawn`: nobody ever will."""

    topic: Topic
    about: str
    since: datetime
    created: datetime
    delivery_id: int
    destination: Destination
    waiting: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How everything is. `working` are the sources that bring news, `channels` the ids of those that are configured."""

    ailing: tuple[Ailing, ...] = ()
    working: frozenset[str] = frozenset()
    shut: tuple[Shut, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Word:
    """A notice to be told. `subjects`: each id that it is about, and since when: what makes it unique.

    `avoid`: channels that cannot tell it; `like`: the destination that heard what this one takes back.
    """

    notice: OwnerNotice
    subjects: tuple[tuple[str, datetime], ...]
    severity: Severity = Severity.NORMAL
    avoid: frozenset[str] = frozenset()
    like: Destination | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The notices to tell now, and those (delivery ids) that are not worth telling any more."""

    words: tuple[Word, ...] = ()
    withdrawn: tuple[int, ...] = ()


def plan(state: State, told: Sequence[Told], timezone: str, now: datetime) -> Plan:
    """Decide what the owner is to hear; `told` are the notices on record, oldest first."""
    latest = {(one.topic, one.about): one for one in told}
    back, mended = _recovered(state, latest, timezone)
    words = [
        *_dead(state, latest, timezone),
        *back,
        *_off(state, latest, timezone),
        *_stuck(state, latest, timezone, now),
    ]
    return Plan(tuple(words), tuple(one.delivery_id for one in mended))


def destination(word: Word, ways: Sequence[Destination], unwell: Collection[str]) -> Destination | None:
    """Where a notice goes: where its trouble was told, else the first way that works; None: there is no way."""
    open_ = [one for one in ways if one.channel not in word.avoid and one.channel not in unwell]
    return word.like if word.like in open_ else next(iter(open_), None)


_Latest = Mapping[tuple[Topic, str], Told]


def _current(latest: _Latest, topics: tuple[Topic, Topic], about: str) -> Told | None:
    """The trouble that was told last and not taken back."""
    trouble, relief = (latest.get((topic, about)) for topic in topics)
    if trouble is None or (relief is not None and relief.since >= trouble.since):
        return None
    return trouble


def _dead(state: State, latest: _Latest, timezone: str) -> Iterator[Word]:
    new = [one for one in state.ailing if _unheard(one, latest)]
    if not any(one.lasting >= DEAD_AFTER for one in new):
        return
    dead = [one for one in new if one.lasting >= DEAD_AFTER - _TOGETHER]
    names = tuple(one.source_id for one in dead)
    title = (
        f"Source {names[0]} brings nothing any more"
        if len(dead) == 1
        else f"{len(dead)} sources bring nothing any more: {listed(names, 5)}"
    )
    lines = [f"{one.source_id}: nothing good since {when(one.since, timezone)}; {one.why}." for one in dead]
    todo = f"What to do: `storywatch sources show {names[0]}` shows its checks; mend its url, or set enabled = false."
    subjects = tuple((one.source_id, one.since) for one in dead)
    yield Word(OwnerNotice(Topic.SOURCE_DEAD, _about(subjects), title, _shortened(lines, todo)), subjects)


def _unheard(one: Ailing, latest: _Latest) -> bool:
    """Not told yet: what was told before counts until the source has worked again."""
    before = _current(latest, _SOURCE, one.source_id)
    return before is None or before.withdrawn or one.since > before.created


def _recovered(state: State, latest: _Latest, timezone: str) -> tuple[list[Word], list[Told]]:
    """What works again: words for those whose trouble was told, and the troubles that need not be told any more."""
    shut = {one.channel for one in state.shut}
    well = [(_SOURCE, state.working), (_CHANNEL, state.channels - shut)]
    over = [
        one for topics, ids in well for about in sorted(ids) if (one := _current(latest, topics, about)) is not None
    ]
    told = [one for one in over if not one.waiting and not one.withdrawn]
    # One that tells of several is wanted as long as one of them is in trouble.
    open_ = {one.delivery_id for one in latest.values() if one not in over}
    mended = [one for one in over if one.waiting and one.delivery_id not in open_]
    groups = [[one for one in told if one.topic is topics[0]] for topics in (_SOURCE, _CHANNEL)]
    return [_back(group, timezone) for group in groups if group], mended


def _back(over: Sequence[Told], timezone: str) -> Word:
    source = over[0].topic is Topic.SOURCE_DEAD
    kind, verb = ("source", "brings news again") if source else ("channel", "is on again")
    names = tuple(one.about for one in over)
    verbs = verb if len(over) == 1 else verb.replace("brings", "bring").replace("is on", "are on")
    lines = tuple(f"{one.about} had been in trouble since {when(one.since, timezone)}." for one in over[:_MOST_LINES])
    title = f"{kind.capitalize()}{'' if len(over) == 1 else 's'} {listed(names, 5)} {verbs}"
    subjects = tuple((one.about, one.since) for one in over)
    topic = Topic.SOURCE_BACK if source else Topic.CHANNEL_BACK
    severity = Severity.NORMAL if source else Severity.CRITICAL
    return Word(OwnerNotice(topic, _about(subjects), title, lines), subjects, severity, like=over[0].destination)


def _off(state: State, latest: _Latest, timezone: str) -> Iterator[Word]:
    for one in state.shut:
        before = latest.get((Topic.CHANNEL_OFF, one.channel))
        if one.channel not in state.channels or (before is not None and before.since >= one.since):
            continue
        lines = (
            f"Since {when(one.since, timezone)} nothing is sent there: {one.reason}.",
            "Its alerts wait and none is lost.",
            f"What to do: mend the cause, then run `storywatch alerts test {one.channel}`.",
        )
        notice = OwnerNotice(Topic.CHANNEL_OFF, one.channel, f"Channel {one.channel} is switched off", lines)
        yield Word(notice, ((one.channel, one.since),), Severity.CRITICAL, frozenset({one.channel}))


def _stuck(state: State, latest: _Latest, timezone: str, now: datetime) -> Iterator[Word]:
    late = [one for one in state.stuck if one.since <= now - STUCK_AFTER]
    new = [one for one in late if not _reminded(one.channel, state, latest, now)]
    if not new:
        return
    count = sum(one.count for one in new)
    names = tuple(one.channel for one in new)
    since = when(min(one.since for one in new), timezone)
    lines = [f"{stuck_words(one, timezone)}." for one in new]
    todo = f"What to do: `storywatch doctor --channels`; `storywatch alerts test {names[0]}` when it is mended."
    subjects = tuple((one.channel, now) for one in new)
    title = f"{counted(count, 'alert')} not delivered since {since}: {listed(names, 5)}"
    notice = OwnerNotice(Topic.UNDELIVERED, _about(subjects), title, _shortened(lines, todo))
    yield Word(notice, subjects, Severity.CRITICAL, frozenset(one.channel for one in state.stuck))


def _reminded(channel: str, state: State, latest: _Latest, now: datetime) -> bool:
    """Whether the owner heard within a day that this channel delivers nothing."""
    said = (latest.get((topic, channel)) for topic in (Topic.UNDELIVERED, Topic.CHANNEL_OFF))
    if any(one is not None and one.created > now - _AGAIN_AFTER for one in said):
        return True
    # That it is off is told in the same breath, where there is somebody to tell it.
    return any(one.channel == channel and one.since > now - _AGAIN_AFTER for one in state.shut)


def stuck_words(one: Stuck, timezone: str) -> str:
    """ "3 alerts not delivered since 2025-03-18 14:05 EET to desk-slack: no answer"."""
    reason = f": {one.reason}" if one.reason else ""
    return f"{counted(one.count, 'alert')} not delivered since {when(one.since, timezone)} to {one.channel}{reason}"


def _shortened(lines: Sequence[str], todo: str) -> tuple[str, ...]:
    more = (f"And {len(lines) - _MOST_LINES} more.",) if len(lines) > _MOST_LINES else ()
    return (*lines[:_MOST_LINES], *more, todo)


def _about(subjects: Sequence[tuple[str, datetime]]) -> str:
    return listed(tuple(about for about, _ in subjects), 20)
