"""Dates and times of day as English, Ukrainian and Russian texts write them; one value for all spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Found(NamedTuple):
    """A hard fact in a text: `value` is the same for all its spellings; offsets are characters of the text."""

    kind: str
    value: str
    start: int
    end: int


_MONTHS = (
    "Jan(?:uary)?|[Сс]ічня|[Яя]нваря",
    "Feb(?:ruary)?|[Лл]ютого|[Фф]евраля",
    "Mar(?:ch)?|[Бб]ерезня|[Мм]арта",
    "Apr(?:il)?|[Кк]вітня|[Аа]преля",
    "May|[Тт]равня|[Мм]ая",
    "June?|[Чч]ервня|[Ии]юня",
    "July?|[Лл]ипня|[Ии]юля",
    "Aug(?:ust)?|[Сс]ерпня|[Аа]вгуста",
    "Sept?(?:ember)?|[Вв]ересня|[Сс]ентября",
    "Oct(?:ober)?|[Жж]овтня|[Оо]ктября",
    "Nov(?:ember)?|[Лл]истопада|[Нн]оября",
    "Dec(?:ember)?|[Гг]рудня|[Дд]екабря",
)
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})\b"
_ENGLISH = "|".join(months.split("|")[0] for months in _MONTHS)  # the only one of the three that puts the month first
_YEAR = r"(?:,?\s+(?:19|20)\d\d\b)?"
_HALF = r"\s?[aApP]\.?[mM]\b\.?"
# Searching for a first character that is a letter or digit and asking about the one before it afterwards is five times
# faster than patterns that begin with an assertion.
_DIGITS = re.compile(r"\d+")
_BEFORE_DIGIT = re.compile(r"[\w.,:]")
_AT_DIGIT = (
    re.compile(r"(?:19|20)\d\d-(?P<number>[01]\d)-(?P<day>[0-3]\d)(?!\d)"),
    re.compile(r"(?P<day>[0-3]?\d)\.(?P<number>[01]?\d)\.(?:19|20)\d\d(?!\d)"),
    re.compile(rf"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}{_YEAR}"),
)
_AT_MONTH = re.compile(rf"(?P<month>{_ENGLISH})\b\.?\s+(?:the\s+)?(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?![:.]\d){_YEAR}")
_CLOCK = re.compile(rf"(?P<hour>[0-2]?\d)(?P<minutes>:[0-5]\d(?![\d:])|(?:[.:][0-5]\d)?(?={_HALF}))(?P<half>{_HALF})?")


def dates(text: str) -> Iterator[Found]:
    """Yield days of the year ("03-18", whatever the year) and times of day ("t14:30"), not in order."""
    for match in _AT_MONTH.finditer(text):
        if not text[max(0, match.start() - 1)].isalnum() or match.start() == 0:
            yield from _day(match)
    for digits in _DIGITS.finditer(text):
        start = digits.start()
        if not start or not _BEFORE_DIGIT.match(text[start - 1]):
            yield from _at(text, start)


def _at(text: str, start: int) -> Iterator[Found]:
    """The date or time that begins with this digit."""
    for pattern in _AT_DIGIT:
        if match := pattern.match(text, start):
            yield from _day(match)
            return
    if match := _CLOCK.match(text, start):
        yield Found("date", _time(match), *match.span())


def _day(match: re.Match[str]) -> Iterator[Found]:
    day, month = int(match["day"]), _month(match)
    if 1 <= day <= 31 and 1 <= month <= 12:
        yield Found("date", f"{month:02}-{day:02}", *match.span())


def _month(match: re.Match[str]) -> int:
    groups = match.groupdict()
    if "number" in groups:
        return int(groups["number"])
    return next(number for number, names in enumerate(_MONTHS, 1) if re.fullmatch(names, match["month"]))


def _time(match: re.Match[str]) -> str:
    hour = int(match["hour"])
    if half := match["half"]:
        hour = hour % 12 + (12 if half.strip().lower().startswith("p") else 0)
    return f"t{hour:02}:{match['minutes'][1:] or '00'}"
