"""Which rules are owed an article, and which destinations are owed an alert. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.config import ChannelConfig, EmailChannel, SlackChannel
from monitor.model import AlertMode, Destination, Level, Rule, Severity

_REPEATS = frozenset({Level.SAME, Level.COPY, Level.TRUNCATED})


def owed_rules(rules: Sequence[Rule], level: Level, *, makes_development: bool) -> tuple[Rule, ...]:
    """The matched rules that may announce a version of this level.

    A rule in developments mode is owed the first of a development's versions that it matches, whatever the level:
    the caller lets it fire and leaves it out when it has fired for that development already.
    """
    return tuple(rule for rule in rules if _owed(rule.alert, level, makes_development))


def _owed(mode: AlertMode, level: Level, makes_development: bool) -> bool:
    if mode is AlertMode.EVERYTHING:
        return level is not Level.SAME
    if mode is AlertMode.ARTICLES:
        return level not in _REPEATS
    return makes_development or level is not Level.COMMENTARY


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
