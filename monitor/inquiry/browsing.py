"""The archive as people go through it: which articles, how many of each kind, when they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection

from monitor.config import Config
from monitor.inquiry.search import Found, Search
from monitor.inquiry.sides import side_of
from monitor.query import compile_query
from monitor.store import Store, articles, review
from monitor.store.bits import below, bits, newest
from monitor.store.census import Census, Facet, Holdings
from monitor.store.review import ArticleFilter

Values = Mapping[Facet, frozenset[str]]
_ANY = ArticleFilter(on_topic=None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles: of each facet one of `among` and none of `but`, first seen in [since, until), of one story.

    Only fetched articles that belong to the watch, or with `everything` off-topic and corpus too.
    """

    among: Values = field(default_factory=dict)
    but: Values = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    story: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Browsed:
    """A page of articles, and the sets behind it: `chosen` are those that `found.total` counts."""

    found: Found
    holdings: Holdings
    chosen: int

    def counts(self) -> dict[str, dict[str, int]]:
        """By facet the number of articles of each value, the most frequent first."""
        return {facet.value: self.holdings.counts(self.chosen, facet) for facet in Facet}


def holdings(tx: Connection, census: Census, config: Config) -> Holdings:
    """What the archive holds, with the sides of its sources."""
    found = census.of(tx)
    known = {one.id: one for one in config.sources}
    sides: dict[str, int] = defaultdict(int)
    for source, held in found.sets[Facet.SOURCE].items():
        sides[side_of(known.get(source))] |= held
    return replace(found, sets={**found.sets, Facet.SIDE: sides})


def choose(tx: Connection, held: Holdings, wanted: Wanted) -> int:
    """The set of the articles that are wanted."""
    chosen = held.all if wanted.everything else held.own
    for facet, values in wanted.among.items():
        one_of = 0
        for value in values:
            one_of |= held.of(facet, value)
        chosen &= one_of
    for facet, values in wanted.but.items():
        for value in values:
            chosen &= ~held.of(facet, value)
    span = held.times.span(wanted.since, wanted.until)
    chosen = chosen if span is None else chosen & span
    if wanted.story is not None:
        chosen &= bits(review.of_story(tx, wanted.story))
    return chosen


def browse(
    store: Store,
    census: Census,
    config: Config,
    query: str,
    wanted: Wanted,
    *,
    limit: int,
    after: int | None = None,
    most: int | None = None,
) -> Browsed:
    """A page of the wanted articles whose newest text matches `query` (empty: all), newest first.

    `after` and `most` as in `search`. Raises QueryError.
    """
    compiled = compile_query(query, config.lists) if query.strip() else None
    with store.read() as tx:
        held = holdings(tx, census, config)
        chosen = choose(tx, held, wanted)
        if compiled is None:
            return Browsed(_listed(tx, chosen, limit, after), held, chosen)
    asking = Search(store, compiled, _ANY, within=chosen)
    found = asking.run(limit, after, most)
    return Browsed(found, held, bits(asking.counted))


def _listed(tx: Connection, chosen: int, limit: int, after: int | None) -> Found:
    ids = newest(below(chosen, after), limit + 1)
    known = articles.by_ids(tx, ids[:limit])
    # One that came since this transaction began is not there for it yet.
    rows = tuple(known[one] for one in ids[:limit] if one in known)
    return Found(rows, chosen.bit_count(), True, ids[limit - 1] if len(ids) > limit else None)


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


def by_side(browsed: Browsed, marks: Sequence[datetime]) -> tuple[list[str], list[list[int]]]:
    """The sides, and for each span between two marks how many of the chosen ones came from each."""
    sides = browsed.holdings.sets[Facet.SIDE]
    names = [name for name in sides if sides[name] & browsed.chosen]
    return names, browsed.holdings.spread([sides[name] & browsed.chosen for name in names], marks)


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
