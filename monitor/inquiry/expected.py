"""Days to come that texts name: the next fixed dates, each with the sentence and the report that has it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from alerts.wording import cut
from monitor.inquiry.day import Day
from monitor.novelty.dates import dates
from monitor.store import days
from monitor.store.days import Seen

_BACK = timedelta(days=7)
# Further off, a day without its year is mostly one of the past.
_FAR = timedelta(days=45)
_MOST_READ = 100
_MOST = 6
_YEAR = re.compile(r"\b((?:19|20)[0-9]{2})\b", re.ASCII)
_SENTENCE = 240


@dataclass(frozen=True, slots=True)
class Expected:
    """A day to come, the sentence that names it and the first report that has it; `reports` name that day."""

    date: date
    sentence: str
    told: Seen
    reports: int


def expected(tx: Connection, day: Day) -> tuple[Expected, ...]:
    """The next days that articles of the week up to this day name, by date."""
    found: dict[date, list[tuple[Seen, int, int]]] = {}
    for one in days.dated(tx, day.until - _BACK, day.until, _MOST_READ):
        written = (one.told.published or one.told.first_seen).astimezone(day.zone).date()
        for fact in one.facts:
            meant = meant_by(fact.text, written)
            if meant is not None and day.date < meant <= day.date + _FAR:
                found.setdefault(meant, []).append((one.told, one.version_id, fact.start))
    chosen = [(meant, found[meant]) for meant in sorted(found)[:_MOST]]
    # Newest first, so that the last is the report that had it first.
    texts = days.texts(tx, [places[-1][1] for _meant, places in chosen])
    return tuple(_expected(meant, places, *texts[places[-1][1]]) for meant, places in chosen)


def _expected(
    meant: date, places: list[tuple[Seen, int, int]], text: str, sentences: Iterable[tuple[int, int]]
) -> Expected:
    told, _version, start = places[-1]
    around = next((text[a:b] for a, b in sentences if a <= start < b), text[max(0, start - 80) : start + 80])
    return Expected(meant, cut(around, _SENTENCE), told, len({one.id for one, _version_id, _start in places}))


@lru_cache(maxsize=4096)
def meant_by(words: str, written: date) -> date | None:
    """The day that words such as "20 March" mean in a text of a day: the nearest one. None for what is no day."""
    found = next((one.value for one in dates(words) if "-" in one.value), None)
    if found is None:
        return None
    month, number = (int(part) for part in found.split("-"))
    named = _YEAR.search(words)
    years = (int(named[1]),) if named else (written.year - 1, written.year, written.year + 1)
    possible = [one for year in years if (one := _date(year, month, number)) is not None]
    return min(possible, key=lambda one: abs(one - written), default=None)


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
