"""The Slack cases S01 to S32 by name, over HTTP to a Slack that keeps Slack's rules.

Texts (S37 to S43) have a file of their own; what needs the ledger (S08, S09, S33 to S36, S44) stands with the pipeline.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerts.channels.exchange import Waits
from alerts.channels.slack import Slack
from alerts.channels.slack_answers import CODES, Meaning
from alerts.compose import Telling
from monitor.config import SlackChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message, Receipt
from monitor.newsroom.loopback import Loopback, Reply, Request
from monitor.newsroom.slack import Fault, SlackDouble

DESK = Destination("desk-slack", "C0NEWSDESK")
KEY = "ab12" * 16
QUICK = Waits(step=1.5, whole=3.0)
JSON = "application/json"
SECRET = "xoxb-newsroom"
OFF = sorted(code for code, meaning in CODES.items() if meaning is Meaning.OFF)
DEGRADED = sorted(code for code, meaning in CODES.items() if meaning is Meaning.DEGRADE)
RATED = sorted(code for code, meaning in CODES.items() if meaning is Meaning.RATE)
UNCLEAR = sorted(code for code, meaning in CODES.items() if meaning is Meaning.AMBIGUOUS)
SURE = sorted(code for code, meaning in CODES.items() if meaning is Meaning.RETRY)


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


def kind(error: DeliveryError) -> str:
    return "off" if error.off else "permanent" if error.permanent else "ambiguous" if error.ambiguous else "retry"


# Answers that say yes


def test_s01_ok_of_the_api_is_told_before_the_connection_closes(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    heard: list[tuple[Receipt, int]] = []
    receipt = bot.send(told, lambda one: heard.append((one, len(slack.posted))))
    assert heard == [(receipt, 1)] and receipt.ref == slack.posted[0].ts


def test_s01_the_connection_is_open_while_the_answer_is_recorded(
    slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(100_000)
                answer = b'{"ok":true,"ts":"1.2"}'
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
                line.sendall(head.encode() + answer)
                while line.recv(100_000):
                    pass
                hung_up.set()

        server = threading.Thread(target=serve)
        server.start()
        channel = Slack(slack_config(api_url=f"http://127.0.0.1:{listener.getsockname()[1]}/"), telling, QUICK)
        open_then: list[bool] = []
        channel.send(told, lambda _receipt: open_then.append(not hung_up.wait(0.3)))
        server.join(5)
    assert open_then == [True] and hung_up.is_set()


def test_s01_what_breaks_in_recording_is_no_failure_of_slack(bot: Slack, told: Delivery) -> None:
    def broken(_receipt: Receipt) -> None:
        raise RuntimeError("the archive is full")

    with pytest.raises(RuntimeError, match="archive"):
        bot.send(told, broken)


def test_s02_ok_of_a_webhook(hook: Slack, hooked: Delivery, slack: SlackDouble) -> None:
    heard: list[Receipt] = []
    assert hook.send(hooked, heard.append) == Receipt("", "ok") and heard == [Receipt("", "ok")]
    assert slack.posted[0].by == "webhook"


def test_s03_ok_without_ts(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(Fault(Reply(200, b'{"ok":true}', JSON), accept=True))
    assert bot.send(told).ref == "" and len(slack.posted) == 1


# Too many messages


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        pytest.param({"Retry-After": "1"}, 1.0, id="S04"),
        pytest.param({}, 30.0, id="S05-no-header"),
        pytest.param({"Retry-After": "abc"}, 30.0, id="S06-no-number"),
        pytest.param({"Retry-After": "86400"}, 900.0, id="S07-a-day"),
    ],
)
def test_429(headers: dict[str, str], pause: float, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(said(429, "", **headers))
    error = failure(bot, told)
    assert (kind(error), error.retry_after, len(slack.posted)) == ("retry", pause, 0)


@pytest.mark.parametrize("code", RATED)
def test_s04_rate_as_a_code(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code))
    assert failure(bot, told).retry_after == 30.0


def test_s09_the_rhythm_is_one_message_after_the_other_and_channels_do_not_share_it(
    slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery
) -> None:
    double = SlackDouble(channels=("C0NEWSDESK", "C0SECOND"))
    try:
        channels = [
            (Slack(slack_config(api_url=double.api_url, channel=name), telling, QUICK, interval=0.15), name)
            for name in double.room.channels
        ]
        started = time.monotonic()
        senders = [threading.Thread(target=_thirty, args=(channel, told, name)) for channel, name in channels]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        took = time.monotonic() - started
    finally:
        double.stop()
    assert len(double.posted) == 60 and took < 8.5, "side by side, not one after the other"
    for name in double.room.channels:
        moments = [float(one.ts) for one in double.posted if one.channel == name]
        assert moments[-1] - moments[0] >= 29 * 0.15 * 0.95


def _thirty(channel: Slack, told: Delivery, name: str) -> None:
    message = Message("", json.dumps({"channel": name, "text": "x"}))
    for number in range(30):
        channel.send(replace(told, id=number, message=message))


# Nobody there, or somebody else


def test_s10_refused(slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(Slack(slack_config(api_url=f"http://127.0.0.1:{port}/api/"), telling, QUICK), told)
    assert kind(error) == "retry" and "nothing was sent" in str(error)


def test_s11_no_such_name(slack_config: Callable[..., SlackChannel], telling: Telling, told: Delivery) -> None:
    error = failure(Slack(slack_config("https://hooks.invalid/services/T/B/X0NEWS"), telling, QUICK), told)
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


@pytest.mark.parametrize(
    "certificate", [pytest.param("wrong_name", id="S12"), pytest.param("expired", id="S13"), "unknown"]
)
def test_a_certificate_that_is_not_valid(
    certificate: str,
    tls_slack: Callable[[str], SlackDouble],
    slack_config: Callable[..., SlackChannel],
    telling: Telling,
    told: Delivery,
) -> None:
    double = tls_slack(certificate)
    channel = Slack(slack_config(api_url=double.api_url), telling, QUICK, interval=0.0)
    error = failure(channel, told)
    assert kind(error) == "retry" and "certificate" in str(error) and double.requests == ()
    with pytest.raises(DeliveryError, match="certificate"):
        channel.probe(DESK)


# What breaks on the way, and what nobody understands


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        pytest.param(Fault(Reply(hang_up=True)), 0, id="S14-closed-before-it-was-read"),
        pytest.param(Fault(Reply(hang_up=True), accept=True), 1, id="S15-closed-after-accept"),
        pytest.param(Fault(Reply(wait=9.0), accept=True), 1, id="S17-silence"),
        pytest.param(
            Fault(Reply(500, b'{"ok":false,"error":"fatal_error"}', JSON), accept=True), 1, id="S18-fatal_error"
        ),
        pytest.param(said(502, "<html>Bad gateway</html>"), 0, id="S19-502-page"),
        pytest.param(said(503, "<html>Maintenance</html>"), 0, id="S19-503-page"),
        pytest.param(said(200, "<html>Sign in</html>"), 0, id="S20-login-page"),
        pytest.param(Fault(Reply(200, b'{"ok":tru', JSON), accept=True), 1, id="S21-cut-off"),
        pytest.param(Fault(Reply(200, b"x" * 50_000_000), accept=True), 1, id="S22-50-MB"),
        pytest.param(
            Fault(Reply(200, gzip.compress(b"\0" * 50_000_000), JSON, {"Content-Encoding": "gzip"}), accept=True),
            1,
            id="S23-gzip-bomb",
        ),
        pytest.param(Fault(Reply(200, b'{"ok":true,"ts":"1.2"}', JSON, drip=0.3), accept=True), 1, id="S17-drips"),
    ],
)
def test_perhaps_posted(fault: Fault, accepted: int, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(fault)
    started = time.monotonic()
    error = failure(bot, told)
    # One call: nothing retries behind our back, and nobody keeps us for long.
    assert (kind(error), len(slack.posted), len(slack.requests)) == ("ambiguous", accepted, 1)
    assert time.monotonic() - started < 8 and len(str(error)) < 300


@pytest.mark.parametrize("code", UNCLEAR)
@pytest.mark.parametrize("status", [200, 500])
def test_s18_unclear_codes(code: str, status: int, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code, status))
    assert kind(failure(bot, told)) == "ambiguous"


@pytest.mark.parametrize("code", SURE)
def test_codes_that_say_it_was_not_posted(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code, 503))
    error = failure(bot, told)
    assert kind(error) == "retry" and error.give_up_after is None


def test_s16_reset_half_way_through_the_request(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(Fault(Reply(), half=True))
    # Larger than what the two ends of the line hold, so that the rest cannot have been written.
    large = Message("", json.dumps({"channel": "C0NEWSDESK", "text": "x" * 30_000_000}))
    error = failure(bot, replace(told, message=large))
    assert kind(error) == "retry" and "nothing was sent" in str(error)
    assert slack.posted == () == slack.requests


def test_s16_reset_half_way_through_a_small_request_is_never_taken_for_sent(
    bot: Slack, told: Delivery, slack: SlackDouble
) -> None:
    slack.script(Fault(Reply(), half=True))
    assert kind(failure(bot, told)) in ("retry", "ambiguous") and slack.posted == ()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s24_a_redirect_is_not_followed_with_the_token(
    status: int, bot: Slack, told: Delivery, slack: SlackDouble
) -> None:
    caught: list[Request] = []

    def catch(request: Request) -> Reply:
        caught.append(request)
        return Reply(200, b"ok")

    elsewhere = Loopback(catch)
    try:
        slack.script(said(status, "", Location=f"{elsewhere.url}steal"))
        assert kind(failure(bot, told)) == "retry"
    finally:
        elsewhere.stop()
    assert caught == [] and len(slack.requests) == 1


# Codes


@pytest.mark.parametrize("code", [pytest.param(code, id=f"S25-{code}") for code in OFF])
def test_permanent_codes_switch_the_channel_off(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code))
    error = failure(bot, told)
    assert kind(error) == "off" and code in str(error) and len(slack.requests) == 1


@pytest.mark.parametrize("code", [pytest.param(code, id=f"S26-{code}") for code in DEGRADED])
def test_a_refused_form_goes_once_more_as_plain_text(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code))
    bot.send(told)
    (posted,) = slack.posted
    assert "blocks" not in posted.payload and posted.payload["text"].startswith("Grain ports join the truce")
    # It can still be found, unless that is what was refused.
    assert ("metadata" in posted.payload) is ("metadata" not in code)
    slack.script(refused(code), refused(code))
    assert kind(failure(bot, told)) == "permanent" and len(slack.requests) == 4


def test_s27_an_unknown_code_is_tried_for_a_day(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused("new_error_2027"))
    error = failure(bot, told)
    assert (kind(error), error.give_up_after) == ("retry", 86_400.0) and "new_error_2027" in str(error)


@pytest.mark.parametrize(
    ("status", "text", "wanted"),
    [
        pytest.param(404, "no_service", "off", id="S29"),
        pytest.param(410, "channel_is_archived", "off", id="S30"),
        pytest.param(403, "action_prohibited", "off", id="S31"),
        pytest.param(400, "invalid_token", "off", id="S25-invalid_token"),
        pytest.param(400, "user_not_found", "off", id="S25-user_not_found"),
        pytest.param(400, "new_error_2027", "retry", id="S27"),
        pytest.param(500, "rollup_error", "ambiguous", id="S18-rollup_error"),
    ],
)
def test_what_a_webhook_says(
    status: int, text: str, wanted: str, hook: Slack, hooked: Delivery, slack: SlackDouble
) -> None:
    slack.script(said(status, text))
    assert kind(failure(hook, hooked)) == wanted and slack.posted == ()


def test_s28_a_webhook_refuses_the_form(hook: Slack, hooked: Delivery, slack: SlackDouble) -> None:
    slack.script(said(400, "invalid_payload"))
    hook.send(hooked)
    assert "blocks" not in slack.posted[0].payload


@pytest.mark.parametrize(
    "code", [pytest.param(c, id=f"S32-{c}") for c, m in sorted(CODES.items()) if m is Meaning.THREAD]
)
def test_a_thread_that_is_gone_gets_one_new_root(code: str, bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    slack.script(refused(code))
    receipt = bot.send(replace(told, thread_ref="1.000001"))
    (root,) = slack.posted
    assert root.thread == "" and receipt.ref == root.ts
    # Once: a root that is refused for its thread is not tried a third time.
    slack.script(refused(code), refused(code))
    assert kind(failure(bot, replace(told, thread_ref="1.000001"))) in ("permanent", "off")
    assert len(slack.requests) == 4


def test_s32_a_deleted_root_is_found_out_by_slack_itself(bot: Slack, told: Delivery, slack: SlackDouble) -> None:
    root = bot.send(told)
    slack.delete(root.ref)
    fresh = bot.send(replace(told, thread_ref=root.ref))
    bot.send(replace(told, thread_ref=fresh.ref))
    assert [one.thread for one in slack.posted] == ["", fresh.ref]
