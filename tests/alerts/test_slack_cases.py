"""The Slack cases S01 to S43 by their names, over HTTP to a Slack that keeps Slack's rules.

Those that need the ledger (S08, S09, S33 to S36, S44) stand with the pipeline.
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
from alerts.channels.slack_blocks import MOST_IN_ALL, escaped
from alerts.compose import Telling
from monitor.config import SlackChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Fact, Hit, Message, Receipt
from monitor.newsroom.loopback import Loopback, Reply, Request
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.newsroom.slack_rules import refusal, specials

DESK = Destination("desk-slack", "C0NEWSDESK")
KEY = "ab12" * 16
QUICK = Waits(step=0.5, whole=2.0)
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
    double = SlackDouble(channels=("C0NEWSDESK", "C0SECOND"), pace=0.05)
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
    # The double refuses what comes too early, so that all were taken is the proof.
    assert len(double.posted) == len(double.requests) == 60
    assert 4.3 < took < 8.5, "side by side, not one after the other"


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
        pytest.param(Fault(Reply(wait=2.0), accept=True), 1, id="S17-silence"),
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
    assert time.monotonic() - started < 4 and len(str(error)) < 300


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
    large = Message("", json.dumps({"channel": "C0NEWSDESK", "text": "x" * 8_000_000}))
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


# Limits and texts


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
        marked = json.loads(bot.compose(alert, DESK, KEY).body)
        assert refusal(marked) == ""


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
