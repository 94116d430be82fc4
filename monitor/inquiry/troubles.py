"""What of a day was not seen, in words: hours without any answer, sources that failed, gaps between listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from alerts.wording import counted
from monitor.inquiry.day import Day, spans
from monitor.inquiry.standing import OUTCOMES, standing
from monitor.inquiry.volume import gap_words
from monitor.store.checks import Checks, gaps, sources


@dataclass(frozen=True, slots=True)
class Trouble:
    """What to know of these sources (ids; none: of all of them together). `now`: it is so still."""

    sources: tuple[str, ...]
    said: str
    now: bool = False


def blank_hours(day: Day, checks: Sequence[Checks], since: datetime | None) -> frozenset[int]:
    """The hours, by number, in which no source answered; checks are on record from `since`.

    Of what is no longer on record, nothing is said; nor of the hour that is not over.
    """
    if since is None:
        return frozenset()
    answered = {one.place for one in checks if one.worked}
    past = [place for place, end in enumerate(day.ends[1:]) if end <= day.now and day.ends[place] >= since]
    return frozenset(place for place in past if place not in answered)


def troubles(tx: Connection, day: Day, checks: Sequence[Checks], blank: frozenset[int]) -> tuple[Trouble, ...]:
    """Everything, the widest first."""
    whole = [Trouble((), f"no source answered {_between(day, *one)}") for one in spans(sorted(blank), day.ends)]
    ill = {} if day.over else _ill(tx, day)
    still = {source_id for ailing in ill.values() for source_id in ailing}
    now = [Trouble(tuple(ailing), why, now=True) for why, ailing in ill.items()]
    own = ((source_id, list(some)) for source_id, some in groupby(checks, key=lambda one: one.source_id))
    then = [Trouble((one,), said) for one, some in own if one not in still and (said := _failed(some, day))]
    missed = [
        Trouble((one.source_id,), f"may have missed reports {_between(day, one.since, one.until)}: {gap_words(one)}")
        for one in gaps(tx, day.since, day.until)
    ]
    return (*whole, *now, *then, *missed)


def _ill(tx: Connection, day: Day) -> dict[str, list[str]]:
    """Why sources need a look just now, with the sources that it holds for."""
    found: dict[str, list[str]] = {}
    for row in sources(tx):
        how = standing(row, day.now)
        if not how.well:
            found.setdefault(f"{how.word}: {how.why}", []).append(row.state.source_id)
    return found


def _failed(checks: Sequence[Checks], day: Day) -> str:
    """How often and when checks of a source failed, "" when none did."""
    failed = [one for one in checks if not one.worked]
    if not failed:
        return ""
    first, last = min(one.first for one in failed), max(failed, key=lambda one: one.last)
    when = f"at {day.clock(first)}" if first == last.last else _between(day, first, last.last)
    number, made = sum(one.count for one in failed), sum(one.count for one in checks)
    return f"{number} of {counted(made, 'check')} failed {when}: it {OUTCOMES[last.outcome]}"


def _between(day: Day, begin: datetime, end: datetime) -> str:
    """The part of the day that a stretch of time takes."""
    start = "the day before" if begin < day.since else day.clock(begin)
    return f"between {start} and {'the day after' if end > day.end else day.clock(end)}"
