"""Which rules are owed an article, and which destinations are owed an alert. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from monitor.config import ChannelConfig, EmailChannel, SlackChannel
from monitor.model import AlertMode, Delivery, DeliveryState, Destination, Level, Rule, Severity

FIRST_IMPORT = "first import: told in its summary"
MUTED = "muted: "
KNOWN_BEFORE = "known before: an earlier report was in the corpus, the first import or the story this was split from"

_EVERY_ARTICLE = frozenset({Level.EXTENDED, Level.TEMPLATE, Level.REWRITE, Level.NEW, Level.COMMENTARY})
_EVERY_COPY = _EVERY_ARTICLE | {Level.COPY, Level.TRUNCATED}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What of a version decides who is owed it. `known`: its development counts as announced from the start.

    `placed`: it belongs to the watch, and tells a development of a story.
    """

    level: Level
    placed: bool
    corpus: bool = False
    first_import: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """Who is owed a version: the rules that announce its development with it, in `state` and for `reason`.

    `again`: the rules that announced the development before and want this version told, too.
    """

    first: tuple[Rule, ...] = ()
    state: DeliveryState = DeliveryState.PENDING
    reason: str = ""
    again: tuple[Rule, ...] = ()


def owed(arrival: Arrival, matched: Sequence[Rule], announced: Collection[str]) -> Owed:
    """Decide what the rules that match a version are owed; `announced`: ids of those that fired for its development.

    The one decision behind the alerts of the running daemon and behind "would have alerted".
    """
    if not arrival.placed or arrival.corpus:
        return Owed()
    first = tuple(rule for rule in matched if rule.id not in announced)
    if arrival.first_import:
        return Owed(first, DeliveryState.HELD, FIRST_IMPORT)
    again = told_again([rule for rule in matched if rule.id in announced], arrival.level)
    if arrival.known:
        return Owed(first, DeliveryState.SUPPRESSED, KNOWN_BEFORE, again)
    return Owed(first, again=again)


class Joining(Enum):
    """What becomes of a rule that matches a development which a destination was owed before."""

    DECIDE = "decide"
    TELL = "tell"
    NOTE = "note"


def joining(row: Delivery, rules: Sequence[Rule]) -> Joining:
    """What rules that join later change for a destination: only a critical one pings it once more.

    DECIDE: the delivery itself is to be decided about again, with these rules. TELL: it is out or composed without
    them, and they are told as a turn of their own. NOTE: nobody is disturbed, it is put on record.
    """
    louder = severity(rules) is Severity.CRITICAL and row.severity is not Severity.CRITICAL
    if row.state is DeliveryState.SUPPRESSED:
        return Joining.DECIDE if row.reason.startswith(MUTED) else Joining.TELL if louder else Joining.NOTE
    if row.state is DeliveryState.PENDING and row.message is None:
        return Joining.DECIDE
    if row.state is DeliveryState.HELD and row.held_until is not None and louder:
        return Joining.DECIDE
    return Joining.TELL if louder else Joining.NOTE


def told_again(rules: Sequence[Rule], level: Level) -> tuple[Rule, ...]:
    """The rules that want a version of this level told although they fired for its development before.

    A rule that has not fired for a development yet is owed it at the first version that it matches, whatever the level
    and the mode; that is the caller's to find out.
    """
    wanted = {AlertMode.ARTICLES: _EVERY_ARTICLE, AlertMode.EVERYTHING: _EVERY_COPY}
    return tuple(rule for rule in rules if level in wanted.get(rule.alert, frozenset()))


def destinations(rules: Sequence[Rule], channels: Sequence[ChannelConfig]) -> tuple[Destination, ...]:
    """Where an alert of these rules goes, in the order of the config: the channels of all of them together.

    A rule without channels means every channel; each mail recipient is a destination of its own.
    """
    everywhere = any(not rule.channels for rule in rules)
    wanted = {channel for rule in rules for channel in rule.channels}
    chosen = [channel for channel in channels if everywhere or channel.id in wanted]
    return tuple(place for channel in chosen for place in places(channel))


def places(channel: ChannelConfig) -> tuple[Destination, ...]:
    """The destinations of one channel."""
    if isinstance(channel, EmailChannel):
        return tuple(Destination(channel.id, address) for address in channel.to)
    if isinstance(channel, SlackChannel):
        return (Destination(channel.id, channel.channel),)
    return (Destination(channel.id),)


def severity(rules: Sequence[Rule]) -> Severity:
    """The highest severity among these rules."""
    return max((rule.severity for rule in rules), key=lambda one: one.rank, default=Severity.NORMAL)
