"""The brief of a day: what its articles, stories and alerts add up to, and what was not seen.

One composition for the page, its JSON, CSV, RSS and Markdown, and for `export`; every read behind it is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from monitor.config import Config
from monitor.inquiry import expected, sides, troubles
from monitor.inquiry.day import Day
from monitor.inquiry.expected import Expected
from monitor.inquiry.tellings import Telling, tellings
from monitor.inquiry.troubles import Trouble
from monitor.store import checks, days, storyline
from monitor.store.days import Differing, News, Opening, Seen

MOST_ARTICLES = 5_000
MOST_STORIES = 10
MOST_NEWS = 4
_MOST_DEVELOPMENTS = 40
_MOST_DELIVERIES = 60
_MOST_TOLD = 10
MOST_COMPARED = 100
APART = timedelta(days=1)
"""Figures further apart in time are no disagreement: they were overtaken."""
_MOST_BLIND = 20

SideOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour: how many articles of each side. `gap`: none of its checks worked; `ahead`: it is still to come."""

    place: int
    sides: tuple[tuple[str, int], ...]
    gap: bool
    ahead: bool

    @property
    def articles(self) -> int:
        return sum(count for _side, count in self.sides)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that one report has where another has a different one; `count` reports of the day say so."""

    old: str
    new: str
    told: Seen
    other_id: int
    other_source: str


@dataclass(frozen=True, slots=True)
class Story:
    """A story of the day. `outlets` (source ids) in the order of their reports of the day, `line` its articles an hour.

    `begun`: it is new on this day; `all_outlets`: how many carry it in all; `unsaid`: developments not in `news`;
    `headed`: the sources whose headline its title is.
    """

    id: int
    title: str
    headed: frozenset[str]
    begun: bool
    first: Seen
    articles: int
    outlets: tuple[str, ...]
    all_outlets: int
    sides: tuple[tuple[str, int], ...]
    line: tuple[int | None, ...]
    news: tuple[News, ...]
    unsaid: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Blind:
    """A story that several outlets carry, all of one side."""

    id: int
    title: str
    headed: frozenset[str]
    side: str
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A day. `more`: it brought more articles than are counted; `more_stories`: told that day, not in `stories`.

    `announced`: the sources of the articles that alerts are about, by article id. `newest`: articles, the last last.
    """

    day: Day
    articles: int
    more: bool
    outlets: int
    sides: tuple[tuple[str, int], ...]
    hours: tuple[Hour, ...]
    stories: tuple[Story, ...]
    more_stories: int
    blind: tuple[Blind, ...]
    official: tuple[Seen, ...]
    alerts: tuple[Telling, ...]
    more_alerts: int
    announced: Mapping[int, str]
    newest: tuple[int, ...]
    troubles: tuple[Trouble, ...]
    expected: tuple[Expected, ...]


def brief(tx: Connection, config: Config, day: Day) -> Brief:
    """The brief of a day, from what is in the archive now; what came after `day.now` does not count."""
    known = {one.id: sides.side_of(one) for one in config.sources}

    def side(source_id: str) -> str:
        return known.get(source_id, sides.OTHER)

    seen = days.seen(tx, day.since, day.until, MOST_ARTICLES)
    made = checks.by_place(tx, (*day.ends[: day.hours], day.until))
    blank = troubles.blank_hours(day, made, checks.first_check(tx))
    told = _by_story(seen)
    ranked = sorted(told, key=lambda one: _rank(told[one]), reverse=True)
    chosen = ranked[:MOST_STORIES]
    news = days.news(tx, chosen, day.since, day.until, _MOST_DEVELOPMENTS)
    blind = _blind(tx, config, ranked, told, side)
    openings = days.openings(tx, {*chosen, *(one[0] for one in blind)})
    owed = days.alerts(tx, day.since, day.until, _MOST_DELIVERIES)
    titles = storyline.development_titles(tx, {one.development_id or 0 for one in owed})
    groups = tellings(owed, titles)
    carriers = days.carriers(tx, chosen)
    compared = [one.id for number in chosen for one in told[number]][-MOST_COMPARED:]
    differing = days.differing(tx, compared, APART)
    return Brief(
        day=day,
        articles=len(seen),
        more=len(seen) == MOST_ARTICLES,
        outlets=len({one.source_id for one in seen}),
        sides=sides.parts(Counter(side(one.source_id) for one in seen)),
        hours=_hours(day, seen, blank, side),
        stories=tuple(
            _story(openings[one], told[one], len(carriers[one]), day, blank, side, news, differing) for one in chosen
        ),
        more_stories=len(ranked) - len(chosen),
        blind=tuple(
            Blind(one, openings[one].title, openings[one].headed, side, outlets) for one, side, outlets in blind
        ),
        official=tuple(one for one in reversed(seen) if side(one.source_id) == sides.OFFICIAL)[:_MOST_TOLD],
        alerts=tuple(groups[:_MOST_TOLD]),
        more_alerts=max(0, len(groups) - _MOST_TOLD),
        announced=days.sources_of(tx, {one.article_id for one in owed if one.article_id is not None}),
        newest=tuple(one.id for one in seen[-_MOST_TOLD:]),
        troubles=troubles.troubles(tx, day, made, blank),
        expected=expected.expected(tx, day),
    )


def _by_story(seen: Sequence[Seen]) -> dict[int, list[Seen]]:
    told: dict[int, list[Seen]] = {}
    for one in seen:
        if one.story_id is not None:
            told.setdefault(one.story_id, []).append(one)
    return told


def _rank(told: Sequence[Seen]) -> tuple[int, int, int]:
    """By outlets, then by articles, then by what came last."""
    return len({one.source_id for one in told}), len(told), told[-1].id


def _hours(day: Day, seen: Sequence[Seen], blank: frozenset[int], side: SideOf) -> tuple[Hour, ...]:
    counts: list[Counter[str]] = [Counter() for _end in day.ends[1:]]
    for one in seen:
        counts[day.place(one.first_seen)][side(one.source_id)] += 1
    begun = day.hours
    return tuple(Hour(place, sides.parts(count), place in blank, place >= begun) for place, count in enumerate(counts))


def _story(
    opening: Opening,
    told: Sequence[Seen],
    carriers: int,
    day: Day,
    blank: frozenset[int],
    side: SideOf,
    news: Sequence[News],
    differing: Sequence[Differing],
) -> Story:
    line: list[int | None] = [None if place in blank else 0 for place in range(day.hours)]
    for one in told:
        place = day.place(one.first_seen)
        line[place] = (line[place] or 0) + 1
    own = [one for one in news if one.told.story_id == opening.story_id]
    firsts = {one.source_id: one for one in reversed(told)}
    outlets = sorted(firsts, key=lambda source: (firsts[source].first_seen, firsts[source].id))
    return Story(
        id=opening.story_id,
        title=opening.title,
        headed=opening.headed,
        begun=opening.created >= day.since,
        first=opening.first,
        articles=len(told),
        outlets=tuple(outlets),
        all_outlets=carriers,
        sides=sides.parts(Counter(side(one) for one in outlets)),
        line=tuple(line),
        news=tuple(own[-MOST_NEWS:]),
        unsaid=max(0, len(own) - MOST_NEWS),
        figures=figures([one for one in differing if one.told.story_id == opening.story_id]),
    )


def figures(differing: Sequence[Differing]) -> tuple[Figure, ...]:
    """Each pair of figures once, as it was first seen."""
    found: dict[tuple[str, str], Figure] = {}
    for one in differing:
        for change in one.changes:
            pair = Figure(change.old, change.text, one.told, one.other_id, one.other_source)
            found.setdefault((change.old, change.text), pair)
    return tuple(found.values())[:6]


def _blind(
    tx: Connection, config: Config, ranked: Sequence[int], told: Mapping[int, Sequence[Seen]], side: SideOf
) -> list[tuple[int, str, tuple[str, ...]]]:
    """Stories that two outlets or more carry, all of one side, where the watch reads more than one."""
    if len({side(one.id) for one in config.enabled_sources}) < 2:
        return []
    alone = [one for one in ranked if len({side(each.source_id) for each in told[one]}) == 1]
    found = []
    carriers = days.carriers(tx, alone[:_MOST_BLIND])
    for one in alone[:_MOST_BLIND]:
        outlets = carriers.get(one, frozenset())
        names = {side(source) for source in outlets}
        if len(outlets) > 1 and len(names) == 1:
            found.append((one, names.pop(), tuple(sorted(outlets))))
    return found
