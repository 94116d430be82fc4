"""The Slack cases S37 to S43 by name: limits, escapes, torn characters, addresses, secrets; and a repeat's mark."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerts.channels.exchange import Waits
from alerts.channels.slack import Slack
from alerts.channels.slack_blocks import MOST_IN_ALL, again, escaped
from alerts.compose import Telling
from monitor.config import SlackChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Fact, Hit
from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.newsroom.slack_rules import refusal, specials

DESK = Destination("desk-slack", "C0NEWSDESK")
KEY = "ab12" * 16
QUICK = Waits(step=5.0, whole=9.0)
JSON = "application/json"
SECRET = "xoxb-newsroom"


def refused(error: str, status: int = 200) -> Fault:
    return Fault(Reply(status, json.dumps({"ok": False, "error": error}).encode(), JSON))


def said(status: int, text: str, **headers: str) -> Fault:
    return Fault(Reply(status, text.encode(), "text/html", headers))


@pytest.fixture
def bot(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(api_url=slack.api_url), telling, QUICK, interval=0.0)


@pytest.fixture
def hook(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(slack.webhook_url), telling, QUICK, interval=0.0)


@pytest.fixture
def told(bot: Slack, an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(bot.compose(an_alert(), DESK, KEY), "C0NEWSDESK")


@pytest.fixture
def hooked(hook: Slack, an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(hook.compose(an_alert(), DESK, KEY))


def failure(channel: Slack, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(delivery)
    # S43: neither in the text nor in what it was raised from.
    assert SECRET not in repr(caught.value) and "X0NEWS" not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_s37_header_at_its_edge(bot: Slack, an_alert: Callable[..., Alert]) -> None:
    for title, length in (("x" * 150, 150), ("x" * 151, 150), ("y & z " * 60, 150)):
        blocks = json.loads(bot.compose(an_alert(title=title), DESK, KEY).body)["blocks"]
        assert len(escaped(blocks[0]["text"]["text"])) <= length and refusal({"blocks": blocks}) == ""
    whole = json.loads(bot.compose(an_alert(title="x" * 150), DESK, KEY).body)["blocks"][0]["text"]["text"]
    assert whole == "x" * 150


def test_s37_sections_blocks_and_their_sum(bot: Slack, an_alert: Callable[..., Alert]) -> None:
    many = an_alert()
    for text in ("x" * 3001, "&" * 3001, "word & word " * 300):
        alert = replace(
            many,
            reports=tuple(replace(many.reports[0], article_id=number, title=text) for number in range(60)),
            firings=many.firings * 51,
            sentences=(text,) * 51,
            facts=tuple(Fact("name", f"{text[:60]}{number}", 0, 1) for number in range(60)),
            against=text,
        )
        message = json.loads(bot.compose(alert, DESK, KEY).body)
        assert refusal(message) == "" and len(message["blocks"]) <= 50
        assert len(escaped(json.dumps(message["blocks"], ensure_ascii=False))) <= MOST_IN_ALL
        assert len(message["text"]) <= 3000
        # There is room for the mark of a repeat, too.
        assert refusal(json.loads(again(json.dumps(message)))) == ""


MENTIONS = (
    *("&<>", "<!channel>", "<!here|here>", "<!everyone>", "<@U0123456>", "<!subteam^S1>", "<#C0123456>", "@channel"),
    *("<http://evil.example|bank.example>", "<!date^1^{date}|now>", "<mailto:a@b.example|x>", "&lt;!channel&gt;"),
)


@pytest.mark.parametrize("text", [pytest.param(text, id=f"S38-{number}") for number, text in enumerate(MENTIONS)])
@pytest.mark.parametrize("mode", ["bot", "hook"])
def test_nothing_in_an_alert_pings_or_hides(
    text: str, mode: str, bot: Slack, hook: Slack, slack: SlackDouble, an_alert: Callable[..., Alert], told: Delivery
) -> None:
    channel = bot if mode == "bot" else hook
    alert = everywhere(an_alert(), text)
    for may_repeat in (False, True):
        channel.send(replace(told, message=channel.compose(alert, DESK, KEY), may_repeat=may_repeat))
    # The plain form is the one that mrkdwn is read in.
    slack.script(refused("invalid_blocks") if mode == "bot" else said(400, "invalid_blocks"))
    channel.send(replace(told, message=channel.compose(alert, DESK, KEY)))
    assert len(slack.posted) == 3 and all(one.specials == () for one in slack.posted)
    shown = json.dumps(slack.posted[0].payload["blocks"], ensure_ascii=False)
    assert json.dumps(text, ensure_ascii=False)[1:-1] in shown, "it arrives as these very characters"


def everywhere(alert: Alert, text: str) -> Alert:
    """The alert with `text` as headline, source, address, keyword, sentence, figure and story."""
    reports = tuple(replace(one, title=text, url=f"https://a.example/{text}", source_id=text) for one in alert.reports)
    hit = Hit("title", 0, len(text), text, text)
    firings = tuple(replace(one, rule_id=text, title=text, text=text, hits=(hit,)) for one in alert.firings)
    facts = (Fact("name", text, 0, len(text)),)
    return replace(
        alert, title=text, story_title=text, reports=reports, firings=firings, sentences=(text,), facts=facts
    )


def test_s38_nor_does_an_error_text(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused("<!channel>"), said(200, "<!everyone>"))
    assert "<!" not in str(failure(bot, told)) + str(failure(bot, told))


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 148 + "&&&", id="S39-inside-an-entity"),
        pytest.param("&" * 400, id="S39-entities-only"),
        pytest.param("x" * 147 + FAMILY * 3, id="S39-inside-a-joined-emoji"),
        pytest.param("x" * 149 + "\U0001f600" * 3, id="S39-inside-a-surrogate-pair"),
        pytest.param("half \ud83d of a pair \ude00" + "y" * 200, id="S39-half-a-pair"),
        pytest.param("\u202egnp.exe \u2066hidden\u2069 \u200b\u200b\ufeffwide", id="S40-right-to-left-and-zero-width"),
        pytest.param("a" + "\u0301" * 10_000, id="S40-combining-marks"),
        pytest.param("", id="S41-empty"),
        pytest.param(" \u200b\n\t ", id="S41-blank"),
    ],
)
def test_texts_that_are_hard_to_cut(
    text: str, bot: Slack, slack: SlackDouble, an_alert: Callable[..., Alert], told: Delivery
) -> None:
    bot.send(replace(told, message=bot.compose(everywhere(an_alert(), text), DESK, KEY)))
    (posted,) = slack.posted
    header = posted.payload["blocks"][0]["text"]["text"]
    assert posted.specials == () and header and len(escaped(header)) <= 150
    assert not header.endswith("\u200d") and not header.rstrip("…").endswith("\u200d")
    assert not any("\ud800" <= char <= "\udfff" for char in header)
    assert not set(header) & set("\u202e\u2066\u2069\u200b\ufeff")
    # The plain text is escaped, and no entity in it is torn.
    plain = posted.payload["text"]
    assert "&" not in plain.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://a.example/" + "x" * 2983, id="S42-3001-characters"),
        pytest.param("https://a.example/a|b>c<d e", id="S42-bars-and-brackets"),
        pytest.param("javascript:alert(1)", id="S42-no-web-address"),
        pytest.param("https://a.example/\u202efdp", id="S42-right-to-left"),
    ],
)
def test_addresses(url: str, bot: Slack, slack: SlackDouble, an_alert: Callable[..., Alert], told: Delivery) -> None:
    alert = an_alert()
    alert = replace(alert, reports=tuple(replace(one, url=url) for one in alert.reports))
    bot.send(replace(told, message=bot.compose(alert, DESK, KEY)))
    (posted,) = slack.posted
    links = [one["url"] for one in walk(posted.payload["blocks"]) if one.get("type") == "link"]
    assert all(link.startswith(("http://", "https://")) and not set(link) & set('<>| "') for link in links)
    assert all(len(link) <= 3000 for link in links) and specials(posted.payload) == ()


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from walk(one)


# Marks


@pytest.mark.parametrize("mode", ["bot", "hook"])
def test_a_message_that_may_be_there_says_so_at_its_foot(
    mode: str, bot: Slack, hook: Slack, slack: SlackDouble, told: Delivery, hooked: Delivery
) -> None:
    channel, delivery = (bot, told) if mode == "bot" else (hook, hooked)
    channel.send(delivery)
    channel.send(replace(delivery, may_repeat=True))
    first, second = (one.payload for one in slack.posted)
    assert "may repeat" not in json.dumps(first)
    assert second["blocks"][:-1] == first["blocks"] and second["blocks"][-1]["elements"][0]["text"] == "(may repeat)"
    assert second["text"] == f"{first['text']}\n(may repeat)" and second.get("metadata") == first.get("metadata")
    assert delivery.message is not None and "may repeat" not in delivery.message.body, "the first try stays as it was"


# S43


def test_s43_no_secret_in_anything_that_is_told(
    slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    config = slack_config(api_url=slack.api_url)
    slack.script(said(400, f"token {SECRET} is bad"), refused(SECRET), said(302, "", Location=f"https://{SECRET}@x/"))
    bot = Slack(config, telling, QUICK, interval=0.0)
    assert SECRET not in "".join(str(failure(bot, told)) for _ in range(3))
    assert SECRET not in repr(bot) and SECRET not in repr(config)
