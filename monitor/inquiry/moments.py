"""Moments as people write them: a day, a time, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import UsageError

_AGO = re.compile(r"([0-9]{1,5})([MHDW])", re.ASCII)
_UNITS = {"M": "minutes", "H": "hours", "D": "days", "W": "weeks"}
# Far from the ends of the calendar, where arithmetic and databases break.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def moment(written: str, timezone: str, now: datetime, *, end: bool = False) -> datetime:
    """The moment that "2025-03-18", "2025-03-18T16:00", "today", "90m", "24h", "7d" or "2w" means; aware.

    What names no offset is in `timezone`; a length is that long before `now`. A bare day is its first moment, or with
    `end` the first one after it, so that `--until 2025-03-18` includes that day. Raises UsageError.
    """
    try:
        found = _read(written.strip().upper(), ZoneInfo(timezone), now, end).astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise UsageError(
            f"{written!r} is no time: write 2025-03-18, 2025-03-18T16:00, today, or how long ago: 90m, 24h, 7d"
        )
    return found


def ahead(written: str, timezone: str, now: datetime) -> datetime:
    """A moment to come: as `moment` reads it, but a length is after `now`, and there is "tomorrow"; aware.

    A bare day is over at its end. Raises UsageError, also for what is past.
    """
    text = written.strip().upper()
    if length := _AGO.fullmatch(text):
        found = moment((now + timedelta(**{_UNITS[length[2]]: int(length[1])})).isoformat(), timezone, now)
    elif text == "TOMORROW":
        found = moment("today", timezone, now + timedelta(days=1), end=True)
    else:
        found = moment(written, timezone, now, end=True)
    if found <= now:
        raise UsageError(f"{written!r} is past: write how long (90m, 24h, 7d), today, tomorrow, or 2025-03-18T16:00")
    return found


def _read(text: str, zone: ZoneInfo, now: datetime, end: bool) -> datetime:
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if text in ("TODAY", "YESTERDAY") or _DAY.fullmatch(text):
        return _day(text, zone, now) + timedelta(days=1 if end else 0)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _day(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The first moment of a day; wall-clock arithmetic, so that a day with a clock change is still one day."""
    if text in ("TODAY", "YESTERDAY"):
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=text == "YESTERDAY")
    return datetime.fromisoformat(text).replace(tzinfo=zone)
