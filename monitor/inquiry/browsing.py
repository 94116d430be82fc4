"""The archive as people go through it: which articles, how many of each kind, when they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.config import Config
from monitor.inquiry.candidates import opened
from monitor.inquiry.search import Found, Search
from monitor.inquiry.sides import side_of
from monitor.query import Compiled, compile_query, holds
from monitor.query.superset import superset
from monitor.store import Store, articles, proposals, review
from monitor.store.bits import as_bytes, below, bits, nearest, newest
from monitor.store.census import Census, Facet, Holdings
from monitor.store.proposals import Proposal
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


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The articles beside one in a list. `place` is its own, from 1, of `total`; None where that is not known exactly.

    `newer` and `older` are None at the ends.
    """

    newer: int | None
    older: int | None
    place: int | None
    total: int | None


def neighbours(
    store: Store, census: Census, config: Config, query: str, wanted: Wanted, number: int, most: int
) -> Neighbours:
    """What stands beside an article in the list of a question. `most`: how many candidates are looked at either way."""
    compiled = compile_query(query, config.lists) if query.strip() else None
    with store.read() as tx:
        held = holdings(tx, census, config)
        chosen = choose(tx, held, wanted)
        if compiled is None:
            newer, older = nearest(chosen, number)
            there = chosen >> number & 1
            return Neighbours(newer, older, (chosen >> number).bit_count() if there else None, chosen.bit_count())
        found = proposals.proposed(tx, superset(compiled.expr), _ANY).within(as_bytes(chosen))
    at = found.below(number)
    above = at - 1 if at and found.article_ids[at - 1] == number else at
    if found.certain:
        place = above + 1 if above < at else None
        return Neighbours(*_beside(found, above, at), place, len(found.article_ids))
    up = (one for n in range(above, max(0, above - most), -_UP) for one in _held(store, compiled, found, n - _UP, n))
    down = opened(store, found, at, _UP, min(len(found.article_ids), at + most))
    older_one = next((one.article_id for one in down if holds(compiled, one.text)), None)
    return Neighbours(next(up, None), older_one, None, None)


_UP = 25


def _beside(found: Proposal, above: int, at: int) -> tuple[int | None, int | None]:
    newer = found.article_ids[above - 1] if above else None
    return newer, found.article_ids[at] if at < len(found.article_ids) else None


def _held(store: Store, compiled: Compiled, found: Proposal, start: int, end: int) -> list[int]:
    """Those of some candidates that match, the oldest first."""
    part = opened(store, found, max(0, start), _UP, end)
    return [one.article_id for one in part if holds(compiled, one.text)][::-1]
