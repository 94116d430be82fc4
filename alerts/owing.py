"""Which rules are owed an article, and which destinations are owed an alert. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.config import ChannelConfig, EmailChannel, SlackChannel
from monitor.model import AlertMode, Destination, Level, Rule, Severity

_EVERY_ARTICLE = frozenset({Level.EXTENDED, Level.TEMPLATE, Level.REWRITE, Level.NEW, Level.COMMENTARY})
_EVERY_COPY = _EVERY_ARTICLE | {Level.COPY, Level.TRUNCATED}


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
