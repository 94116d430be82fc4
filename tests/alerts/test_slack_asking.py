"""What Slack is asked: whether it has a message, whether the way is open, and to let an old message say more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.channels.contract import counting
from alerts.channels.exchange import Waits
from alerts.channels.slack import Slack
from alerts.compose import Telling
from monitor.config import SlackChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Receipt
from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault, SlackDouble

DESK = Destination("desk-slack", "C0NEWSDESK")
KEY = "ab12" * 16
QUICK = Waits(step=5.0, whole=9.0)


@pytest.fixture
def bot(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(api_url=slack.api_url), telling, QUICK, interval=0.0)


@pytest.fixture
def hook(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(slack.webhook_url), telling, QUICK, interval=0.0)


@pytest.fixture
def told(bot: Slack, an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(bot.compose(an_alert(), DESK, KEY), "C0NEWSDESK")


def refused(error: str, call: str) -> Fault:
    return Fault(Reply(200, json.dumps({"ok": False, "error": error}).encode(), "application/json"), call=call)


# Looking for a message


def test_a_root_and_a_reply_are_found_by_their_keys_only(bot: Slack, told: Delivery) -> None:
    root = bot.send(told)
    reply = bot.send(replace(told, id=10, thread_ref=root.ref))
    assert bot.find(told) == Receipt(root.ref, f"found {root.ref}")
    other = replace(told, key="cd34" * 16)
    assert bot.find(other) is None and bot.find(replace(other, thread_ref=root.ref)) is None
    assert reply.ref == root.ref


def test_a_reply_that_became_a_root_is_found_there(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    gone = bot.send(replace(told, key="cd34" * 16))
    slack.delete(gone.ref)
    fresh = bot.send(replace(told, thread_ref=gone.ref))
    found = bot.find(replace(told, thread_ref=gone.ref))
    assert found is not None and found.ref == fresh.ref


def test_what_was_there_before_the_delivery_was_made_is_not_looked_through(
    bot: Slack, told: Delivery, slack: SlackDouble
) -> None:
    for number in range(120):
        slack.room.post({"channel": "C0NEWSDESK", "text": str(number)})
    assert bot.find(replace(told, created=datetime(2100, 1, 1, tzinfo=UTC))) is None
    assert len(slack.calls("conversations.history")) == 1
    bot.find(told)
    assert len(slack.calls("conversations.history")) == 4


def test_a_search_ends(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    for number in range(2_001):
        slack.room.post({"channel": "C0NEWSDESK", "text": str(number)})
    with pytest.raises(DeliveryError, match="2000 messages"):
        bot.find(told)


@pytest.mark.parametrize(
    "code", ["missing_scope", "invalid_auth", "channel_not_found", "fatal_error", "new_error_2027"]
)
def test_not_being_shown_says_nothing_about_sending(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code, "conversations.history"))
    with pytest.raises(DeliveryError, match=code) as caught:
        bot.find(told)
    assert not (caught.value.off or caught.value.permanent or caught.value.ambiguous)


def test_a_webhook_is_not_asked(hook: Slack, told: Delivery, slack: SlackDouble) -> None:
    assert not hook.reconciles and hook.find(told) is None and slack.requests == ()


# Checking the way


def test_a_bot_that_can_do_everything(bot: Slack, slack: SlackDouble) -> None:
    assert bot.probe(DESK) == "signed in as storywatch of Newsroom; can look for its own messages"
    assert slack.posted == ()


def test_a_bot_that_cannot_look(bot: Slack, slack: SlackDouble) -> None:
    slack.scopes = ("chat:write",)
    said = bot.probe(DESK)
    assert "cannot look" in said and "channels:history" in said and "come twice" in said


def test_a_bot_that_cannot_write(bot: Slack, slack: SlackDouble) -> None:
    slack.scopes = ("channels:history",)
    with pytest.raises(DeliveryError, match="chat:write") as caught:
        bot.probe(DESK)
    assert caught.value.off


def test_a_token_or_a_channel_that_is_wrong(bot: Slack, slack: SlackDouble) -> None:
    with pytest.raises(DeliveryError, match="channel_not_found"):
        bot.probe(Destination("desk-slack", "C0ELSEWHERE"))
    slack.token = "xoxb-rotated"
    with pytest.raises(DeliveryError, match="invalid_auth") as caught:
        bot.probe(DESK)
    assert caught.value.off


def test_a_webhook_can_only_be_reached(hook: Slack, slack: SlackDouble) -> None:
    said = hook.probe(Destination("desk-slack"))
    assert said == "127.0.0.1 answers; only `alerts test desk-slack` tells whether the webhook takes messages"
    assert "X0NEWS" not in said and slack.requests == ()
    slack.stop()
    with pytest.raises(DeliveryError, match="nothing was sent"):
        hook.probe(Destination("desk-slack"))


# Another text in the place of the old one


def test_a_root_says_something_else(
    bot: Slack, told: Delivery, slack: SlackDouble, an_alert: Callable[..., Alert]
) -> None:
    root = bot.send(told)
    assert counting(bot)
    bot.recount(told, root.ref, bot.compose(an_alert(title="Another headline"), DESK, KEY))
    (posted,) = slack.posted
    assert posted.edits == 1 and posted.payload["text"].startswith("Another headline") and posted.specials == ()
    assert bot.find(told) is not None, "it can still be found"
    (request,) = slack.calls("chat.update")
    assert set(json.loads(request.body)) == {*("channel", "ts", "text", "blocks", "metadata", "parse", "link_names")}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("message_not_found", "permanent"),
        ("cant_update_message", "permanent"),
        ("edit_window_closed", "permanent"),
        ("token_revoked", "off"),
        ("fatal_error", "ambiguous"),
    ],
)
def test_an_update_that_is_refused(code: str, kind: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    root = bot.send(told)
    slack.script(refused(code, "chat.update"))
    assert told.message is not None
    with pytest.raises(DeliveryError, match=code) as caught:
        bot.recount(told, root.ref, told.message)
    assert getattr(caught.value, kind)


def test_an_update_waits_for_alerts_and_holds_none_up(
    slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    channel: Any = Slack(slack_config(api_url=slack.api_url), telling, Waits(step=5.0, whole=10.0), interval=0.3)
    started = time.monotonic()
    root = channel.send(told)
    slack.script(Fault(Reply(200, b'{"ok":true}', "application/json", wait=2.0), call="chat.update"))
    update = threading.Thread(target=channel.recount, args=(told, root.ref, told.message))
    update.start()
    while not slack.calls("chat.update"):
        time.sleep(0.01)
    assert time.monotonic() - started >= 0.3, "not within the turn of an alert"
    channel.send(replace(told, id=10))
    # The update is still without its answer.
    assert update.is_alive() and len(slack.posted) == 2
    update.join(10)
