"""An outline as a mail: the whole RFC 5322 text, which is frozen and sent byte for byte on every attempt. Pure."""

from __future__ import annotations

import base64
import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from alerts.compose import Outline
from alerts.plain import plain, why
from alerts.wording import cut
from monitor.model import Message
from monitor.text import clean

LONGEST_SUBJECT = 120
_LONGEST_TAG = 40
_WORD_BYTES = 39  # in one encoded word: with its frame and "Subject: " a line stays under 76 characters
_PLACE = "storywatch-subject"
_NEXT = ",\r\n "
_BOUNDARY = re.compile(r'boundary="([^"]+)"')
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9._-]+")
_NOT_IN_A_LABEL = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mail says besides its text. `story` is the bare number, None for mails outside any story."""

    sender: str
    recipient: str
    key: str
    watch: str
    story: int | None = None
    development: int | None = None
    date: datetime | None = None
    reply_to: str = ""
    unsubscribe: str = ""


def letter(told: Outline, envelope: Envelope) -> Message:
    """Subject and the whole mail with CRLF: ASCII, but for a recipient whose name is not."""
    mail = EmailMessage(policy=SMTP)
    subject = _subject(told.headline, envelope.watch)
    mail["From"] = _header_address(envelope.sender)
    recipient = _header_address(envelope.recipient)
    mail["To"] = recipient if recipient.username.isascii() else _PLACE
    mail["Subject"] = _PLACE
    if envelope.reply_to:
        mail["Reply-To"] = _header_address(envelope.reply_to)
    if envelope.date is not None:
        mail["Date"] = envelope.date
    _identify(mail, envelope)
    text, html = plain(told), _page().render(told=told, why=why)
    mail.set_content(text, cte=_encoding(text))
    mail.add_alternative(html, subtype="html", cte=_encoding(html))
    # Ours instead of a random one: "=_" stands in no quoted-printable or base64 text.
    mail.set_boundary(f"=_{_NOT_IN_AN_ID.sub('-', envelope.key)[:32]}")
    whole = mail.as_bytes().decode("ascii").replace(f"To: {_PLACE}\r\n", f"To: {recipient.addr_spec}\r\n", 1)
    head, _, rest = whole.partition(f"Subject: {_PLACE}\r\n")
    return Message(subject, f"{head}Subject: {_folded(subject)}\r\n{_leaving(envelope)}{rest}")


def text_only(mail: str) -> str:
    """The same mail without its HTML part, for a server that finds it too big."""
    head, _, body = mail.partition("\r\n\r\n")
    boundary = _BOUNDARY.search(head)
    if boundary is None:
        return mail
    kept = re.sub(r"^Content-Type:.*(\r\n[ \t].*)*\r\n", "", f"{head}\r\n", flags=re.MULTILINE)
    # The last line end before a boundary belongs to that.
    return kept + body.split(f"--{boundary[1]}\r\n")[1].removesuffix("\r\n")


def _leaving(envelope: Envelope) -> str:
    """How to end these mails: by one click (RFC 8058) where people reach us safely, by mail where somebody reads it.

    As text: the standard library would encode long addresses, which no mail program reads here.
    """
    ways, click = [], envelope.unsubscribe.startswith("https://")
    if click:
        ways.append(f"<{envelope.unsubscribe}>")
    if envelope.reply_to:
        about = quote(f"Unsubscribe from {cut(envelope.watch, _LONGEST_TAG)}")
        ways.append(f"<mailto:{quote(_header_address(envelope.reply_to).addr_spec, safe='@')}?subject={about}>")
    lines = [f"List-Unsubscribe: {_NEXT.join(ways)}"] if ways else []
    lines += ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"] if click else []
    return "".join(f"{line}\r\n" for line in lines)


def _identify(mail: EmailMessage, envelope: Envelope) -> None:
    sender = _header_address(envelope.sender)
    slug = _NOT_IN_A_LABEL.sub("-", envelope.watch.lower()).strip("-")[:_LONGEST_TAG] or "watch"
    mail["Message-ID"] = f"<{_NOT_IN_AN_ID.sub('-', envelope.key)}@{sender.domain}>"
    if envelope.story is not None:
        # The root is never sent: mail programs group by it, and no lost first mail can break the thread.
        root = f"<story-{envelope.story}.{slug}@{sender.domain}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["List-Id"] = f"<{slug}.{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Storywatch-Delivery"] = envelope.key
    if envelope.development is not None:
        mail["X-Storywatch-Development"] = f"d{envelope.development}"


def mailbox(text: str) -> Address:
    """A configured address, its domain in ASCII. Raises ValueError where it is none."""
    name, spec = parseaddr(text)
    local, _, domain = spec.rpartition("@")
    usable = local and domain and text.isprintable() and "=?" not in spec
    if not usable or any(char.isspace() or char in "<>" for char in spec):
        raise ValueError(f"{clean(text, 100)!r} is no mail address")
    # The standard library obeys what "=?...?=" hides in a name, line ends included.
    return Address(clean(name.replace("=?", "= ?"), 64), local.strip('"'), domain.encode("idna").decode("ascii"))


def _header_address(text: str) -> Address:
    """Composing never fails: an address that cannot be reached is refused with a clear word when the mail is sent."""
    try:
        found = mailbox(text)
        found.addr_spec.encode()
    except ValueError:
        return Address("", "nobody", "invalid")
    return found


def _subject(headline: str, watch: str) -> str:
    tag = cut(watch, _LONGEST_TAG)
    return cut(f"[{tag}] {headline}" if tag else headline, LONGEST_SUBJECT)


def _folded(subject: str) -> str:
    """As RFC 2047 wants it. The standard library loses spaces between emoji, and obeys what "=?...?=" may hide."""
    if subject.isascii() and "=?" not in subject:
        return "\r\n ".join(textwrap.wrap(subject, 65, break_long_words=False, break_on_hyphens=False)) or " "
    words = [""]
    for char in subject:
        if len((words[-1] + char).encode()) > _WORD_BYTES:
            words.append("")
        words[-1] += char
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word.encode()).decode()}?=" for word in words)


def _encoding(text: str) -> str:
    """The shorter of the two: quoted-printable triples every byte that is not ASCII."""
    return "quoted-printable" if len(text.encode()) < 1.2 * len(text) else "base64"


@cache
def _page() -> Template:
    loader = PackageLoader("alerts", "channels")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("letter.html")
