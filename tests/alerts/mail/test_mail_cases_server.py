"""Mail against servers that misbehave: M01-M18 and M21-M23. The text's cases and those of time stand beside.

M33 is in tests/web; M42 and M43 (Postfix and Dovecot, killed) need real servers and are another harness's.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.email import Email
from alerts.channels.smtp_answers import Waits
from monitor.model import Delivery, Destination, Message
from monitor.newsroom.mailbox import Mailbox, Manners

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
DESK = Destination("desk-email", "desk@example.org")
DROP, SILENCE = b"<drop>", b"<silence>"
SIGNED = {"username": "desk", "password": "env:PASSWORD"}
Server = Callable[..., Any]
Channel = Callable[..., Email]
Alerted = Callable[..., Delivery]
Failing = Callable[[Email, Delivery], tuple[str, str]]


def test_m01_plain(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server()
    channel, heard = email(box.port), []
    delivery = alerted(channel)
    receipt = channel.send(delivery, heard.append)
    assert heard == [receipt] and receipt.detail == "250 2.0.0 kept"
    assert delivery.message is not None and box.kept == [delivery.message.body.encode()]


@pytest.mark.parametrize("goodbye", [b"221 bye", b"421 busy", b"451 what", DROP, SILENCE])
def test_m02_the_goodbye_changes_nothing(goodbye: bytes, server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(QUIT=goodbye)
    channel, open_when_told = email(box.port), []
    channel.send(alerted(channel), lambda _receipt: open_when_told.append((box.open_now, "QUIT" in box.heard)))
    assert open_when_told == [(1, False)] and len(box.kept) == 1


def test_m03_nobody_there(email: Channel, alerted: Alerted, failing: Failing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    channel = email(port)
    assert failing(channel, alerted(channel))[0] == "retry"


@pytest.mark.parametrize(
    ("phase", "answer", "wanted"),
    [
        ("CONNECT", SILENCE, "retry"),
        ("CONNECT", DROP, "retry"),
        ("CONNECT", b"554 no mail here", "retry"),
        ("CONNECT", b"421 busy", "pause"),
        ("MAIL", b"451 later", "retry"),
        ("MAIL", b"421 busy", "pause"),
        ("MAIL", b"550 not you", "off"),
        ("MAIL", b"530 5.7.0 sign in first", "off"),
        ("RCPT", b"450 4.2.0 greylisted", "retry"),
        ("RCPT", b"451 later", "retry"),
        ("RCPT", b"550 5.1.1 unknown", "permanent"),
        ("RCPT", b"551 moved", "permanent"),
        ("RCPT", b"552 5.2.2 full", "retry"),
        ("RCPT", b"552 full", "retry"),
        ("RCPT", b"553 what", "permanent"),
        ("DATA", b"451 later", "retry"),
        ("DATA", b"554 no", "permanent"),
        ("DOT", b"451 later", "retry"),
        ("DOT", b"421 busy", "pause"),
        ("DOT", b"452 4.3.1 disk", "retry"),
        ("DOT", b"550 5.7.1 spam", "permanent"),
        ("DOT", b"552 5.2.2 full", "retry"),
        ("DOT", DROP, "ambiguous"),
        ("DOT", SILENCE, "ambiguous"),
        ("DOT", b"999 what", "ambiguous"),
    ],
)
def test_m03_m04_m10_m11_m14_m16_what_an_answer_means(
    phase: str, answer: bytes, wanted: str, server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(**{phase: answer})
    channel = email(box.port)
    assert failing(channel, alerted(channel))[0] == wanted
    assert (len(box.kept) == 1) == (answer in (DROP, SILENCE) and phase == "DOT")


def test_m15_broken_off_in_the_middle(
    server: Server, email: Channel, a_delivery: Callable[..., Delivery], failing: Failing
) -> None:
    box = server(BODY=DROP)
    # More than the buffers on the way hold: what they hold may have been read, for all that we can know.
    huge = a_delivery(Message("x", "Subject: x\r\n\r\n" + "line\r\n" * 4_000_000), "desk@example.org")
    assert failing(email(box.port), huge)[0] == "retry" and box.kept == []


@pytest.mark.parametrize("answer", [b"552 5.2.2 full", b"552 full"])
def test_m11_a_full_mailbox_is_not_a_big_mail(
    answer: bytes, server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(RCPT=answer)
    channel = email(box.port)
    assert failing(channel, alerted(channel))[0] == "retry"
    assert len([line for line in box.heard if line.startswith("rcpt")]) == 1


def test_m05_helo(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(EHLO=b"502 what")
    channel = email(box.port)
    channel.send(alerted(channel))
    assert len(box.kept) == 1 and any(line.lower().startswith("helo") for line in box.heard)


def test_m06_a_missing_starttls_gets_nothing(
    server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(EHLO=b"250-here\r\n250 SIZE 1000000")
    channel = email(box.port, tls="starttls", **SIGNED)
    found, words = failing(channel, alerted(channel))
    assert found == "retry" and "STARTTLS" in words
    assert not [line for line in box.heard if line.startswith(("AUTH", "auth", "MAIL", "mail"))]


@pytest.mark.parametrize("answer", [b"454 4.7.0 not now", b"501 what", DROP, b"220 go"])
def test_m06_a_starttls_that_does_not_come_about_gets_nothing(
    answer: bytes, server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(EHLO=b"250-here\r\n250 STARTTLS", STARTTLS=answer)
    channel = email(box.port, tls="starttls", **SIGNED)
    assert failing(channel, alerted(channel))[0] == "retry"
    assert not [line for line in box.heard if line.lower().startswith(("auth", "mail"))]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("flaw", ["wrong_name", "expired", "unknown"])
def test_m06_m07_bad_certificates_get_nothing(
    flaw: str, tls: str, email: Channel, alerted: Alerted, failing: Failing, trusting: Any
) -> None:
    box = Mailbox(Manners(**{tls: getattr(trusting, flaw)}))
    channel = email(box.port, tls=tls)
    found, words = failing(channel, alerted(channel))
    box.stop()
    assert found == "retry" and "certificate" in words and box.mails == ()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_m07_m08_tls_and_sign_in(tls: str, email: Channel, alerted: Alerted, trusting: Any) -> None:
    box = Mailbox(Manners(users={"desk": "s3cret-p4ssw0rd"}, **{tls: trusting.good}))
    channel = email(box.port, tls=tls, **SIGNED)
    channel.send(alerted(channel))
    assert channel.probe(DESK) == f"127.0.0.1:{box.port} answers, TLSv1.3 with a valid certificate, signed in as desk"
    box.stop()
    assert len(box.mails) == 1 and box.mails[0].signed_in == "desk"


@pytest.mark.parametrize("methods", ["PLAIN", "LOGIN", "LOGIN PLAIN"])
def test_m08_methods(methods: str, server: Server, email: Channel, alerted: Alerted) -> None:
    answers = (b"334 VXNlcm5hbWU6",) if methods == "LOGIN" else ()
    box = server(EHLO=f"250-here\r\n250 AUTH {methods}".encode(), AUTH=(*answers, b"235 ok"))
    channel = email(box.port, **SIGNED)
    if methods == "LOGIN":
        # The password is a line of its own there, which this script reads as a verb.
        box.answers = {**box.answers, "CZNJCMV0LXA0C3N3MHJK": (b"235 ok",)}
    channel.send(alerted(channel))
    assert len(box.kept) == 1


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [(b"535 5.7.8 bad", "off"), (b"534 5.7.9 too weak", "off"), (b"454 4.7.0 later", "retry"), (b"421 busy", "pause")],
)
def test_m08_refused_sign_in(
    answer: bytes, wanted: str, server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(EHLO=b"250-here\r\n250 AUTH PLAIN", AUTH=answer)
    channel = email(box.port, **SIGNED)
    assert failing(channel, alerted(channel))[0] == wanted


def test_m08_oauth_is_not_spoken_and_said_so(
    server: Server, email: Channel, alerted: Alerted, failing: Failing
) -> None:
    box = server(EHLO=b"250-here\r\n250 AUTH XOAUTH2")
    channel = email(box.port, **SIGNED)
    found, words = failing(channel, alerted(channel))
    assert found == "off" and "PLAIN, LOGIN or CRAM-MD5" in words and "offers XOAUTH2" in words


def test_m09_no_password_in_clear_text(email: Channel, alerted: Alerted, failing: Failing) -> None:
    channel = email(25, **SIGNED)
    config = channel.config.model_copy(update={"host": "mail.invalid", "insecure": True})
    found, words = failing(replace(channel, config=config), alerted(channel))
    assert found == "off" and "sign in" in words


def test_m12_m13_recipients_are_apart(server: Server, email: Channel, alerted: Alerted, failing: Failing) -> None:
    box = server(RCPT=(b"250 ok", b"550 unknown", b"451 later"))
    channel = email(box.port)
    good, bad, later = (alerted(channel, f"{name}@example.org", name * 32) for name in ("aa", "bb", "cc"))
    channel.send(good)
    assert [failing(channel, one)[0] for one in (bad, later)] == ["permanent", "retry"]
    assert len(box.kept) == 1 and b"bb@example.org" not in box.kept[0]


def test_m17_a_slow_yes(server: Server, email: Channel, alerted: Alerted) -> None:
    assert Waits().dot >= 600
    box = server(slow=1.0)
    channel = email(box.port, waits=Waits(reply=0.5, dot=5.0, whole=10.0))
    channel.send(alerted(channel))
    assert len(box.kept) == 1


@pytest.mark.parametrize(
    "answers",
    [
        {"DOT": (b"552 5.3.4 too big", b"250 ok")},
        {"DOT": (b"552 too much", b"250 ok")},
        {"MAIL": (b"552 5.3.4 too big", b"250 ok")},
        {"RCPT": (b"552 5.3.4 too big", b"250 ok")},
        {"EHLO": (b"250-here\r\n250 SIZE 4000",)},
    ],
)
def test_m18_too_big_goes_as_text(answers: dict[str, Any], server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(**answers)
    channel = email(box.port)
    delivery = alerted(channel)
    channel.send(delivery)
    (mail,) = box.kept
    assert b"text/html" not in mail and b"multipart" not in mail and b"The truce would last 30 days." in mail
    assert f"Message-ID: <{delivery.key}@example.org>".encode() in mail


@pytest.mark.parametrize(
    ("answers", "wanted", "tries"),
    [
        ({"DOT": b"552 5.3.4 too big"}, "permanent", 2),
        ({"DOT": b"552 what"}, "retry", 2),
        ({"EHLO": b"250-here\r\n250 SIZE 100"}, "permanent", 0),
    ],
)
def test_m18_text_that_is_too_big_is_tried_once(
    answers: dict[str, bytes],
    wanted: str,
    tries: int,
    server: Server,
    email: Channel,
    alerted: Alerted,
    failing: Failing,
) -> None:
    box = server(**answers)
    channel = email(box.port)
    assert failing(channel, alerted(channel))[0] == wanted
    assert len([line for line in box.heard if line == "DATA"]) == tries


def test_m21_seven_bits_are_enough(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(EHLO=b"250-here\r\n250 SIZE 1000000")
    channel = email(box.port)
    channel.send(alerted(channel, title="Перемир'я 🕊️", sentences=("Порти відкрито.",)))
    assert box.kept[0].isascii() and not [line for line in box.heard if "8BITMIME" in line or "SMTPUTF8" in line]


def test_m22_a_recipient_in_other_letters(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(EHLO=b"250-here\r\n250-8BITMIME\r\n250 SMTPUTF8")
    channel = email(box.port)
    channel.send(alerted(channel, "пошта@example.org"))
    assert "rcpt TO:<пошта@example.org>" in box.heard
    assert any(line.endswith("BODY=8BITMIME SMTPUTF8") for line in box.heard)
    assert "To: пошта@example.org\r\n".encode() in box.kept[0]


def test_m22_a_server_that_cannot(server: Server, email: Channel, alerted: Alerted, failing: Failing) -> None:
    box = server(EHLO=b"250-here\r\n250 8BITMIME")
    channel = email(box.port)
    found, words = failing(channel, alerted(channel, "пошта@example.org"))
    assert found == "permanent" and "SMTPUTF8" in words and box.kept == []


def test_m23_domains_in_other_letters(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server()
    channel = email(box.port, **{"from": "watch@bücher.example"})
    channel.send(alerted(channel, "desk@приклад.укр"))
    assert "rcpt TO:<desk@xn--80aikifvh.xn--j1amh>" in box.heard
    assert any(line.startswith("mail FROM:<watch@xn--bcher-kva.example>") for line in box.heard)
