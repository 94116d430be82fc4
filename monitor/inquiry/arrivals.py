"""When the articles of a choice came: the edges of a plot's bars, and how many came from each side between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.inquiry.browsing import Browsed
from monitor.store.census import Facet

_STEPS = (
    (timedelta(days=3), timedelta(hours=1)),
    (timedelta(days=125), timedelta(days=1)),
    (timedelta(days=800), timedelta(days=7)),
)
_LONG = timedelta(days=28)


def edges(start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """Where the bars of a plot begin and end: hours, days, weeks or four weeks of a zone, 125 bars or fewer for years.

    The first is at or before `start`, the last at or after `end`.
    """
    step = next((step for longest, step in _STEPS if end - start <= longest), _LONG)
    at = start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    at = at if step < timedelta(days=1) else at.replace(hour=0)
    found = [at]
    while found[-1] < end:
        # Wall-clock arithmetic by days, so that one with a clock change is still one; hours pass one by one.
        following = found[-1] + step if step >= timedelta(days=1) else (found[-1].timestamp() + step.total_seconds())
        found.append(following if isinstance(following, datetime) else datetime.fromtimestamp(following, zone))
    return found


@dataclass(frozen=True, slots=True)
class Came:
    """What came in one span of time: of the chosen ones by side, of those that belong to the watch, and at all."""

    by_side: dict[str, int]
    own: int
    all: int


def came(browsed: Browsed, marks: Sequence[datetime]) -> list[Came]:
    """What came between each two neighbouring marks, which are on quarters of an hour."""
    held = browsed.holdings
    sides = {side: members & browsed.chosen for side, members in held.sets[Facet.SIDE].items()}
    names = [side for side, members in sides.items() if members]
    counts = held.spread([held.own, held.all, *(sides[side] for side in names)], marks)
    return [Came(dict(zip(names, rest, strict=True)), own, every) for own, every, *rest in counts]


def by_day(browsed: Browsed, zone: tzinfo) -> dict[str, int]:
    """How many of the chosen ones came on each day of a zone (ISO), the newest first; days without any are left out."""
    ends = browsed.holdings.times.ends
    if ends is None:
        return {}
    marks = [ends[0].astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)]
    while marks[-1] < ends[1]:
        marks.append(marks[-1] + timedelta(days=1))
    counts = browsed.holdings.spread([browsed.chosen], marks)
    found = {mark.date().isoformat(): count for mark, (count,) in zip(marks, counts, strict=False) if count}
    return dict(sorted(found.items(), reverse=True))
