"""The mail itself, against what headlines, recipients and configs may hold: M19, M20, M24-M34 and M41."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import open_channels
from alerts.channels.email import Email
from alerts.channels.letter import LONGEST_SUBJECT, text_only
from alerts.compose import Telling
from alerts.links import Links, Wish
from monitor.config import EmailChannel, load
from monitor.model import Alert, Delivery, Destination, Digest, Message, Notice, OwnerNotice, Subject, Topic
from monitor.model.archive import Edit

DESK, KEY = Destination("desk-email", "desk@example.org"), "ab12" * 16
INJECTIONS = [
    "\r\nBcc: eve@example.org\r\n",
    "\nBcc: eve@example.org\n",
    "\rBcc: eve@example.org\r",
    "\u2028Bcc: eve@example.org",
    "\u2029Bcc: eve@example.org",
    "\x85Bcc: eve@example.org",
    "\x0bBcc: eve@example.org",
    "\x0cBcc: eve@example.org",
    "%0d%0aBcc: eve@example.org",
    "=?utf-8?q?=0D=0ABcc:_eve@example.org?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==?=",
    "\r\n\r\nbody\r\n.\r\nMAIL FROM:<eve@example.org>",
]
Server = Callable[..., Any]
Channel = Callable[..., Email]
Alerted = Callable[..., Delivery]


@pytest.fixture
def composing(email_config: Callable[..., EmailChannel], telling: Telling) -> Email:
    return Email(email_config(), telling)


def parsed(body: str | bytes) -> EmailMessage:
    mail = message_from_bytes(body.encode() if isinstance(body, str) else body, policy=default)
    assert isinstance(mail, EmailMessage) and not mail.defects
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    content: str = found.get_content()
    return content


def poisoned(alert: Alert, word: str) -> Alert:
    """The same alert with a word wherever text from the web or the archive may stand."""
    reports = tuple(replace(one, title=word, source_id=word, lead=word) for one in alert.reports)
    return replace(alert, title=word, story_title=word, reports=reports, sentences=(word,), against=word)


@pytest.mark.parametrize("length", [70, 77, 78, 79, 997, 998, 999, 5000])
@pytest.mark.parametrize("letter", ["x", "Ж", "停"])
def test_m19_no_line_is_too_long(length: int, letter: str, composing: Email, an_alert: Callable[..., Alert]) -> None:
    word = letter * length
    body = composing.compose(poisoned(an_alert(), word), DESK, KEY).body
    assert max(len(line.encode()) for line in body.split("\r\n")) <= 100
    assert "\n" not in body.replace("\r\n", "") and letter * 60 in part(parsed(body), "plain")


@pytest.mark.parametrize("line", [".", "..", ". dots", "From me to you", ".\n.\n..", "From \n.\nFrom "])
def test_m20_dots_and_froms(line: str, server: Server, email: Channel, a_delivery: Callable[..., Delivery]) -> None:
    box, text = server(), "Subject: x\r\n\r\n" + line.replace("\n", "\r\n") + "\r\nend\r\n"
    email(box.port).send(a_delivery(Message("x", text), "desk@example.org"))
    (kept,) = box.kept
    assert re.sub(rb"(?m)^\.", b"", kept).decode() == text


@pytest.mark.parametrize("word", INJECTIONS, ids=range(len(INJECTIONS)))
def test_m24_nothing_becomes_a_header(
    word: str, an_alert: Callable[..., Alert], email_config: Callable[..., EmailChannel], telling: Telling
) -> None:
    channel = Email(
        email_config().model_copy(
            update={"sender": f"Watch {word} <w@example.org>", "reply_to": f"{word} <r@example.org>"}
        ),
        replace(telling, watch=word, names={"first": word}),
        links=Links(b"k" * 32, "https://watch.example.org"),
    )
    subjects: list[Subject] = [
        poisoned(an_alert(), word),
        Digest((poisoned(an_alert(), word),), (Notice(an_alert(), 1, 2, word, word, an_alert().first_seen, Edit()),)),
        OwnerNotice(Topic.SOURCE_DEAD, word, word, (word,)),
    ]
    for subject in subjects:
        for address in ("desk@example.org", f"desk@example.org{word}", f"{word}desk@example.org"):
            body = channel.compose(subject, Destination("desk-email", address), KEY).body
            head = body.partition("\r\n\r\n")[0]
            names = {line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))}
            assert "Bcc" not in names and "\n" not in head.replace("\r\n", "")
            mail = parsed(body)
            assert mail["Bcc"] is None and len(mail.get_all("To")) == len(mail.get_all("From")) == 1
            assert not set(head.replace("\r\n", "")) & set("\r\n\x0b\x0c\x85\u2028\u2029")


@pytest.mark.parametrize("word", ["\x00", "\x1b]0;x\x07", "a\x00b", "\u202egnp.exe", "\u2066x", "\ufeff", "\x7f\x9b"])
def test_m25_controls_are_gone(word: str, composing: Email, an_alert: Callable[..., Alert]) -> None:
    message = composing.compose(poisoned(an_alert(), f"Truce {word} holds"), DESK, KEY)
    mail = parsed(message.body)
    told = str(mail["Subject"]) + part(mail, "plain").replace("\n", "") + part(mail, "html").replace("\n", "")
    assert not [char for char in told if not char.isprintable() and char not in "\r\xa0"]
    assert "Truce" in mail["Subject"]


@pytest.mark.parametrize("word", ["x" * 5000, "停火" * 900, "🕊️" * 900, "\ud83d", "a\udfffb " * 50, "e\u0301" * 900, ""])
def test_m26_subjects_of_any_kind(word: str, composing: Email, an_alert: Callable[..., Alert]) -> None:
    message = composing.compose(an_alert(title=word), DESK, KEY)
    assert len(message.subject) <= LONGEST_SUBJECT and parsed(message.body)["Subject"] == message.subject
    assert message.body.isascii()


class Page(HTMLParser):
    """The tags, attributes and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/with space?q=a b",
        "https://a.example/'\"><b>",
        'https://a.example/"onclick=alert(1) x="',
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "https://a.example\r\nX: y",
        "//evil.example/",
        "",
    ],
)
def test_m27_only_web_addresses_are_links(url: str, composing: Email, an_alert: Callable[..., Alert]) -> None:
    reports = tuple(replace(one, url=url) for one in an_alert().reports)
    page = Page(part(parsed(composing.compose(an_alert(reports=reports), DESK, KEY).body), "html"))
    assert all(link.startswith(("https://a.example", "http://127.0.0.1:8787/")) for link in page.links)
    assert all(not set(link) & set(" \"'<>`") for link in page.links)
    assert not [name for name in page.names if name.startswith("on")]


@pytest.mark.parametrize(
    "word",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</style><style>body{background:url(//evil.example)}",
        "<form action=//evil.example><input></form>",
        "<iframe src=//evil.example>",
        "<svg onload=alert(1)>",
        "{{ 7*7 }}{% raw %}",
        "</div></body></html>",
    ],
)
def test_m28_markup_stays_text(word: str, composing: Email, an_alert: Callable[..., Alert]) -> None:
    clean = Page(part(parsed(composing.compose(an_alert(), DESK, KEY).body), "html"))
    html = part(parsed(composing.compose(poisoned(an_alert(), word), DESK, KEY).body), "html")
    page = Page(html)
    assert page.tags <= clean.tags and page.names <= clean.names and "49" not in html
    assert not page.tags & {"script", "img", "form", "input", "iframe", "svg", "object", "base", "link"}
    assert "url(" not in html.partition("<style>")[2].partition("</style>")[0]


def test_m29_replies_hang_together_without_a_root(composing: Email, an_alert: Callable[..., Alert]) -> None:
    turns = [an_alert(development_id=number, follows=number) for number in range(3)]
    notice = Notice(an_alert(), 12, 2, "T", "https://a.example/", an_alert().first_seen, Edit())
    mails = [parsed(composing.compose(one, DESK, f"{n:064x}").body) for n, one in enumerate([*turns, notice])]
    assert len({mail["References"] for mail in mails}) == len({mail["In-Reply-To"] for mail in mails}) == 1
    assert len({mail["Message-ID"] for mail in mails}) == 4
    other = parsed(composing.compose(an_alert(story_id=99), DESK, KEY).body)
    assert other["References"] != mails[0]["References"]


def test_m30_the_id_is_the_same_on_every_try(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server()
    channel = email(box.port)
    delivery, other = alerted(channel), alerted(channel, "night@example.org", "cd34" * 16)
    for attempt in range(1, 6):
        channel.send(replace(delivery, attempts=attempt, may_repeat=attempt > 1))
    channel.send(other)
    ids = [parsed(mail)["Message-ID"] for mail in box.kept]
    assert len(set(ids[:5])) == 1 and ids[5] != ids[0] and len(set(box.kept[:5])) == 1


@pytest.mark.parametrize("count", [0, 1, 50, 51, 5000])
def test_m31_digests_of_any_size(count: int, composing: Email, an_alert: Callable[..., Alert]) -> None:
    alerts = tuple(an_alert(development_id=number, title=f"Headline number {number}") for number in range(count))
    mail = parsed(composing.compose(Digest(alerts, reasons=("quiet hours",)), DESK, KEY).body)
    text, html = part(mail, "plain"), part(mail, "html")
    for told in (text, html):
        numbers = [int(found) for found in re.findall(r"Headline number (\d+)", told)]
        # Newest first.
        assert numbers == sorted(range(count), reverse=True)[:50]
        assert (f"and {count - 50} more" in told) == (count > 50)


def test_m32_one_poisonous_item_does_not_keep_the_others(composing: Email, an_alert: Callable[..., Alert]) -> None:
    broken: Any = an_alert(title=None)
    alerts = (an_alert(title="First headline"), broken, an_alert(title="Third headline"))
    text = part(parsed(composing.compose(Digest(alerts), DESK, KEY).body), "plain")
    assert "First headline" in text and "Third headline" in text and "cannot be told (TypeError)" not in text
    assert "One that cannot be told" in text and "3 developments" in text


def test_m33_unsubscribing(
    email_config: Callable[..., EmailChannel], telling: Telling, an_alert: Callable[..., Alert]
) -> None:
    links = Links(b"k" * 32, "https://watch.example.org")
    config = email_config(reply_to="Ann <ann@example.org>")
    mail = parsed(Email(config, telling, links=links).compose(an_alert(), DESK, KEY).body)
    click, letter = str(mail["List-Unsubscribe"]).split(", ")
    assert click == f"<{links.unsubscribe(DESK)}>"
    assert letter == "<mailto:ann@example.org?subject=Unsubscribe%20from%20Ceasefire%20talks>"
    assert (
        mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        and str(mail["Reply-To"]) == "Ann <ann@example.org>"
    )
    for told in (part(mail, "plain"), part(mail, "html").replace("&amp;", "&")):
        for url in (links.answer(Wish.NOT_RELEVANT, KEY), links.answer(Wish.MUTE_STORY, KEY), links.unsubscribe(DESK)):
            assert url in told
    # A token is one destination's, and is no other's and no answer.
    token = links.unsubscribe(DESK).rpartition("/")[2]
    assert links.subscriber(token, [Destination("desk-email", "b@example.org"), DESK]) == DESK
    assert links.subscriber(token, [Destination("other", DESK.address)]) is None
    assert Links(b"x" * 32).subscriber(token, [DESK]) is None and links.answered(token) is None


def test_m33_the_archives_key_reaches_the_mails(tmp_path: Path, an_alert: Callable[..., Alert]) -> None:
    file = tmp_path / "storywatch.toml"
    file.write_text(
        "[watch]\npublic_url = 'https://watch.example.org'\n[[channels]]\nid = 'desk-email'\nkind = 'email'\n"
        "host = '127.0.0.1'\nfrom = 'w@example.org'\nto = ['desk@example.org']\n",
        encoding="utf-8",
    )
    config = load(file, {}, tmp_path)
    with_key = open_channels(config, link_key=b"k" * 32)["desk-email"].compose(an_alert(), DESK, KEY)
    without = open_channels(config)["desk-email"].compose(an_alert(), DESK, KEY)
    assert Links(b"k" * 32, "https://watch.example.org").unsubscribe(DESK) in with_key.body
    assert "/u/" not in without.body and "/answer/" not in without.body


@pytest.mark.parametrize(
    ("public_url", "reply_to", "wanted"),
    [
        ("", "", None),
        ("http://127.0.0.1:8787", "", None),
        (
            "http://127.0.0.1:8787",
            "a@example.org",
            "<mailto:a@example.org?subject=Unsubscribe%20from%20Ceasefire%20talks>",
        ),
    ],
)
def test_m33_one_click_only_where_people_reach_us_safely(
    public_url: str,
    reply_to: str,
    wanted: str | None,
    email_config: Callable[..., EmailChannel],
    telling: Telling,
    an_alert: Callable[..., Alert],
) -> None:
    channel = Email(email_config(reply_to=reply_to), telling, links=Links(b"k" * 32, public_url))
    mail = parsed(channel.compose(an_alert(), DESK, KEY).body)
    assert mail["List-Unsubscribe"] == wanted and mail["List-Unsubscribe-Post"] is None
    assert ("Not relevant: http" in part(mail, "plain")) == bool(public_url)


def test_m34_no_answer_to_an_answer(composing: Email, an_alert: Callable[..., Alert]) -> None:
    own = Destination("desk-email", "storywatch@example.org")
    mail = parsed(composing.compose(an_alert(), own, KEY).body)
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert not [name for name in mail if name in ("Return-Receipt-To", "Disposition-Notification-To", "Precedence")]


@pytest.mark.parametrize("end", ["\n.\n", "\r\n.\r\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n\x00.\r\n"])
def test_m41_no_second_mail_is_smuggled(
    end: str, server: Server, email: Channel, alerted: Alerted, a_delivery: Callable[..., Delivery]
) -> None:
    box = server()
    channel = email(box.port)
    trap = f"x{end}MAIL FROM:<eve@example.org>\r\nRCPT TO:<desk@example.org>\r\nDATA\r\nSubject: forged{end}"
    channel.send(alerted(channel, title=trap, sentences=(trap,), against=trap))
    # No mail of ours holds such bytes; the sending does not rely on that.
    channel.send(a_delivery(Message("x", f"Subject: x\r\n\r\n{trap}\r\n"), "desk@example.org"))
    assert len(box.kept) == 2 and len([line for line in box.heard if line.upper().startswith("MAIL")]) == 2
    assert b"\r" not in box.kept[0].replace(b"\r\n", b"") and b"\n" not in box.kept[0].replace(b"\r\n", b"")
    assert not re.search(rb"\n\.\r?\n", b"".join(box.kept))


def test_text_only_keeps_the_headers(composing: Email, an_alert: Callable[..., Alert]) -> None:
    whole = composing.compose(an_alert(title="Перемир'я"), DESK, KEY).body
    mail, short = parsed(whole), parsed(text_only(whole))
    assert short.get_content_type() == "text/plain" and short.get_content() == part(mail, "plain")
    kept = [name for name in mail if name != "Content-Type"]
    assert [short[name] for name in kept] == [mail[name] for name in kept]
    assert text_only("Subject: x\r\n\r\nplain\r\n") == "Subject: x\r\n\r\nplain\r\n"
