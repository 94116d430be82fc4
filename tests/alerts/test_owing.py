"""Which rules are owed an article and where an alert goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.owing import FIRST_IMPORT, KNOWN_BEFORE, Arrival, Owed, destinations, owed, severity, told_again
from monitor.config import ConsoleChannel, EmailChannel, SlackChannel
from monitor.model import AlertMode, DeliveryState, Destination, Level, Rule, Severity

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


DEV, ART, ALL = (Rule(mode.value, "x", alert=mode) for mode in AlertMode)
NOBODY = Owed()


@pytest.mark.parametrize(
    ("arrival", "announced", "expected"),
    [
        # A development is owed at the first version that matches, whatever its level.
        (Arrival(Level.NEW, True), "", Owed((DEV, ART, ALL))),
        (Arrival(Level.COPY, True), "", Owed((DEV, ART, ALL))),
        (Arrival(Level.SAME, True), "", Owed((DEV, ART, ALL))),
        # Once announced, it is told again only to those who want every article, or every copy too.
        (Arrival(Level.REWRITE, True), "all", Owed(again=(ART, ALL))),
        (Arrival(Level.COPY, True), "all", Owed(again=(ALL,))),
        (Arrival(Level.SAME, True), "all", NOBODY),
        (Arrival(Level.COPY, True), "everything", Owed((DEV, ART), again=(ALL,))),
        # What was known before the start is announced already; what is told again of it is news.
        (Arrival(Level.COPY, True, known=True), "", Owed((DEV, ART, ALL), DeliveryState.SUPPRESSED, KNOWN_BEFORE)),
        (
            Arrival(Level.REWRITE, True, known=True),
            "developments articles",
            Owed((ALL,), DeliveryState.SUPPRESSED, KNOWN_BEFORE, (ART,)),
        ),
        # A first import is told in its summary, and never again.
        (Arrival(Level.NEW, True, first_import=True), "", Owed((DEV, ART, ALL), DeliveryState.HELD, FIRST_IMPORT)),
        (Arrival(Level.NEW, True, first_import=True), "all", Owed((), DeliveryState.HELD, FIRST_IMPORT)),
        # The corpus and what is off-topic are owed to nobody.
        (Arrival(Level.NEW, True, corpus=True), "", NOBODY),
        (Arrival(Level.NEW, False), "", NOBODY),
        (Arrival(Level.REWRITE, False), "all", NOBODY),
    ],
)
def test_who_is_owed_a_version(arrival: Arrival, announced: str, expected: Owed) -> None:
    rules = (DEV, ART, ALL)
    before = {rule.id for rule in rules} if announced == "all" else set(announced.split())
    assert owed(arrival, rules, before) == expected


def test_a_rule_that_does_not_match_is_owed_nothing() -> None:
    assert owed(Arrival(Level.NEW, True), (), ()) == NOBODY
