"""Mail over real SMTP on loopback: TLS that is checked, sign-in, and what every failure means for the delivery."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.channels import trial_delivery
from alerts.channels.email import Email
from alerts.channels.smtp_answers import Waits
from alerts.compose import Telling
from alerts.sample import sample
from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message
from monitor.newsroom.mailbox import Mailbox, Manners

BODY = "From: a@example.org\r\nTo: desk@example.org\r\nSubject: x\r\n\r\nFirst line\r\n.\r\n..dots\r\nFrom me\r\n"
QUICK = Waits(reply=2.0, dot=0.5, whole=5.0)
SILENCE, DROP = b"<silence>", b"<drop>"


@pytest.fixture
def email(email_config: Callable[..., EmailChannel], telling: Telling) -> Callable[..., Email]:
    return lambda port, **keys: Email(email_config(port=port, **({"tls": "none"} | keys)), telling, QUICK)


@pytest.fixture
def mail(a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(Message("x", BODY), "desk@example.org")


@pytest.fixture
def a_mailbox() -> Iterator[Callable[..., Mailbox]]:
    boxes: list[Mailbox] = []

    def start(**manners: Any) -> Mailbox:
        boxes.append(Mailbox(Manners(**manners)))
        return boxes[-1]

    yield start
    for box in boxes:
        box.stop()


def failure(channel: Email, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(delivery)
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, ValueError)
    return caught.value


def kind(error: DeliveryError) -> str:
    if error.off or error.retry_after is not None:
        return "off" if error.off else "pause"
    return "permanent" if error.permanent else "ambiguous" if error.ambiguous else "retry"


def test_the_frozen_bytes_arrive(email: Callable[..., Email], mail: Delivery, mailbox: Mailbox) -> None:
    receipt = email(mailbox.port).send(mail)
    (kept,) = mailbox.mails
    assert kept.raw == BODY.encode()
    assert (kept.sender, kept.recipients) == ("storywatch@example.org", ("desk@example.org",))
    assert receipt.detail == "250 2.0.0 Ok: kept"


def test_a_retry_sends_the_same_bytes_under_the_same_id(
    email: Callable[..., Email],
    an_alert: Callable[..., Alert],
    a_delivery: Callable[..., Delivery],
    mailbox: Mailbox,
) -> None:
    channel = email(mailbox.port)
    message = channel.compose(an_alert(), Destination("desk-email", "desk@example.org"), "ab12" * 16)
    delivery = a_delivery(message, "desk@example.org")
    mailbox.script("DATA", "451 4.3.0 later", "451 4.3.0 later")
    for attempt in (1, 2):
        assert kind(failure(channel, replace(delivery, attempts=attempt))) == "retry"
    channel.send(replace(delivery, attempts=3))
    channel.send(replace(delivery, attempts=4, may_repeat=True))
    first, second = mailbox.mails
    assert first.raw == second.raw == message.body.encode()
    assert first.message["Message-ID"] == f"<{'ab12' * 16}@example.org>"


def test_smuggling_makes_no_second_mail(
    email: Callable[..., Email],
    an_alert: Callable[..., Alert],
    a_delivery: Callable[..., Delivery],
    mailbox: Mailbox,
) -> None:
    channel = email(mailbox.port)
    trap = "\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<desk@example.org>\r\nDATA\r\nSubject: forged\r\n\r\n.\r\n"
    alert = an_alert(title=trap, sentences=(trap, "\n.\n"), against=trap)
    channel.send(
        a_delivery(channel.compose(alert, Destination("d", "desk@example.org"), "ab12" * 16), "desk@example.org")
    )
    raw = a_delivery(Message("x", BODY + "\n.\nMAIL FROM:<evil@example.org>\r\n.\n"), "desk@example.org")
    channel.send(raw)
    assert [one.sender for one in mailbox.mails] == ["storywatch@example.org"] * 2


def test_starttls_with_sign_in(
    email: Callable[..., Email], mail: Delivery, a_mailbox: Callable[..., Mailbox], trusting: Any
) -> None:
    box = a_mailbox(starttls=trusting.good, users={"desk": "s3cret-p4ssw0rd"})
    email(box.port, tls="starttls", username="desk", password="env:PASSWORD").send(mail)
    (kept,) = box.mails
    assert kept.encrypted and kept.signed_in == "desk"


def test_tls_from_the_first_byte(
    email: Callable[..., Email], mail: Delivery, a_mailbox: Callable[..., Mailbox], trusting: Any
) -> None:
    box = a_mailbox(tls=trusting.good, users={"desk": "s3cret-p4ssw0rd"})
    email(box.port, tls="tls", username="desk", password="env:PASSWORD").send(mail)
    assert len(box.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("flaw", "word"),
    [("wrong_name", "IP address mismatch"), ("expired", "expired"), ("unknown", "unable to get local issuer")],
)
def test_a_bad_certificate_gets_nothing(
    tls: str,
    flaw: str,
    word: str,
    email: Callable[..., Email],
    mail: Delivery,
    a_mailbox: Callable[..., Mailbox],
    trusting: Any,
) -> None:
    box = a_mailbox(**{tls: getattr(trusting, flaw)})
    error = failure(email(box.port, tls=tls), mail)
    assert kind(error) == "retry" and word in str(error) and "nothing was sent" in str(error)
    assert box.mails == ()


def test_without_starttls_nothing_goes_in_clear_text(
    email: Callable[..., Email], mail: Delivery, mailbox: Mailbox
) -> None:
    error = failure(email(mailbox.port, tls="starttls"), mail)
    assert kind(error) == "retry" and "does not offer STARTTLS" in str(error) and mailbox.mails == ()


def test_a_wrong_password_switches_off_and_is_never_shown(
    email: Callable[..., Email], mail: Delivery, a_mailbox: Callable[..., Mailbox], trusting: Any
) -> None:
    box = a_mailbox(starttls=trusting.good, users={"desk": "another"})
    error = failure(email(box.port, tls="starttls", username="desk", password="env:PASSWORD"), mail)
    assert kind(error) == "off" and "535" in str(error) and "s3cret" not in repr(error) and box.mails == ()


@pytest.mark.parametrize("echo", [b"s3cret-p4ssw0rd", b"AGRlc2sAczNjcmV0LXA0c3N3MHJk"])
def test_a_server_that_repeats_the_password(
    echo: bytes, email: Callable[..., Email], mail: Delivery, raw_smtp: Callable[..., Any]
) -> None:
    server = raw_smtp(EHLO=b"250-here\r\n250 AUTH PLAIN", AUTH=b"535 no: " + echo)
    error = failure(email(server.port, username="desk", password="env:PASSWORD"), mail)
    assert "[secret]" in str(error) and echo.decode() not in str(error)


def test_a_server_without_sign_in(email: Callable[..., Email], mail: Delivery, raw_smtp: Callable[..., Any]) -> None:
    server = raw_smtp(EHLO=b"250 here")
    error = failure(email(server.port, username="desk", password="env:PASSWORD"), mail)
    assert kind(error) == "off" and "no sign-in" in str(error)


@pytest.mark.parametrize(
    ("phase", "answer", "wanted"),
    [
        ("CONNECT", b"554 go away", "retry"),
        ("CONNECT", b"421 too busy", "pause"),
        ("CONNECT", DROP, "retry"),
        ("CONNECT", SILENCE, "retry"),
        ("MAIL", b"451 later", "retry"),
        ("MAIL", b"550 not you", "off"),
        ("RCPT", b"450 greylisted", "retry"),
        ("RCPT", b"421 too many", "pause"),
        ("RCPT", b"550 no such user", "permanent"),
        ("RCPT", b"552 5.2.2 mailbox full", "retry"),
        ("RCPT", b"553 bad name", "permanent"),
        ("DATA", b"451 not now", "retry"),
        ("DATA", b"554 no", "permanent"),
        ("DATA", DROP, "retry"),
        ("DOT", b"452 disk full", "retry"),
        ("DOT", b"552 5.3.4 too big", "permanent"),
        ("DOT", b"550 spam", "permanent"),
        ("DOT", b"999 what", "ambiguous"),
        ("DOT", DROP, "ambiguous"),
        ("DOT", SILENCE, "ambiguous"),
        ("DOT", b"not a number", "ambiguous"),
    ],
)
def test_what_every_answer_means(
    phase: str,
    answer: bytes,
    wanted: str,
    email: Callable[..., Email],
    mail: Delivery,
    raw_smtp: Callable[..., Any],
) -> None:
    server = raw_smtp(**{phase: answer})
    error = failure(email(server.port), mail)
    assert kind(error) == wanted
    assert ("nothing was" in str(error) or "refused" in str(error)) == (wanted != "ambiguous")


def test_a_refused_ehlo_falls_back_to_helo(
    email: Callable[..., Email], mail: Delivery, raw_smtp: Callable[..., Any]
) -> None:
    server = raw_smtp(EHLO=b"502 what")
    email(server.port).send(mail)
    assert len(server.kept) == 1 and any(line.startswith(("HELO", "helo")) for line in server.heard)


@pytest.mark.parametrize("goodbye", [b"421 busy", b"500 what", DROP, SILENCE])
def test_a_rude_goodbye_changes_nothing(
    goodbye: bytes, email: Callable[..., Email], mail: Delivery, raw_smtp: Callable[..., Any]
) -> None:
    server = raw_smtp(QUIT=goodbye)
    assert email(server.port).send(mail).detail == "250 2.0.0 kept"
    assert server.kept == [b"From: a@example.org\r\nTo: desk@example.org\r\nSubject: x\r\n\r\n"
                           b"First line\r\n..\r\n...dots\r\nFrom me\r\n"]  # fmt: skip


def test_a_server_that_drips_is_cut_off(
    email: Callable[..., Email], mail: Delivery, raw_smtp: Callable[..., Any]
) -> None:
    server = raw_smtp(MAIL=SILENCE)
    channel = replace(email(server.port), waits=Waits(reply=30.0, dot=30.0, whole=0.3))
    assert kind(failure(channel, mail)) == "retry"


def test_nobody_listens(email: Callable[..., Email], mail: Delivery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(email(port), mail)
    assert kind(error) == "retry" and "nothing was delivered" in str(error)


def test_an_unknown_host(email: Callable[..., Email], mail: Delivery) -> None:
    error = failure(email(25, host="mail.invalid", tls="starttls"), mail)
    assert kind(error) == "retry" and "was not found" in str(error)


@pytest.mark.parametrize("address", ["no-at-sign", "a@b.example\r\nRCPT TO:<c@d.example>", ""])
def test_an_address_that_cannot_be_used(
    address: str, email: Callable[..., Email], a_delivery: Callable[..., Delivery], mailbox: Mailbox
) -> None:
    channel = email(mailbox.port)
    message = channel.compose(
        sample(channel.telling, datetime(2025, 3, 18, tzinfo=UTC)), Destination("desk-email", address), "key"
    )
    assert kind(failure(channel, a_delivery(message, address))) == "permanent" and mailbox.mails == ()


def test_clear_text_to_another_machine_needs_a_word(
    email_config: Callable[..., EmailChannel], telling: Telling, mail: Delivery
) -> None:
    loose = email_config(host="127.0.0.1", tls="none").model_copy(update={"host": "mail.invalid"})
    error = failure(Email(loose, telling, QUICK), mail)
    assert kind(error) == "off" and "clear text" in str(error)


def test_a_test_message_arrives(email: Callable[..., Email], mailbox: Mailbox, an_alert: Callable[..., Alert]) -> None:
    channel = email(mailbox.port)
    channel.send(trial_delivery(channel, Destination("desk-email", "desk@example.org"), an_alert().first_seen))
    subject = mailbox.mails[0].message["Subject"]
    assert subject.startswith("[Ceasefire talks] Test message from Storywatch: ")
