"""Webhooks that must not leak, be led astray or be stopped by a headline: W21-W30 of test_webhook_answers.py."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.gate import Gate
from alerts.channels.webhook import RETRIES, Webhook
from alerts.compose import Telling
from alerts.retry import next_attempt
from monitor.errors import DeliveryError
from monitor.model import (
    Alert,
    Delivery,
    Destination,
    Message,
)
from monitor.netguard import NOTHING, Allow

DESK, KEY = Destination("hook"), "ab12" * 16
NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
LIVE, OLD = b"live-key-" * 4, b"old-key--" * 4
CANARIES = ("secret-path-77", "k3y", "live-key", base64.b64encode(LIVE).decode(), base64.b64encode(OLD).decode())


Failure = Callable[[Webhook, Delivery], DeliveryError]
Kind = Callable[[DeliveryError], str]


def reply(status: int, headers: str = "", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("flaw", ["wrong_name", "expired", "unknown"])
def test_w21_bad_certificates(
    flaw: str,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    trusting: Any,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    server = hook(tls=getattr(trusting, flaw))
    error = failure(channel(server.url, telling), told)
    assert kind(error) == "retry" and "certificate" in str(error) and server.posted == []


def test_w22_a_good_certificate(
    hook: Callable[..., Any], told: Delivery, telling: Telling, trusting: Any, channel: Callable[..., Webhook]
) -> None:
    server = hook(tls=trusting.good)
    one = channel(server.url, telling)
    assert one.send(told).detail == "HTTP 200" and len(server.posted) == 1
    assert one.probe(DESK).startswith("127.0.0.1 answers, TLS") and len(server.posted) == 1


def test_w23_no_clear_text(
    told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure, kind: Kind
) -> None:
    error = failure(channel("http://hooks.example/", telling, NOTHING), told)
    assert kind(error) == "off" and "clear text" in str(error)


def with_port(url: str, port: int) -> str:
    """The same form, aimed at the canary."""
    head, slashes, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    return f"{head}{slashes}{host}:{port}{slash}{path}" if slashes and host else url


def test_w24_every_known_form(
    shared: Path,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
) -> None:
    forms = (shared / "data/hostile/generated/ssrf_urls.txt").read_text(encoding="utf-8").split()
    assert len(forms) >= 55
    server = hook()
    gate = Gate(NOTHING, insecure=True, canary=server.port)
    for form in forms:
        for url in (form, with_port(form, server.port), f"https://hooks.example@127.0.0.1:{server.port}/"):
            error = failure(channel(url, telling, NOTHING, gate=gate), told)
            assert "nothing" in str(error) or "refuses" in str(error) or "not a web address" in str(error), url
    assert server.dialled == 0


def resolving(*addresses: str) -> Callable[[str, int], Any]:
    """A name server whose answers are `addresses`, in this order."""

    def resolve(_host: str, port: int) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


def test_w25_names_that_lead_inside(
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    server = hook()
    url = f"http://rebound.example:{server.port}/"
    for addresses in (("127.0.0.1",), ("10.0.0.1", "127.0.0.1"), ("::ffff:127.0.0.1",)):
        gate = Gate(NOTHING, True, server.port, resolving(*addresses))
        error = failure(channel(url, telling, NOTHING, gate=gate), told)
        assert (kind(error), error.again) == ("retry", 5.0) and "allow_private" in str(error)
    assert server.dialled == 0


def test_w25_the_address_that_is_judged_is_the_one_dialled(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure
) -> None:
    server, asked = hook(), []

    def resolve(host: str, port: int) -> Any:
        asked.append(host)
        return resolving("127.0.0.2" if len(asked) > 1 else "127.0.0.1")(host, port)

    gate = Gate(Allow.parse([f"127.0.0.1/32:{server.port}"]), True, None, resolve)
    url = f"http://rebound.example:{server.port}/"
    channel(url, telling, gate=gate).send(told)
    assert len(asked) == len(server.posted) == 1
    failure(channel(url, telling, gate=gate), told)
    assert server.dialled == 1


def test_w25_of_mixed_answers_only_the_open_ones_are_dialled(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    gate = Gate(Allow.parse([f"127.0.0.1/32:{server.port}"]), True, None, resolving("10.9.8.7", "127.0.0.1"))
    channel(f"http://mixed.example:{server.port}/", telling, gate=gate).send(told)
    assert len(server.posted) == 1


def test_w26_a_receiver_at_home(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    with pytest.raises(DeliveryError, match="allow_private"):
        channel(server.url, telling, NOTHING).send(told)
    for entry in (f"127.0.0.1:{server.port}", f"127.0.0.0/8:{server.port}"):
        channel(server.url, telling, Allow.parse([entry])).send(told)
    assert len(server.posted) == 2


def test_w27_no_proxy(
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    monkeypatch: pytest.MonkeyPatch,
    channel: Callable[..., Webhook],
) -> None:
    server, proxy = hook(), hook()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}/")
    channel(server.url, telling).send(told)
    assert (len(server.posted), proxy.dialled) == (1, 0)


def test_w28_nothing_secret_is_shown(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure
) -> None:
    server = hook(reply(500, "X-Echo: secret-path-77\r\n", b"no hook at /hooks/secret-path-77?key=k3y"), reply(200))
    one = channel(server.url, telling)
    failure(one, told)
    shown = repr(one) + repr(one.send(told)) + one.probe(DESK)
    assert not [word for word in CANARIES if word in shown]


def test_w29_three_days_then_dead(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure
) -> None:
    one, now, tries = channel(hook(reply(500)).url, telling), NOW, 0
    again: datetime | None = now
    while again is not None:
        now, tries = again, tries + 1
        error = failure(one, replace(told, attempts=tries))
        again = next_attempt(error, tries, NOW, timedelta(seconds=5), now, 0.0)
    assert (tries, now - NOW) == (len(RETRIES) + 1, timedelta(seconds=sum(RETRIES)))
    assert timedelta(days=3) < now - NOW < timedelta(days=3.5)


@pytest.mark.parametrize(
    "word", ["\x00\x1b]0;x\x07", "\r\nX-Forged: 1\r\n", '"}],"type":"forged"', "\ud800", "🕊️" * 900]
)
def test_w30_hostile_headlines(
    word: str,
    hook: Callable[..., Any],
    telling: Telling,
    an_alert: Callable[..., Alert],
    a_delivery: Callable[..., Any],
    channel: Callable[..., Webhook],
) -> None:
    server = hook()
    one = channel(server.url, telling)
    reports = tuple(replace(report, title=word, lead=word) for report in an_alert().reports)
    message = one.compose(an_alert(title=word, reports=reports, sentences=(word,), against=word), DESK, KEY)
    one.send(a_delivery(message))
    (posted,) = server.posted
    body = json.loads(posted.body)
    assert body["type"] == "development" and "incomplete" not in body and "x-forged" not in posted.headers
    assert body["title"].isprintable() and len(body["title"]) <= 300


def test_w30_what_cannot_be_told_is_told_by_its_headline(
    telling: Telling, an_alert: Callable[..., Alert], channel: Callable[..., Webhook]
) -> None:
    broken = an_alert(reports=(None,))
    message: Message = channel("https://hooks.example/", telling, NOTHING).compose(broken, DESK, KEY)
    body = json.loads(message.body)
    assert (body["type"], body["id"], body["title"]) == ("development", "d7", an_alert().title)
    assert body["incomplete"].startswith("told by its headline only")
