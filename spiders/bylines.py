"""Byline and date lines as people write them above an article. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from monitor.text import clean
from spiders.dates import find_date, settle, without_dates

NAME_LIMIT = 200
_LINE_LIMIT = 120
_BY = re.compile(r"^\W*(?:by|text by|written by|текст|автор|автори|авторы)\b\s*:?\s+", re.IGNORECASE)
_PART = r"(?:[^\W\d_a-zа-яіїєґ][\w.'’-]*|de|da|van|von|der|den|bin|al|el|la)"
_NAMES = re.compile(rf"{_PART}(?: {_PART}){{0,4}}(?:(?:,| and| &| та| і| и) {_PART}(?: {_PART}){{0,4}}){{0,6}}")
_PLACE = re.compile(rf"\s+(?:in|у|в)\s+{_PART}(?:[ ,-]+{_PART}){{0,4}}$")
_LABEL = re.compile(
    r"\b(date|published|posted|first|on|at|last|updated?|modified|[ap]\.?m|gmt|utc|e[ds]t|c?e?e?s?t|msk"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
    r"|опубліковано|опубликовано|оновлено|обновлено|дата|о|в)\b\.?",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"\b(updated?|modified|оновлено|обновлено)\b", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"\s*\b(commented on|published|updated|posted|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|january|february|april|june|july|august|september|october|november|december)\b.*$",
    re.IGNORECASE,
)
_LEADING_DATE = re.compile(r"^\W*date:?\s+(?P<date>\d{4}-\d\d-\d\d)(?:T[\d:]+Z?)?\s+(?=\S)", re.IGNORECASE)


class Byline(NamedTuple):
    """What a line above an article says: who wrote it, when it was published; either may be missing."""

    author: str = ""
    published: datetime | None = None


def author_name(raw: str) -> str:
    """Names as a page gives them, without "By", dates and addresses."""
    name = _AFTER_NAME.sub("", _BY.sub("", clean(raw, NAME_LIMIT)))
    return "" if "://" in name or "@" in name else name.replace("; ", ", ").strip(" ,;|-–—")


def read_byline(line: str, now: datetime) -> Byline | None:
    """A line that is nothing but a byline, a date or both; None for any other line, and for anything ambiguous."""
    if len(line) > _LINE_LIMIT:
        return None
    moment = find_date(line)
    rest = without_dates(line) if moment else line
    published = settle(moment, now) if moment and not _UPDATED.search(line) else None
    start = _BY.match(rest)
    if start is None:
        return Byline("", published) if moment and not _words(rest) else None
    names = _NAMES.match(rest, start.end())
    if names is None:
        return None
    after = rest[names.end() :]
    place = _PLACE.match(after.rstrip(" ,|•·–—-"))
    return None if not place and _words(after) else Byline(names[0], published)


def leading_date(line: str, now: datetime) -> tuple[datetime | None, str]:
    """The date of a "date 2025-03-19 Text ..." beginning and the line without it."""
    found = _LEADING_DATE.match(line)
    moment = find_date(found["date"]) if found else None
    return (settle(moment, now), line[found.end() :]) if found and moment else (None, line)


def _words(text: str) -> str:
    """What remains of a line without labels and punctuation."""
    return re.sub(r"[\W_]+", "", _LABEL.sub(" ", text))
