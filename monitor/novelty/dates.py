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
_YEAR = r"(?:,?\s+(?:19|20)\d\d\b)?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_DATES = (
    re.compile(r"\b(?:19|20)\d\d-(?P<number>[01]\d)-(?P<day>[0-3]\d)(?!\d)"),
    re.compile(r"(?<![\d.])(?P<day>[0-3]?\d)\.(?P<number>[01]?\d)\.(?:19|20)\d\d(?!\d)"),
    re.compile(rf"(?<![\w.,]){_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}"),
    re.compile(rf"\b{_MONTH}\.?\s+(?:the\s+)?{_DAY}\b(?![:.]\d){_YEAR}"),
)
_HALF = r"\s?[ap]\.?m\b\.?"
_CLOCK = re.compile(
    rf"(?<![\w.,:])(?P<hour>[0-2]?\d)(?P<minutes>:[0-5]\d(?![\d:])|(?:[.:][0-5]\d)?(?={_HALF}))(?P<half>{_HALF})?",
    re.IGNORECASE,
)


def dates(text: str) -> Iterator[Found]:
    """Yield days of the year ("03-18", whatever the year) and times of day ("t14:30"), not in order."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            day, month = int(match["day"]), _month(match)
            if 1 <= day <= 31 and 1 <= month <= 12:
                yield Found("date", f"{month:02}-{day:02}", *match.span())
    for match in _CLOCK.finditer(text):
        yield Found("date", _time(match), *match.span())


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
