"""The notice of an edited article: what it tells, in every channel's form, whatever the texts are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from alerts.channels.console import Console
from alerts.channels.email import Email
from alerts.channels.slack import Slack
from alerts.channels.slack_blocks import MOST_IN_ALL, escaped
from alerts.compose import MOST_ALTERATIONS, Telling, correction
from alerts.plain import plain
from monitor.config import ConsoleChannel
from monitor.model import Alert, Alteration, Destination, Edit, Notice
from monitor.newsroom.slack_rules import refusal, specials

KEY = "cd34" * 16
DESK = Destination("desk", "desk@example.org")
SEEN = datetime(2025, 3, 18, 20, 40, tzinfo=UTC)
NUMBER = Alteration(("number",), "It holds for 30 days.", "It holds for 13 days.")
REMOVED = Alteration(("removed",), "The ministry denied it.", "")
WORDING = Alteration(("wording",), "They met again.", "They met once more.")
ADDED = Alteration(("added",), "", "A third round follows.")
HOSTILE = (
    "",
    "\x00\x1b[31mred",
    "<!channel> <@U1> <https://evil.example|bank.example>",
    "&" * 5000,
    '"><script>alert(1)</script>',
    "\r\nBcc: victim@example.org\r\n\r\n",
    "\ud800 half",
    "x" * 50_000,
)


@pytest.fixture
def a_notice(an_alert: Callable[..., Alert]) -> Callable[..., Notice]:
    def make(*found: Alteration, rules: tuple[str, ...] = (), title: str = "Ports join the truce") -> Notice:
        return Notice(an_alert(), 12, 3, title, "https://first.example/a", SEEN, Edit(found, material=True), rules)

    return make


def test_it_says_old_and_new_the_gravest_first(a_notice: Callable[..., Notice], telling: Telling) -> None:
    told = correction(a_notice(WORDING, NUMBER, ADDED, REMOVED, rules=("black-sea",)), telling)
    assert told.headline == "Edited after its alert: Ports join the truce"
    assert told.byline == "First News, version 3, first seen 2025-03-18 22:40 EET"
    assert [one.label for one in told.altered] == ["Number changed", "Removed", "Wording changed"]
    assert told.lead == "Changed where it was matched by: black-sea."
    assert told.page == "http://127.0.0.1:8787/articles/a12/diff"
    text = plain(told)
    assert "Number changed:\n  was: It holds for 30 days.\n  now: It holds for 13 days.\n" in text
    assert "Removed:\n  was: The ministry denied it.\n" in text and "third round" not in text


def test_it_is_bounded_and_says_what_it_leaves_out(a_notice: Callable[..., Notice], telling: Telling) -> None:
    told = correction(a_notice(*[NUMBER] * (MOST_ALTERATIONS + 5)), telling)
    assert (len(told.altered), told.unaltered) == (MOST_ALTERATIONS, 5)
    assert "and 5 more" in plain(told)
    assert len(correction(a_notice(Alteration(("quote",), "long " * 500, "q")), telling).altered[0].old) <= 300


def test_a_mail_joins_the_conversation_of_its_story(
    a_notice: Callable[..., Notice], telling: Telling, email_config: Callable[..., Any], an_alert: Callable[..., Alert]
) -> None:
    channel = Email(email_config(), telling)
    alert = message_from_string(channel.compose(an_alert(), DESK, "ab12").body, policy=default)
    mail = message_from_string(channel.compose(a_notice(NUMBER), DESK, KEY).body, policy=default)
    assert mail["References"] == alert["References"] and mail["Message-ID"] != alert["Message-ID"]
    html = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]  # the default policy makes an EmailMessage
    assert "<del>It holds for 30 days.</del>" in html and "It holds for 13 days.</ins>" in html


def test_slack_takes_it(a_notice: Callable[..., Notice], telling: Telling, slack_config: Callable[..., Any]) -> None:
    channel = Slack(slack_config(), telling)
    payload = json.loads(channel.compose(a_notice(NUMBER, REMOVED), DESK, KEY).body)
    assert refusal(payload) == "" and "was: It holds for 30 days." in payload["text"]
    assert '{"strike": true}' in json.dumps(payload["blocks"])


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_at_all(
    text: str,
    a_notice: Callable[..., Notice],
    telling: Telling,
    slack_config: Callable[..., Any],
    email_config: Callable[..., Any],
) -> None:
    found = [Alteration(("quote",), text, f"{text}!")] * 12
    notice = a_notice(*found, rules=(text,) * 12, title=text)
    payload = json.loads(Slack(slack_config(), telling).compose(notice, DESK, KEY).body)
    assert (refusal(payload), specials(payload)) == ("", ())
    assert len(escaped(json.dumps(payload["blocks"], ensure_ascii=False))) <= MOST_IN_ALL
    mail = Email(email_config(), telling).compose(notice, DESK, KEY)
    assert mail.body.isascii() and "Bcc" not in message_from_string(mail.body, policy=default)
    said = Console(ConsoleChannel(kind="console", id="console"), telling).compose(notice, DESK, KEY)
    assert not any(ord(char) < 32 for char in said.body.replace("\n", ""))
    assert "could not be told in full" not in said.body
