"""Webhooks against receivers that behave and misbehave: W01-W30.

W01 any 2xx is a yes, told while the connection is open · W02 the body of the contract, by type · W03 the headers of
Standard Webhooks · W04 the signature verifies · W05 two live secrets · W06 the same id and body on every try
· W07 408, 409, 425, 429 are tried again · W08 so is every 5xx · W09 Retry-After in seconds · W10 Retry-After as a date,
or nonsense · W11 410 switches off · W12 other 4xx: dead after three tries · W13 redirects are not followed · W14 nobody
listens · W15 no such name · W16 broken off after the last byte: unclear · W17 no answer in time: unclear · W18 a
dripping answer is cut off · W19 no HTTP: unclear · W20 an endless answer · W21 bad certificates get nothing · W22 good
ones · W23 no clear text to other machines · W24 every known form of an inner address: 0 connections · W25 names
that lead inside, mixed and rebinding · W26 allow_private lets a receiver at home in · W27 proxies of the environment
are not used · W28 secrets and the address stand in no error · W29 the schedule: three days, then dead · W30 hostile
headlines, and a subject that cannot be told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.channels import trial_delivery
from alerts.channels.webhook import Webhook
from alerts.compose import Telling
from alerts.retry import next_attempt
from alerts.sample import sample
from monitor.config import Secret
from monitor.errors import DeliveryError, StoreError
from monitor.model import (
    Alert,
    Alteration,
    Delivery,
    Destination,
    Digest,
    Edit,
    Notice,
    OwnerNotice,
    Receipt,
    Topic,
)
from monitor.netguard import NOTHING, Allow

DESK, KEY = Destination("hook"), "ab12" * 16
NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
LIVE, OLD = b"live-key-" * 4, b"old-key--" * 4
DROP, SILENCE = b"<drop>", b"<silence>"
Failure = Callable[[Webhook, Delivery], DeliveryError]
Kind = Callable[[DeliveryError], str]


def secret(key: bytes) -> Secret:
    return Secret("whsec_" + base64.b64encode(key).decode(), "env:KEY")


def reply(status: int, headers: str = "", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_w01_yes_is_told_while_the_connection_is_open(
    status: int, hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server, heard = hook(reply(status)), []

    def taken(receipt: Receipt) -> None:
        heard.append((receipt.detail, server.open_now))

    receipt = channel(server.url, telling).send(told, taken)
    assert heard == [(f"HTTP {status}", 1)] and receipt.detail == f"HTTP {status}"


def test_w01_what_cannot_be_recorded_is_no_failure_of_the_receiver(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    def taken(_receipt: Receipt) -> None:
        raise StoreError("disk full")

    with pytest.raises(StoreError):
        channel(hook().url, telling).send(told, taken)


def test_w02_a_development(telling: Telling, an_alert: Callable[..., Alert], channel: Callable[..., Webhook]) -> None:
    one = channel("https://hooks.example/", replace(telling, watch_id="ceasefire-talks"), NOTHING)
    body = json.loads(one.compose(an_alert(), DESK, KEY).body)
    assert (body["type"], body["id"], body["story"]) == ("development", "d7", "s3")
    assert body["watch"] == "ceasefire-talks"
    assert body["title"] == "Grain ports join the truce, ministry says"
    assert body["summary"].startswith("The truce would last 30 days. Carried by 2 sources")
    assert [(row["id"], row["source"], row["level"]) for row in body["articles"]] == [
        ("a12", "first", "new"),
        ("a13", "second", "copy"),
    ]
    assert body["rules"] == ["black-sea"] and "ceasefire in the Black Sea" in body["why"][0]["words"][0]
    assert body["new"]["sentences"] == ["The truce would last 30 days."]
    assert body["new"]["facts"][0] == {"kind": "number", "text": "30 days"}
    assert body["first_seen"] == "2025-03-18T17:05:00Z"


def test_w02_the_other_types(telling: Telling, an_alert: Callable[..., Alert], channel: Callable[..., Webhook]) -> None:
    one, alert = channel("https://hooks.example/", telling, NOTHING), an_alert()
    edit = Edit((Alteration(("number",), "It is 30 days.", "It is 60 days."),), True)
    notice = Notice(alert, 12, 2, "Truce", "https://first.example/a", NOW, edit, ("black-sea",))
    subjects = {
        "edit": notice,
        "digest": Digest((alert,), (notice,), ("quiet hours",)),
        "summary": Digest((alert,), first_import=True),
        "notice": OwnerNotice(Topic.SOURCE_DEAD, "first", "First is silent", ("since yesterday",)),
        "test": sample(telling, NOW),
    }
    bodies = {name: json.loads(one.compose(subject, DESK, KEY).body) for name, subject in subjects.items()}
    assert {name: body["type"] for name, body in bodies.items()} == {name: name for name in subjects}
    assert all(body["id"] == KEY and "incomplete" not in body for body in bodies.values())
    assert bodies["edit"]["changes"] == [{"kinds": ["number"], "old": "It is 30 days.", "new": "It is 60 days."}]
    assert (bodies["edit"]["development"], bodies["digest"]["total"]) == ("d7", 2)
    assert bodies["summary"]["developments"][0]["id"] == "d7" and bodies["notice"]["about"] == "first"


def test_w02_a_test_message(hook: Callable[..., Any], telling: Telling, channel: Callable[..., Webhook]) -> None:
    server = hook()
    one = channel(server.url, telling)
    one.send(trial_delivery(one, DESK, NOW))
    assert json.loads(server.posted[0].body)["type"] == "test"


def test_w03_headers(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    channel(server.url, telling).send(told)
    (posted,) = server.posted
    assert posted.line == "POST /hooks/secret-path-77?key=k3y HTTP/1.1"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["webhook-id"] == posted.headers["idempotency-key"] == KEY
    assert posted.headers["webhook-timestamp"] == "1742317500"
    assert told.message is not None and posted.body == told.message.body.encode()


def signature(key: bytes, posted: Any) -> str:
    """As the specification tells it, written apart from the sender."""
    signed = b".".join(
        (posted.headers["webhook-id"].encode(), posted.headers["webhook-timestamp"].encode(), posted.body)
    )
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_w04_the_signature(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    channel(server.url, telling).send(told)
    assert server.posted[0].headers["webhook-signature"] == signature(LIVE, server.posted[0])


def test_w05_two_secrets(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    one = channel(server.url, telling)
    replace(one, config=one.config.model_copy(update={"old_secret": secret(OLD)})).send(told)
    marks = server.posted[0].headers["webhook-signature"].split(" ")
    assert marks == [signature(LIVE, server.posted[0]), signature(OLD, server.posted[0])]


def test_w06_every_try_has_the_same_id_and_body(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure
) -> None:
    server = hook(reply(503), reply(503), reply(200))
    first, second, third = (channel(server.url, telling, clock=lambda now=now: now) for now in (0.0, 3600.0, 7200.0))
    failure(first, told)
    failure(second, replace(told, attempts=2))
    third.send(replace(told, attempts=3))
    assert len({posted.body for posted in server.posted}) == len({p.headers["webhook-id"] for p in server.posted}) == 1
    assert [posted.headers["webhook-timestamp"] for posted in server.posted] == ["0", "3600", "7200"]
    assert len({posted.headers["webhook-signature"] for posted in server.posted}) == 3


@pytest.mark.parametrize("status", [408, 409, 425, 429])
def test_w07_busy(
    status: int,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    error = failure(channel(hook(reply(status)).url, telling), replace(told, attempts=4))
    assert (kind(error), error.again) == ("retry", 1800.0) and f"HTTP {status}" in str(error)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 507, 599])
def test_w08_broken(
    status: int,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    error = failure(channel(hook(reply(status)).url, telling), told)
    assert (kind(error), error.again) == ("retry", 5.0)


@pytest.mark.parametrize(("status", "wanted"), [(429, "pause"), (503, "pause"), (500, "retry"), (404, "retry")])
def test_w09_a_pause(
    status: int,
    wanted: str,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    error = failure(channel(hook(reply(status, "Retry-After: 90\r\n")).url, telling), told)
    assert kind(error) == wanted and error.retry_after == (90.0 if wanted == "pause" else None)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Tue, 18 Mar 2025 17:06:00 GMT", 60.0),
        ("Tue, 18 Mar 2025 17:04:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, 999_999_999.0),
        ("Tue, 99 Mar 2025", None),
    ],
)
def test_w10_a_date_or_nonsense(
    header: str,
    wanted: float | None,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
) -> None:
    error = failure(channel(hook(reply(429, f"Retry-After: {header}\r\n")).url, telling), told)
    assert error.retry_after == wanted
    assert next_attempt(error, 1, NOW, timedelta(seconds=5), NOW, 0.0) is not None


def test_w11_gone(
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    error = failure(channel(hook(reply(410)).url, telling), told)
    assert (kind(error), error.permanent) == ("off", False) and "wants no more" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 451])
def test_w12_refused(
    status: int,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    one = channel(hook(reply(status)).url, telling)
    found = [failure(one, replace(told, attempts=attempt)) for attempt in (1, 2, 3)]
    assert [(kind(error), error.again) for error in found] == [("retry", 5.0), ("retry", 30.0), ("permanent", None)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_w13_redirects(
    status: int,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    elsewhere = hook()
    server = hook(reply(status, f"Location: {elsewhere.url}\r\n"))
    error = failure(channel(server.url, telling, Allow.parse(["127.0.0.0/8:" + str(server.port)])), told)
    assert kind(error) == "retry" and "not followed" in str(error) and elsewhere.dialled == 0


def test_w14_nobody_listens(
    told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure, kind: Kind
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(channel(f"http://127.0.0.1:{port}/", telling), told)
    assert kind(error) == "retry" and error.again == 5.0 and "nothing was sent" in str(error)


def test_w15_no_such_name(
    told: Delivery, telling: Telling, channel: Callable[..., Webhook], failure: Failure, kind: Kind
) -> None:
    error = failure(channel("https://hooks.invalid/", telling, NOTHING), told)
    assert kind(error) == "retry" and "was not found" in str(error)


@pytest.mark.parametrize(
    ("case", "answer"), [("w16", DROP), ("w17", SILENCE), ("w19", b"SSH-2.0-nothing\r\n"), ("w19", b"\x00\xff\r\n\r\n")]
)
def test_w16_w17_w19_unclear(
    case: str,
    answer: bytes,
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    server = hook(answer)
    error = failure(channel(server.url, telling), replace(told, attempts=2))
    assert (kind(error), error.again) == ("ambiguous", 30.0), case
    assert len(server.posted) == 1


def test_w18_a_dripping_answer(
    hook: Callable[..., Any],
    told: Delivery,
    telling: Telling,
    channel: Callable[..., Webhook],
    failure: Failure,
    kind: Kind,
) -> None:
    error = failure(channel(hook(drip=0.1).url, telling), told)
    assert kind(error) == "ambiguous"


def test_w20_an_endless_answer(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000
    assert channel(hook(endless).url, telling).send(told).detail == "HTTP 200"
