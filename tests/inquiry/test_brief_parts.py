"""The pure parts of the brief: days, dates that texts name, licences, what Markdown gives out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.config import Config, load
from monitor.errors import UsageError
from monitor.inquiry.day import day_of, spans
from monitor.inquiry.expected import meant_by
from monitor.inquiry.giving import Giver
from monitor.inquiry.licence import EXCERPT, Licence, licence
from monitor.inquiry.troubles import blank_hours
from monitor.model import Outcome
from monitor.store.checks import Checks

NOW = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hours", "since", "over"),
    [
        ("2026-03-28", 24, "2026-03-27T22:00", True),
        # Clocks go forward at three in the morning: a day of 23 hours.
        ("today", 23, "2026-03-28T22:00", False),
        ("yesterday", 24, "2026-03-27T22:00", True),
        ("2025-10-26", 25, "2025-10-25T21:00", True),
    ],
)
def test_a_day_is_one_of_the_wall_clock(written: str, hours: int, since: str, over: bool) -> None:
    day = day_of(written, "Europe/Kyiv", NOW)
    assert (len(day.ends) - 1, day.over) == (hours, over)
    assert day.since == datetime.fromisoformat(since).replace(tzinfo=UTC)
    assert day.ends[-1] == day.end and all(b - a == timedelta(hours=1) for a, b in pairwise(day.ends))
    assert [day.place(one) for one in day.ends[:-1]] == list(range(hours))
    assert day.until == (day.end if over else NOW)


@pytest.mark.parametrize("written", ["2026-03-30", "tomorrow", "7d", "2026-3-1", "", "2026-02-30", "x" * 500])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(UsageError):
        day_of(written, "Europe/Kyiv", NOW)


def test_neighbouring_hours_are_one_stretch() -> None:
    ends = tuple(NOW + timedelta(hours=n) for n in range(6))
    assert spans([0, 1, 4], ends) == [(ends[0], ends[2]), (ends[4], ends[5])]


def test_an_hour_is_blank_when_nobody_answered_and_somebody_looked_since() -> None:
    day = day_of("today", "UTC", NOW)

    def one(place: int, outcome: Outcome) -> Checks:
        return Checks("gull", place, outcome, 3, day.ends[place], day.ends[place])

    checks = (one(2, Outcome.OK), one(3, Outcome.TIMEOUT), one(4, Outcome.UNCHANGED), one(9, Outcome.TIMEOUT))
    # On record from two o'clock; the ninth hour is not over.
    assert blank_hours(day, checks, day.ends[2]) == {3, 5, 6, 7, 8}
    assert blank_hours(day, checks, None) == frozenset()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("3 April", date(2026, 4, 3)),
        ("December 30", date(2025, 12, 30)),
        ("2 вересня", date(2026, 9, 2)),
        ("May 9, 2027", date(2027, 5, 9)),
        ("29 February", None),
        ("14:30", None),
        ("31", None),
    ],
)
def test_a_day_without_a_year_is_the_nearest(words: str, meant: date | None) -> None:
    assert meant_by(words, date(2026, 3, 20)) == meant


@pytest.mark.parametrize(
    ("note", "given"),
    [
        ("", Licence.EXCERPT),
        (" Public  Domain ", Licence.EXCERPT),
        ("headline + link only", Licence.LINK),
        ("paywall", Licence.LINK),
        ("eu-annex-xv", Licence.NOTHING),
        ("public domain, but ask", Licence.NOTHING),
    ],
)
def test_a_note_that_nobody_knows_lets_nothing_out(note: str, given: Licence) -> None:
    assert licence(note) is given


@pytest.fixture
def default_config(tmp_path: Path) -> Config:
    return load(None, {"STORYWATCH_DATA": str(tmp_path)}, tmp_path)


def test_the_default_watch_has_no_note_that_nobody_knows(default_config: Config) -> None:
    assert [one.id for one in default_config.sources if licence(one.legal) is Licence.NOTHING] == []


def test_an_excerpt_is_short_however_long_the_sentences_are(default_config: Config) -> None:
    give = Giver.of(default_config)
    found = give.excerpt(["word " * 30, "other " * 80, "third"], "")
    assert len(found) == 2 and sum(map(len, found)) <= EXCERPT
    closed = next(one.id for one in default_config.sources if licence(one.legal) is Licence.LINK)
    assert give.excerpt(["word"], closed) == [] and give.gives(closed)
