"""RSS, Atom and RDF by feedparser, with its sanitising and link resolution off. Runs where it can be killed."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import timedelta
from typing import Any

from monitor.errors import ParseError
from monitor.model import Quiet
from spiders.items import Feed, Item
from spiders.sniff import looks_like

_ENCODING = re.compile(rb"""(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*(?:"[^">]*"|'[^'>]*')""")
_MAIL_AND_NAME = re.compile(r"\S{1,250}@\S{1,250}\s{1,5}\(([^()]{1,200})\)")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_WAIT = timedelta(days=31)
_SKIP_HOURS = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_SKIP_DAYS = re.compile(rb"<skipDays>(.{0,1000}?)</skipDays>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*([a-z]{3,9})\s*</day>", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_syndicated(body: bytes, url: str, content_type: str) -> Feed:
    """Raises ParseError, saying what the bytes look like, when they are no feed."""
    parsed = _parsed(body, url, content_type)
    if not parsed.entries and not parsed.version:
        raise ParseError(f"{looks_like(body)}, not a feed")
    feed = parsed.feed
    items = (_item(raw) for raw in parsed.entries)
    quiet = read_quiet(body)
    version = parsed.version or "unknown"
    links = tuple((_text(one, "rel"), _text(one, "href")) for one in feed.get("links") or [])
    return Feed(_text(feed, "title"), _text(feed, "language"), version, items, _ttl(feed), quiet, links, _period(feed))


def _parsed(body: bytes, url: str, content_type: str) -> Any:
    try:
        return _parse(body, url, content_type)
    except Exception as first:
        # Codecs like punycode and undefined raise out of feedparser: the declared encoding is a lie, so read UTF-8.
        try:
            return _parse(_ENCODING.sub(rb"\1", body, count=1), url, "")
        except Exception as error:
            raise ParseError(f"the feed breaks its parser: {type(error).__name__}: {str(error)[:200]}") from first


def _parse(body: bytes, url: str, content_type: str) -> Any:
    # Only the children read feeds: they have it loaded, the daemon need not.
    import feedparser

    headers = {"content-location": url, "content-type": _true_type(body, content_type)}
    # A stream, because feedparser opens bytes and strings that happen to be the path of a local file.
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _true_type(body: bytes, content_type: str) -> str:
    """The content type to believe: what reads as UTF-8 is UTF-8. Without any type feedparser would assume Latin-1."""
    if not body.isascii():
        with contextlib.suppress(UnicodeError):
            body.decode()
            return "application/xml; charset=utf-8"
    return content_type or "application/xml"


def _item(raw: Any) -> Item:
    return Item(
        link=_link(raw),
        guid=_text(raw, "id"),
        title=_text(raw, "title"),
        summary=_text(raw, "summary"),
        content=_content(raw),
        author=_authors(raw),
        published=_text(raw, "published"),
        updated=_text(raw, "updated"),
        language=_text(raw, "language") or _declared(raw, "title_detail") or _declared(raw, "summary_detail"),
        base=_base(raw),
    )


def _link(raw: Any) -> str:
    """The publisher's own address of the article: before a counter was put in front of it, if the feed says so."""
    original = _text(raw, "feedburner_origlink")
    if original.startswith(("http://", "https://")):
        return original
    links = [link for link in raw.get("links") or [] if link.get("href")]
    pages = [link for link in links if link.get("rel", "alternate") == "alternate"]
    html = [link for link in pages if link.get("type", "text/html") in ("text/html", "application/xhtml+xml")]
    return str((html or pages)[0]["href"]) if html or pages else _text(raw, "link")


def _content(raw: Any) -> str:
    values = [part.get("value") or "" for part in raw.get("content") or []]
    return max(values, key=len, default="")


def _authors(raw: Any) -> str:
    if (written := _MAIL_AND_NAME.fullmatch(_text(raw, "author").strip())) is not None:
        # feedparser cuts addresses in top-level domains of more than four letters in the middle.
        return written[1].strip()
    names = [person.get("name") or "" for person in raw.get("authors") or []]
    return ", ".join(dict.fromkeys(name for name in names if name)) or _text(raw, "author")


def _declared(raw: Any, detail: str) -> str:
    return str((raw.get(detail) or {}).get("language") or "")


def _base(raw: Any) -> str:
    """The xml:base that was in force inside the item."""
    details = (raw.get(name) or {} for name in ("title_detail", "summary_detail"))
    return next((str(detail["base"]) for detail in details if detail.get("base")), "")


def _ttl(feed: Any) -> timedelta | None:
    """The wait the feed asks for: RSS ttl in minutes."""
    ttl = _text(feed, "ttl")
    if ttl.isdecimal() and len(ttl) < 7 and int(ttl) > 0:
        return min(timedelta(minutes=int(ttl)), _LONGEST_WAIT)
    return None


def _period(feed: Any) -> timedelta | None:
    """How often the feed says it changes, by the syndication module."""
    period = _PERIODS.get(_text(feed, "sy_updateperiod").lower())
    if period is None:
        return None
    frequency = _text(feed, "sy_updatefrequency")
    times = int(frequency) if frequency.isdecimal() and len(frequency) < 5 else 1
    return min(period / max(1, times), _LONGEST_WAIT)


def read_quiet(body: bytes) -> Quiet:
    """skipHours and skipDays of an RSS feed, which feedparser reads past; old feeds wrote midnight as 24."""
    hours = {int(text) % 24 for text in _children(body, _SKIP_HOURS, _HOUR) if int(text) <= 24}
    names = (text[:3].decode().lower() for text in _children(body, _SKIP_DAYS, _DAY))
    return Quiet(frozenset(hours), frozenset(_WEEKDAYS.index(name) for name in names if name in _WEEKDAYS))


def _children(body: bytes, block: re.Pattern[bytes], child: re.Pattern[bytes]) -> list[bytes]:
    found = block.search(body)
    return child.findall(found[1]) if found else []


def _text(raw: Any, name: str) -> str:
    value = dict.get(raw, name)  # feedparser's own get answers for aliases, with a warning
    return value.strip() if isinstance(value, str) else ""
