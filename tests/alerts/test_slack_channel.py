"""Messages to a Slack that keeps Slack's rules: threads, retries, degraded forms, and no token anywhere."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import trial_delivery
from alerts.channels.exchange import Waits
from alerts.channels.slack import Slack
from alerts.compose import Telling
from monitor.config import SlackChannel
from monitor.config.secret import Surroundings
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination
from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault, SlackDouble

DESK = Destination("desk-slack", "C0NEWSDESK")
KEY = "ab12" * 16
QUICK = Waits(step=0.5, whole=3.0)
JSON = "application/json"


def refused(error: str, status: int = 200) -> Fault:
    return Fault(Reply(status, json.dumps({"ok": False, "error": error}).encode(), JSON))


@pytest.fixture
def bot(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(api_url=slack.api_url), telling, QUICK, interval=0.0)


@pytest.fixture
def hook(slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling) -> Slack:
    return Slack(slack_config(slack.webhook_url), telling, QUICK, interval=0.0)


@pytest.fixture
def told(bot: Slack, an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(bot.compose(an_alert(), DESK, KEY), "C0NEWSDESK")


def failure(channel: Slack, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(delivery)
    assert "xoxb" not in repr(caught.value) and "X0NEWS" not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def kind(error: DeliveryError) -> str:
    return "off" if error.off else "permanent" if error.permanent else "ambiguous" if error.ambiguous else "retry"


def test_a_bot_posts_a_root_and_its_replies(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    root = bot.send(told)
    reply = bot.send(replace(told, id=10, thread_ref=root.ref))
    first, second = slack.posted
    assert (first.thread, second.thread) == ("", first.ts)
    assert root.ref == reply.ref == first.ts and second.ts in reply.detail
    assert first.payload["metadata"]["event_payload"] == {"delivery_id": KEY}
    assert first.specials == second.specials == ()


def test_a_root_is_the_frozen_payload_byte_for_byte(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused("service_unavailable", 503))
    assert kind(failure(bot, told)) == "retry"
    bot.send(replace(told, attempts=2))
    assert told.message is not None
    assert [one.body for one in slack.requests] == [told.message.body.encode()] * 2
    assert slack.requests[0].headers["authorization"] == "Bearer xoxb-newsroom"


def test_the_client_message_id_stays_the_same(bot: Slack, an_alert: Callable[..., Alert]) -> None:
    ids = {json.loads(bot.compose(an_alert(), DESK, key).body)["client_msg_id"] for key in (KEY, KEY, "other")}
    assert len(ids) == 2


def test_a_webhook_has_no_threads(
    hook: Slack, told: Delivery, slack: SlackDouble, an_alert: Callable[..., Alert]
) -> None:
    message = hook.compose(an_alert(), Destination("desk-slack"), KEY)
    receipt = hook.send(replace(told, message=message, thread_ref="123.456"))
    (posted,) = slack.posted
    assert posted.by == "webhook" and receipt.ref == "" and "thread_ts" not in posted.payload
    assert "authorization" not in slack.requests[0].headers


def test_a_deleted_root_gets_a_successor(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    root = bot.send(told)
    slack.delete(root.ref)
    fresh = bot.send(replace(told, thread_ref=root.ref))
    assert fresh.ref == slack.posted[-1].ts != root.ref and slack.posted[-1].thread == ""
    bot.send(replace(told, thread_ref=fresh.ref))
    assert slack.posted[-1].thread == fresh.ref


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "metadata_too_large", "invalid_payload"])
def test_a_refused_form_is_sent_once_as_plain_text(error: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(error))
    bot.send(told)
    (posted,) = slack.posted
    assert "blocks" not in posted.payload and posted.payload["text"].startswith("Grain ports join the truce")
    slack.script(refused(error), refused(error))
    assert kind(failure(bot, told)) == "permanent" and len(slack.requests) == 4


def test_a_reply_keeps_its_thread_when_its_form_is_refused(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    root = bot.send(told)
    slack.script(refused("invalid_blocks"))
    bot.send(replace(told, thread_ref=root.ref))
    assert slack.posted[-1].thread == root.ref


@pytest.mark.parametrize(
    ("fault", "wanted", "accepted"),
    [
        (refused("invalid_auth"), "off", 0),
        (refused("is_archived"), "off", 0),
        (refused("new_error_2027"), "retry", 0),
        (Fault(Reply(500, b'{"ok":false,"error":"fatal_error"}', JSON), accept=True), "ambiguous", 1),
        (Fault(Reply(502, b"<h1>Bad gateway</h1>")), "ambiguous", 0),
        (Fault(Reply(200, b"<html>please log in</html>")), "ambiguous", 0),
        (Fault(Reply(200, b'{"ok":tr', JSON), accept=True), "ambiguous", 1),
        (Fault(Reply(200, b"x" * 3_000_000)), "ambiguous", 0),
        (Fault(Reply(200, b"\x1f\x8b\x08\x00bomb", JSON, {"Content-Encoding": "gzip"})), "ambiguous", 0),
        (Fault(Reply(hang_up=True), accept=True), "ambiguous", 1),
        (Fault(Reply(wait=2.0), accept=True), "ambiguous", 1),
        (Fault(Reply(302, b"", headers={"Location": "http://127.0.0.1:1/steal"})), "retry", 0),
    ],
)
def test_what_goes_wrong(
    fault: Fault, wanted: str, accepted: int, bot: Slack, told: Delivery, slack: SlackDouble
) -> None:
    slack.script(fault)
    error = failure(bot, told)
    assert (kind(error), len(slack.posted)) == (wanted, accepted)
    # One call: nothing retries or follows behind our back.
    assert len(slack.requests) == 1
    assert len(str(error)) < 300


def test_the_token_is_wrong(
    slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    slack.token = "xoxb-rotated"
    error = failure(Slack(slack_config(api_url=slack.api_url), telling, QUICK, interval=0.0), told)
    assert kind(error) == "off" and "invalid_auth" in str(error)


@pytest.mark.parametrize("url", ["services/T0NEWS/B0NEWS/X0OTHER", "services/../x"])
def test_the_webhook_is_wrong(
    url: str, slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    error = failure(Slack(slack_config(slack.url + url), telling, QUICK, interval=0.0), told)
    assert kind(error) == "off" and "no_service" in str(error) and "X0OTHER" not in str(error)


@pytest.mark.parametrize(
    "webhook",
    ["http://hooks.example.org/services/T/B/X0NEWS", "ftp://127.0.0.1/X0NEWS", "http://127.0.0.1:X0NEWS/", "X0NEWS"],
)
def test_addresses_that_are_refused(
    webhook: str, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    assert kind(failure(Slack(slack_config(webhook), telling, QUICK, interval=0.0), told)) == "off"


def test_429_is_told_with_its_pause_and_not_slept_off(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(Fault(Reply(429, b"", headers={"Retry-After": "40"})))
    started = time.monotonic()
    assert failure(bot, told).retry_after == 40.0
    # Whoever sends keeps the pause, in the archive: the channel itself would forget it.
    bot.send(told)
    assert time.monotonic() - started < 5


def test_bursts_keep_the_interval(
    slack: SlackDouble, slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    channel = Slack(slack_config(api_url=slack.api_url), telling, QUICK, interval=0.2)
    senders = [threading.Thread(target=channel.send, args=(told,)) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    moments = sorted(float(one.ts) for one in slack.posted)
    assert len(moments) == 4 and moments[-1] - moments[0] >= 0.55


def test_nobody_listens(slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    channel = Slack(slack_config(api_url=f"http://127.0.0.1:{port}/api/"), telling, QUICK, interval=0.0)
    error = failure(channel, told)
    assert kind(error) == "retry" and "nothing was sent" in str(error)


def test_an_unknown_host(slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery) -> None:
    error = failure(
        Slack(slack_config("https://hooks.invalid/services/T/B/X0NEWS"), telling, QUICK, interval=0.0), told
    )
    assert kind(error) == "retry" and "was not found" in str(error)


@pytest.fixture
def tls_slack(trusting: Any) -> Iterator[Callable[[str], SlackDouble]]:
    started: list[SlackDouble] = []

    def start(certificate: str) -> SlackDouble:
        started.append(SlackDouble(context=getattr(trusting, certificate)))
        return started[-1]

    yield start
    for double in started:
        double.stop()


@pytest.mark.parametrize("certificate", ["good", "wrong_name", "expired", "unknown"])
def test_only_a_good_certificate_hears_the_token(
    certificate: str,
    tls_slack: Callable[[str], SlackDouble],
    slack_config: Callable[..., SlackChannel],
    telling: Telling,
    told: Delivery,
) -> None:
    double = tls_slack(certificate)
    channel = Slack(slack_config(api_url=double.api_url), telling, QUICK, interval=0.0)
    if certificate == "good":
        assert channel.send(told).ref == double.posted[0].ts
        return
    error = failure(channel, told)
    assert kind(error) == "retry" and "certificate" in str(error) and double.requests == ()


def test_a_token_that_would_break_the_header(slack: SlackDouble, telling: Telling, told: Delivery) -> None:
    block = {"kind": "slack", "id": "s", "token": "env:TOKEN", "channel": "C0NEWSDESK", "api_url": slack.api_url}
    config = SlackChannel.model_validate(block, context=Surroundings({"TOKEN": "xoxb-\r\nX: y"}, Path()))
    assert kind(failure(Slack(config, telling, QUICK, interval=0.0), told)) == "off" and slack.requests == ()


def test_a_test_message_arrives(bot: Slack, slack: SlackDouble, an_alert: Callable[..., Alert]) -> None:
    bot.send(trial_delivery(bot, DESK, an_alert().first_seen))
    assert slack.posted[0].payload["text"].startswith("Test message from Storywatch")


def test_a_delivery_without_message_is_refused(bot: Slack, told: Delivery) -> None:
    assert kind(failure(bot, replace(told, message=None))) == "permanent"
