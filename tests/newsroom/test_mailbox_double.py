"""The mailbox keeps what it is given and shows it as text."""

from __future__ import annotations

import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from monitor.newsroom.mailbox import Mailbox

RAW = (
    "From: Storywatch <storywatch@example.org>\r\nTo: desk@example.org\r\nSubject: <script>alert(1)</script>\r\n"
    "References: <story-1@example.org>\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlain <b>words</b>\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p onclick=x>Rich <img src=x></p>\r\n--b--\r\n"
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.stop()


def deliver(mailbox: Mailbox, raw: str = RAW) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as smtp:
        smtp.sendmail("storywatch@example.org", ["desk@example.org"], raw)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert "nosniff" in answer.headers["X-Content-Type-Options"]
        text: str = answer.read().decode()
        return text


def test_a_mail_is_kept_and_shown(mailbox: Mailbox) -> None:
    assert "Nothing arrived yet" in get(mailbox.url)
    deliver(mailbox)
    (mail,) = mailbox.mails
    assert (mail.number, mail.sender, mail.raw) == (1, "storywatch@example.org", RAW.encode())
    listing, page = get(mailbox.url), get(f"{mailbox.url}mails/1")
    assert "&lt;script&gt;" in listing and "story-1@example.org" in listing and "<script" not in listing + page
    assert "Plain &lt;b&gt;words&lt;/b&gt;" in page and "&lt;p onclick=x&gt;" in page and "<img" not in page
    assert get(f"{mailbox.url}mails/1.eml") == RAW


def test_scripted_answers_come_once_each(mailbox: Mailbox) -> None:
    mailbox.script("RCPT", "450 later")
    mailbox.script("DATA", "451 later")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        deliver(mailbox)
    with pytest.raises(smtplib.SMTPDataError):
        deliver(mailbox)
    deliver(mailbox)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("path", ["mails/7", "mails/x", "mails/", "etc/passwd", "mails/..%2f1"])
def test_there_is_nothing_else(path: str, mailbox: Mailbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(mailbox.url + path, timeout=5)
    assert caught.value.code == 404
    caught.value.close()


@pytest.mark.parametrize(
    "raw", ["", "\r\n", "no header at all", "Content-Type: text/plain; charset=nonsense\r\n\r\nx\xe9"]
)
def test_odd_mails_can_be_looked_at(raw: str, mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as smtp:
        smtp.sendmail("a@example.org", ["b@example.org"], raw.encode("latin-1"))
    assert "(no subject)" in get(mailbox.url)
    assert get(f"{mailbox.url}mails/1")
