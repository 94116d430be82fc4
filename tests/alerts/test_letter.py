"""The mail that is frozen: its headers, its two parts, its line lengths."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from alerts.channels.email import Email
from alerts.channels.letter import LONGEST_SUBJECT
from alerts.compose import Telling
from monitor.config import EmailChannel
from monitor.model import Alert, Destination, Digest

DESK = Destination("desk-email", "desk@example.org")
KEY = "ab12" * 16
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "X-Storywatch-Delivery", "X-Storywatch-Development", "MIME-Version", "Content-Type"),
}


def parsed(body: str) -> EmailMessage:
    mail = message_from_bytes(body.encode("ascii"), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


class Tags(HTMLParser):
    """Collects the tags and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


@pytest.fixture
def email(email_config: Callable[..., EmailChannel], telling: Telling) -> Email:
    return Email(email_config(), telling)


def test_the_headers_that_mail_programs_and_filters_need(email: Email, an_alert: Callable[..., Alert]) -> None:
    mail = parsed(email.compose(an_alert(), DESK, KEY).body)
    assert set(mail.keys()) == HEADERS
    assert mail["Subject"] == "[Ceasefire talks] Grain ports join the truce, ministry says"
    assert mail["Message-ID"] == f"<{KEY}@example.org>"
    assert mail["References"] == mail["In-Reply-To"] == "<story-3.ceasefire-talks@example.org>"
    assert mail["List-Id"] == "<ceasefire-talks.example.org>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert (mail["X-Storywatch-Delivery"].strip(), mail["X-Storywatch-Development"]) == (KEY, "d7")
    assert mail["Date"].datetime == an_alert().first_seen


def test_text_comes_first_and_both_parts_tell_the_same(email: Email, an_alert: Callable[..., Alert]) -> None:
    mail = parsed(email.compose(an_alert(), DESK, KEY).body)
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (text, html):
        content = part.get_content()
        for words in ("First News", "The truce would last 30 days.", "black-sea", "30 days", "Порти приєднуються"):
            assert words in content
    assert Tags(html.get_content()).links[0] == "https://first.example/a?x=1&y=2"


def test_composing_is_the_same_every_time(email: Email, an_alert: Callable[..., Alert]) -> None:
    assert email.compose(an_alert(), DESK, KEY) == email.compose(an_alert(), DESK, KEY)


def test_recipients_get_mails_of_their_own(email: Email, an_alert: Callable[..., Alert]) -> None:
    one = parsed(email.compose(an_alert(), DESK, KEY).body)
    other = parsed(email.compose(an_alert(), Destination("desk-email", "night@example.org"), "cd34" * 16).body)
    assert one["To"] == "desk@example.org" and other["To"] == "night@example.org"
    assert one["Message-ID"] != other["Message-ID"] and one["References"] == other["References"]


@pytest.mark.parametrize("word", ["Перемир'я ", "停火協議", "🕊️ peace ", "x", "word "])
def test_long_headlines_of_any_script(word: str, email: Email, an_alert: Callable[..., Alert]) -> None:
    message = email.compose(an_alert(title=word * 1000), DESK, KEY)
    assert len(message.subject) <= LONGEST_SUBJECT
    assert max(map(len, message.body.split("\r\n"))) <= 78 + len("Message-ID: ")
    assert "\n" not in message.body.replace("\r\n", "")
    assert parsed(message.body)["Subject"] == message.subject


@pytest.mark.parametrize(
    ("configured", "header", "domain"),
    [
        ("desk@bücher.example", "desk@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("Служба <desk@example.org>", "Служба <desk@example.org>", "example.org"),
    ],
)
def test_senders_with_other_letters(
    configured: str,
    header: str,
    domain: str,
    email_config: Callable[..., EmailChannel],
    telling: Telling,
    an_alert: Callable[..., Alert],
) -> None:
    mail = parsed(Email(email_config(**{"from": configured}), telling).compose(an_alert(), DESK, KEY).body)
    assert str(mail["From"]) == header
    assert mail["Message-ID"].endswith(f"@{domain}>")


def test_the_page_has_no_script_picture_or_form(email: Email, an_alert: Callable[..., Alert]) -> None:
    hostile = '"><img src=x onerror=alert(1)><script>alert(2)</script><form action="//evil.example">'
    alert = an_alert(title=hostile, against=hostile, sentences=(hostile,), story_title=hostile)
    html = parsed(email.compose(alert, DESK, KEY).body).get_body(("html",))
    assert html is not None
    page = Tags(html.get_content())
    assert not page.tags & {"script", "img", "form", "iframe", "object", "svg", "base"} and not page.handlers
    assert all(link.startswith(("https://", "http://127.0.0.1:8787/")) for link in page.links)


def test_a_link_that_is_none_is_left_out(email: Email, an_alert: Callable[..., Alert]) -> None:
    report = an_alert().reports[0]
    alert = an_alert(
        reports=(type(report)(1, 1, "T", "javascript:alert(1)", "s", "", report.level, None, report.first_seen),)
    )
    body = email.compose(alert, DESK, KEY).body
    assert "javascript:" not in body and re.search(r"href=3D\"http://127", body)


def test_a_summary_belongs_to_no_story(email: Email, an_alert: Callable[..., Alert]) -> None:
    mail = parsed(email.compose(Digest((an_alert(),), first_import=True), DESK, KEY).body)
    assert mail["References"] is None and mail["X-Storywatch-Development"] is None
    assert "First import: 1 development already out" in mail["Subject"]
