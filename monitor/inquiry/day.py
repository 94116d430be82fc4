"""A day of the archive as people mean it: in their zone, an hour after the other. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.errors import UsageError
from monitor.inquiry.moments import moment

_WORDS = re.compile(r"today|yesterday|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in a zone: [since, end) as a whole, [since, until) as far as it has come. `ends`: where its hours end,
    the first moment included; `now`: when it is looked at.
    """

    date: date
    zone: ZoneInfo
    since: datetime
    end: datetime
    now: datetime
    ends: tuple[datetime, ...]

    @property
    def until(self) -> datetime:
        """Its end, or now while it is not over."""
        return min(self.end, self.now)

    @property
    def over(self) -> bool:
        return self.end <= self.now

    @property
    def hours(self) -> int:
        """How many of its hours have begun."""
        return sum(start <= self.now for start in self.ends[:-1])

    def place(self, at: datetime) -> int:
        """The number of the hour of a moment of this day."""
        return min(int((at - self.since) / timedelta(hours=1)), len(self.ends) - 2)

    def clock(self, at: datetime) -> str:
        """19:05 in its zone."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def words(self) -> str:
        """Tuesday 18 March 2025"""
        return f"{self.date:%A} {self.date.day} {self.date:%B %Y}"


def day_of(written: str, timezone: str, now: datetime) -> Day:
    """The day that "2025-03-18", "today" or "yesterday" names in a zone. Raises UsageError, also for one to come."""
    if not _WORDS.fullmatch(written.strip()):
        raise UsageError(f"{written[:80]!r} is no day: write 2025-03-18, today or yesterday")
    zone = ZoneInfo(timezone)
    since = moment(written, timezone, now)
    if since > now:
        raise UsageError(f"{written!r} is to come")
    own = since.astimezone(zone).date()
    # By the wall clock: a day on which clocks change has 23 or 25 hours.
    end = datetime.combine(own + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    ends = [since]
    while ends[-1] < end:
        ends.append(min(ends[-1] + timedelta(hours=1), end))
    return Day(own, zone, since, end, now, tuple(ends))


def spans(places: list[int], ends: tuple[datetime, ...]) -> list[tuple[datetime, datetime]]:
    """Hours by their numbers, in order, as stretches of neighbours."""
    found: list[tuple[datetime, datetime]] = []
    hours = list(pairwise(ends))
    for place in places:
        start, end = hours[place]
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
