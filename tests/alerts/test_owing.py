"""Which rules are owed an article and where an alert goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.owing import destinations, owed_rules, severity
from monitor.config import ConsoleChannel, EmailChannel, SlackChannel
from monitor.model import AlertMode, Destination, Level, Rule, Severity

REPEATS = {Level.SAME, Level.COPY, Level.TRUNCATED}


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("makes", [True, False])
def test_every_level_in_every_mode(level: Level, makes: bool) -> None:
    rules = [Rule(mode.value, "x", alert=mode) for mode in AlertMode]
    owed = {rule.alert for rule in owed_rules(rules, level, makes_development=makes)}
    assert (AlertMode.EVERYTHING in owed) == (level is not Level.SAME)
    assert (AlertMode.ARTICLES in owed) == (level not in REPEATS)
    assert (AlertMode.DEVELOPMENTS in owed) == (makes or level is not Level.COMMENTARY)


def test_the_order_of_the_rules_is_kept() -> None:
    rules = [Rule("b", "x"), Rule("a", "x"), Rule("c", "x", alert=AlertMode.ARTICLES)]
    assert owed_rules(rules, Level.COPY, makes_development=False) == (rules[0], rules[1])


def test_destinations_unite_the_channels_of_all_rules(
    email_config: Callable[..., EmailChannel], slack_config: Callable[..., SlackChannel]
) -> None:
    console = ConsoleChannel(kind="console", id="console")
    channels = [console, slack_config(), email_config(to=["a@example.org", "b@example.org"])]
    rules = [Rule("one", "x", channels=("desk-email",)), Rule("two", "x", channels=("console", "desk-email"))]
    assert destinations(rules, channels) == (
        Destination("console"),
        Destination("desk-email", "a@example.org"),
        Destination("desk-email", "b@example.org"),
    )
    everywhere = destinations([*rules, Rule("three", "x")], channels)
    assert Destination("desk-slack", "C0NEWSDESK") in everywhere and len(everywhere) == 4
    assert destinations([], channels) == ()


def test_a_webhook_is_one_destination_without_address(slack_config: Callable[..., SlackChannel]) -> None:
    channel = slack_config("http://127.0.0.1:1/services/T/B/X")
    assert destinations([Rule("one", "x")], [channel]) == (Destination("desk-slack"),)


def test_the_highest_severity_wins() -> None:
    rules = [Rule("a", "x", severity=one) for one in (Severity.LOW, Severity.CRITICAL, Severity.NORMAL)]
    assert severity(rules) is Severity.CRITICAL
    assert severity(rules[:1]) is Severity.LOW
