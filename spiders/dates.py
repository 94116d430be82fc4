"""Dates as feeds and pages write them, read into aware UTC. Nothing is invented: what is unclear has no date. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

_RAW_LIMIT = 100
# Epoch zero and year one are what software writes when it knows no date.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ZONES = {
    "utc": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180, "msk": 180, "trt": 180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january січня января", "feb february лютого февраля", "mar march березня марта",
            "apr april квітня апреля", "may травня мая", "jun june червня июня", "jul july липня июля",
            "aug august серпня августа", "sep sept september вересня сентября", "oct october жовтня октября",
            "nov november листопада ноября", "dec december грудня декабря",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[ap]\.?m\.?)?"
_ZONE = r"(?:\s*(?P<zone>[A-Za-z]{2,4}|[+-]\d\d:?\d\d)\b)?"
_CLOCK = re.compile(rf"\b{_TIME}{_ZONE}", re.IGNORECASE)
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_RFC822 = re.compile(r"(?:[A-Za-z]{3,9}\.?,?\s+)?\d{1,2}[\s-]+[A-Za-z]{3,9}\b(?!.*\b[ap]\.?m\b)", re.IGNORECASE)
_DAY = r"(?<![\d:])(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WRITTEN = (
    re.compile(rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+{_DAY}\b,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4})(?!\d)"),
)


def parse_date(raw: str, now: datetime, *, offset: timedelta | None = None, naive: tzinfo = UTC) -> datetime | None:
    """Read one date into aware UTC; a future one becomes `now`, an unreadable or impossible one None.

    `offset` is the true offset of the wall clock that was written, whatever offset is declared; `naive` is the zone of
    dates that declare none.
    """
    text = raw[:_RAW_LIMIT].strip()
    moment = _iso(text) or _rfc822(text) or find_date(text)
    return None if moment is None else settle(moment, now, offset=offset, naive=naive)


def settle(moment: datetime, now: datetime, *, offset: timedelta | None = None, naive: tzinfo = UTC) -> datetime | None:
    """A parsed date as a credible UTC moment that is not after `now`, or None."""
    if offset is not None:
        moment = moment.replace(tzinfo=timezone(offset))
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=naive)
    try:
        moment = moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return None
    return min(moment, now) if moment >= _EARLIEST else None


def find_date(text: str) -> datetime | None:
    """The first written date in a short text ("March 19, 2025", "19.03.2025, 10:40"); naive if no zone is named."""
    for pattern in _WRITTEN:
        if found := pattern.search(text):
            day = _day(found)
            return None if day is None else _at(day, text[found.end() :], text[: found.start()])
    return None


def without_dates(text: str) -> str:
    """The text with its written dates and clock times taken out."""
    for pattern in (*_WRITTEN, _CLOCK):
        text = pattern.sub(" ", text)
    return text


def _day(found: re.Match[str]) -> date | None:
    month = found["month"].lower()
    try:
        return date(int(found["year"]), int(month) if month.isdigit() else _MONTHS[month], int(found["day"]))
    except ValueError:
        return None


def _at(day: date, *places: str) -> datetime | None:
    """The day at the clock time that stands after it, else before it, else at midnight."""
    clock = next((found for place in places if (found := _CLOCK.search(place))), None)
    if clock is None:
        return datetime.combine(day, time.min)
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
    try:
        return datetime.combine(day, time(hour, int(clock["minute"]), int(clock["second"] or 0), 0, _zone(clock)))
    except ValueError:
        return None


def _zone(clock: re.Match[str]) -> tzinfo | None:
    name = (clock["zone"] or "").lower()
    if name in ("gmt", "ut", "utc"):
        return UTC
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name]))
    if name[:1] in ("+", "-"):
        hours, minutes = int(name[1:3]), int(name[-2:])
        return timezone(timedelta(hours=hours, minutes=minutes) * (1 if name[0] == "+" else -1))
    return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$|Z$)", "", text))
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    """RFC 822, with two-digit years and with named zones that the standard library does not know."""
    if not _RFC822.match(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    named = _ZONES.get(text.rsplit(None, 1)[-1].lower()) if moment.tzinfo is None else None
    return moment if named is None else moment.replace(tzinfo=timezone(timedelta(minutes=named)))
