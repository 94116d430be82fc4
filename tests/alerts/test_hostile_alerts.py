"""Hostile text in every field, through every channel: nothing raises, nothing is injected, nobody is pinged."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.channels.console import Console
from alerts.channels.contract import Channel
from alerts.channels.email import Email
from alerts.channels.slack import Slack
from alerts.channels.slack_blocks import MOST_IN_ALL, escaped
from alerts.compose import Telling
from monitor.config import ConsoleChannel, EmailChannel, SlackChannel
from monitor.model import Alert, Delivery, Destination, Digest, Fact, Hit, Message
from monitor.newsroom.slack import SlackDouble
from monitor.newsroom.slack_rules import refusal, specials

KEY = "ab12" * 16
DESK = Destination("desk", "desk@example.org")
OWN = (
    "",
    " ",
    "\r\nBcc: victim@example.org\r\n\r\nbody",
    "line\u2028end\u2029and\x85more\x0bor\x0cless",
    "\x00nul and \x1b[31mescape\x1b]0;title\x07",
    "\ud800 half \udfff",
    "=?utf-8?q?=0ABcc=3A_victim=40example.org?=",
    "%0d%0aBcc: victim@example.org",
    "\r\n.\r\nMAIL FROM:<a@b.example>\r\n",
    "\n.\n",
    "<!channel> <!here|here> <!everyone> <@U0123456> <!subteam^S1|team> <#C1|general> @channel",
    "<https://evil.example|bank.example>",
    "&" * 5000,
    "<" * 3000,
    "x" * 100_000,
    "a" + "\u0301" * 10_000,
    "👩‍👩‍👧‍👦" * 500,
    "\u202egnp.exe",
    "*bold* _italic_ ~gone~ `code` ```block```",
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "{{7*7}} ${7*7} {% raw %} %s%n",
    "storywatch-subject",
    "Subject: storywatch-subject",
)


def poisoned(alert: Alert, text: str, times: int = 1) -> Alert:
    """The alert with `text` wherever the web may have written, in lists longer than are told with `times` = 12."""
    reports = tuple(
        replace(one, title=text, url=f"https://a.example/{text}", source_id=text, lead=text, language=text)
        for one in alert.reports
    )
    end = len(text)
    hits = (Hit("title", 0, min(3, end), text, text), Hit("body", 0, end, text, text))
    firings = tuple(replace(one, rule_id=text, title=text, text=text, hits=hits) for one in alert.firings)
    facts = tuple(Fact(kind, text, 0, end) for kind in ("number", "date", "place", "name"))
    return replace(
        alert,
        title=text,
        story_title=text,
        reports=reports * times,
        firings=firings * times,
        sentences=(text,) * 9,
        facts=facts,
        against=text,
    )


@pytest.fixture
def email(email_config: Callable[..., EmailChannel], telling: Telling) -> Email:
    return Email(email_config(), telling)


@pytest.fixture
def bot(slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(), telling)


@pytest.fixture
def console(telling: Telling) -> Console:
    return Console(ConsoleChannel(kind="console", id="console"), telling)


@pytest.fixture
def hostile(shared: Path, an_alert: Callable[..., Alert]) -> list[Alert]:
    blns = json.loads((shared / "data/hostile/blns/blns.json").read_text())
    headlines = json.loads((shared / "data/hostile/generated/headlines.json").read_text())
    return [*(poisoned(an_alert(), text, 12) for text in OWN), *(poisoned(an_alert(), one) for one in blns + headlines)]


def both(channel: Channel, alert: Alert) -> list[Message]:
    return [channel.compose(alert, DESK, KEY), channel.compose(Digest((alert, alert)), DESK, KEY)]


def check_mail(message: Message, names: list[str]) -> None:
    body = message.body
    assert body.isascii() and "\n" not in body.replace("\r\n", "") and "\r" not in body.replace("\r\n", "")
    assert max(map(len, body.split("\r\n"))) <= 998
    mail = message_from_bytes(body.encode(), policy=default)
    assert list(mail.keys()) == names
    assert not mail.defects and [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for part in mail.iter_parts():  # type: ignore[attr-defined]  # the default policy makes an EmailMessage
        part.get_content().encode()
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in message.subject)


def check_slack(message: Message) -> None:
    payload = json.loads(message.body)
    message.body.encode()
    assert refusal(payload) == ""
    assert specials(payload) == ()
    assert len(escaped(json.dumps(payload["blocks"], ensure_ascii=False))) <= MOST_IN_ALL
    assert len(payload["text"]) <= 3000


def header_names(email: Email, alert: Alert) -> list[list[str]]:
    return [message_from_bytes(message.body.encode()).keys() for message in both(email, alert)]


def test_mails_take_any_text(email: Email, an_alert: Callable[..., Alert], hostile: list[Alert]) -> None:
    names, _ = header_names(email, an_alert())
    for alert in hostile:
        check_mail(email.compose(alert, DESK, KEY), names)


def test_summaries_by_mail_take_any_text(email: Email, an_alert: Callable[..., Alert]) -> None:
    _, names = header_names(email, an_alert())
    for text in OWN:
        check_mail(email.compose(Digest((poisoned(an_alert(), text),) * 60), DESK, KEY), names)


def test_slack_takes_any_text(bot: Slack, hostile: list[Alert]) -> None:
    for alert in hostile:
        for message in both(bot, alert):
            check_slack(message)


@pytest.mark.parametrize("mode", ["bot", "hook"])
def test_slack_accepts_any_text_over_the_wire(
    mode: str,
    hostile: list[Alert],
    slack: SlackDouble,
    slack_config: Callable[..., SlackChannel],
    telling: Telling,
    a_delivery: Callable[..., Delivery],
) -> None:
    """Nothing is refused, nothing is sent a second time in plain form, nobody is pinged, whether marked or not."""
    config = slack_config(api_url=slack.api_url) if mode == "bot" else slack_config(slack.webhook_url)
    channel = Slack(config, telling, interval=0.0)
    for number, alert in enumerate(hostile):
        message = channel.compose(alert, Destination("desk", "C0NEWSDESK"), KEY)
        channel.send(a_delivery(message, may_repeat=number % 2 == 1))
    assert len(slack.posted) == len(slack.requests) == len(hostile) > 500
    assert [one.specials for one in slack.posted if one.specials] == []
    assert all("blocks" in one.payload for one in slack.posted)


def test_the_console_takes_any_text(console: Console, hostile: list[Alert]) -> None:
    for alert in hostile:
        for message in both(console, alert):
            message.body.encode()
            assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in message.body.replace("\n", ""))


def test_a_whole_alert_survives_an_ordinary_hostile_headline(bot: Slack, an_alert: Callable[..., Alert]) -> None:
    for text in OWN[2:12]:
        assert "could not be told in full" not in bot.compose(poisoned(an_alert(), text), DESK, KEY).body


@settings(derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=400))
def test_any_text_at_all(text: str, email: Email, bot: Slack, an_alert: Callable[..., Alert]) -> None:
    alert = poisoned(an_alert(), text)
    for message, names in zip(both(email, alert), header_names(email, an_alert()), strict=True):
        check_mail(message, names)
    for message in both(bot, alert):
        check_slack(message)


def test_the_double_would_notice_what_these_tests_look_for() -> None:
    assert specials({"text": "<!channel> <https://evil.example|bank>"}) == ("<!channel>", "<https://evil.example|bank>")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "hi <@U1>"}}
    rich = {"type": "rich_text", "elements": [{"type": "broadcast", "range": "here"}]}
    assert len(specials({"blocks": [section, rich]})) == 2
    assert (
        refusal({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}) == "invalid_blocks"
    )
