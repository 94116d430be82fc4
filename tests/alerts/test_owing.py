"""Which rules are owed an article and where an alert goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.owing import destinations, severity, told_again
from monitor.config import ConsoleChannel, EmailChannel, SlackChannel
from monitor.model import AlertMode, Destination, Level, Rule, Severity

UNTOLD = {Level.SAME, Level.EDIT}
COPIES = {Level.COPY, Level.TRUNCATED}


@pytest.mark.parametrize("level", list(Level))
def test_every_level_in_every_mode(level: Level) -> None:
    rules = [Rule(mode.value, "x", alert=mode) for mode in AlertMode]
    again = {rule.alert for rule in told_again(rules, level)}
    assert AlertMode.DEVELOPMENTS not in again
    assert (AlertMode.ARTICLES in again) == (level not in UNTOLD | COPIES)
    assert (AlertMode.EVERYTHING in again) == (level not in UNTOLD)


def test_the_order_of_the_rules_is_kept() -> None:
    rules = [Rule("b", "x", alert=AlertMode.EVERYTHING), Rule("a", "x"), Rule("c", "x", alert=AlertMode.EVERYTHING)]
    assert told_again(rules, Level.COPY) == (rules[0], rules[2])


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
