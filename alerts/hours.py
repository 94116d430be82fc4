"""Quiet hours and digest times as moments, over both changes of the clocks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.config.values import Window

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def occurrence(day: date, at: time, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The moment (UTC) when clocks show `at` on a day: the first or the last one where the hour comes twice.

    Where the clocks jump over it, the moment when they jump.
    """
    shown = datetime.combine(day, at)
    folds = sorted(shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    real = [one for one in folds if one.astimezone(zone).replace(tzinfo=None) == shown]
    if real:
        return real[-1] if last else real[0]
    return _jump(folds[0], folds[1], zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When a zone's clocks change between two moments, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def quiet_until(window: Window | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None: it lies in none. Their last second still belongs to them."""
    if window is None:
        return None
    today = now.astimezone(zone).date()
    over = _DAY if window.end < window.start else timedelta(0)
    for day in (today - _DAY, today):
        end = occurrence(day + over, window.end, zone, last=True)
        if occurrence(day, window.start, zone) <= now < end:
            return end
    return None


def next_digest(times: Sequence[time], zone: ZoneInfo, now: datetime) -> datetime:
    """The next of some times of day after `now`; on a day whose hour comes twice, the first of the two only."""
    today = now.astimezone(zone).date()
    found = (occurrence(today + days * _DAY, at, zone) for days in range(-1, 3) for at in times)
    return min(one for one in found if one > now)
