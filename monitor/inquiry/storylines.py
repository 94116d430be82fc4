"""Stories as rows: what stands in the list of stories, for screens and as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.inquiry import shapes, sides
from monitor.model import Source
from monitor.model.reviews import Review, Status
from monitor.store.storylist import SPAN, StoryLine

_HOUR = timedelta(hours=1)
HOURS = SPAN // _HOUR


@dataclass(frozen=True, slots=True)
class Row:
    """A story in the list. `parts`: articles by side in the order of pictures; `hours`: those of each of 48 hours.

    `changed`: it came back, or has a development that is newer than what was said of it.
    """

    line: StoryLine
    status: Status
    changed: bool
    parts: tuple[tuple[str, int], ...]
    countries: tuple[str, ...]
    hours: tuple[int, ...]

    @property
    def arrived(self) -> int:
        """How many articles came in these hours."""
        return sum(self.hours)


def row(line: StoryLine, stands: Review | None, known: Mapping[str, Source], now: datetime) -> Row:
    """The row of a story; `known` are the sources of the config by id, `now` ends the last hour."""
    status = stands.status or Status.NEW if stands is not None else Status.NEW
    newer = stands is not None and line.changed is not None and line.changed > stands.created
    sided: Counter[str] = Counter()
    for outlet, count in line.outlets.items():
        sided[sides.side_of(known.get(outlet))] += count
    countries = sorted({known[one].country for one in line.outlets if one in known} - {""})
    changed = status is Status.CHANGED or newer
    return Row(line, status, changed, sides.parts(sided), tuple(countries), hours(line.arrivals, now))


def hours(moments: tuple[datetime, ...], now: datetime) -> tuple[int, ...]:
    """How many of these moments fall into each of the 48 hours that end now, the oldest first."""
    found = [0] * HOURS
    for moment in moments:
        place = HOURS - 1 - (now - moment) // _HOUR
        if 0 <= place < HOURS:
            found[place] += 1
    return tuple(found)


def as_json(found: Row) -> shapes.Json:
    """A row of `/stories.json`."""
    line = found.line
    return {
        "id": shapes.name("s", line.id),
        "headline": line.headline,
        "language": line.language,
        "title": line.title,
        "status": found.status.value,
        "changed": found.changed,
        "first_seen": shapes.stamp(line.created),
        "newest": shapes.stamp(line.newest),
        "articles": line.articles,
        "outlets": len(line.outlets),
        "developments": line.developments,
        "sources": dict(line.outlets),
        "sides": dict(found.parts),
        "countries": list(found.countries),
        "languages": dict(line.languages),
        "rules": list(line.rules),
        "hours": list(found.hours),
    }
