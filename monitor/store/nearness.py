"""Nearest documents: which archived articles share a document's rarest words, the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text

from monitor.model import Known, Profile
from monitor.novelty.event import FEWEST
from monitor.novelty.profile import packed, unpacked
from monitor.novelty.weights import Weights
from monitor.store.rows import known_of, known_query
from monitor.store.tables import article, profile, version

RAREST = 48
"""Stems, and as many marks, that a document is looked for by (24 miss a report, all of them find no more)."""

MOST_POSTED = 2_000
"""A word that stands in more articles than this is counted but finds nothing, so that a search stays short."""

_ALL = 0
_MANY = 200  # articles; shorter lists are not worth asking whether they can change anything
_SCALE = 1_000  # weights are summed as whole numbers: sums of floats depend on the order of the rows
_GIVEN = {
    "sqlite": "SELECT value FROM json_each(:numbers)",
    "postgresql": "SELECT unnest(CAST(:numbers AS bigint[]))",
}
# Two lists and not a row for each number: making the rows takes longer than finding them.
_COUNTS = {
    "sqlite": "SELECT json_group_array(number), json_group_array(articles)",
    "postgresql": "SELECT CAST(json_agg(number) AS text), CAST(json_agg(articles) AS text)",
}
_POSTED = {
    "sqlite": "SELECT number, json_group_array(article_id)",
    "postgresql": "SELECT number, CAST(json_agg(article_id) AS text)",
}
_POSTED_BY = {
    "sqlite": "SELECT json_group_array(number) FROM term_posting WHERE article_id = :article_id",
    "postgresql": "SELECT CAST(json_agg(number) AS text) FROM term_posting WHERE article_id = :article_id",
}
_UNNESTED = "unnest(CAST(:numbers AS bigint[])) AS given(number) ORDER BY number"
_ADDING = " ON CONFLICT (number) DO UPDATE SET articles = term.articles + 1"
_ADD_ONE = {
    "sqlite": f"INSERT INTO term (number, articles) SELECT value, 1 FROM json_each(:numbers) WHERE true{_ADDING}",
    "postgresql": f"INSERT INTO term (number, articles) SELECT number, 1 FROM {_UNNESTED}{_ADDING}",
}
_POSTING = "INSERT INTO term_posting (number, article_id) SELECT"
_POST = {
    "sqlite": f"{_POSTING} value, :article_id FROM json_each(:numbers) WHERE true ON CONFLICT DO NOTHING",
    "postgresql": f"{_POSTING} number, CAST(:article_id AS integer) FROM {_UNNESTED} ON CONFLICT DO NOTHING",
}
_KEEP = insert(profile)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search looked up: for each number the articles that have it, and for each article its newest version.

    What is posted is never taken back, so a list that is as long as its word's count is still the whole of it.
    """

    posted: dict[int, list[int]] = field(default_factory=dict)
    reports: dict[int, Known] = field(default_factory=dict)

    def without(self, articles: Iterable[int]) -> Found:
        """What still holds when these articles have got another version since."""
        gone = set(articles)
        return Found(dict(self.posted), {one: known for one, known in self.reports.items() if one not in gone})


def weights(tx: Connection, own: Profile) -> Weights:
    """How rare the words of a profile are among all articles."""
    return _weights(tx, own.all_stems | own.all_marks)


def _weights(tx: Connection, numbers: Collection[int]) -> Weights:
    found = _counts(tx, {_ALL, *numbers})
    return Weights(found.pop(_ALL, 0), found)


def _counts(tx: Connection, numbers: Collection[int]) -> dict[int, int]:
    """In how many articles each of these stands. One parameter: thousands of them would take longer than the search."""
    query, values = _about(tx, _COUNTS, "term", sorted(numbers))
    found = tx.execute(text(query), values).one()
    return dict(zip(_list(found[0]), _list(found[1]), strict=True))


def _about(tx: Connection, wanted: Mapping[str, str], table: str, numbers: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """A query for the rows of these numbers, and its parameter."""
    dialect = tx.dialect.name
    return f"{wanted[dialect]} FROM {table} WHERE number IN ({_GIVEN[dialect]})", {"numbers": _given(tx, numbers)}


def _given(tx: Connection, numbers: Sequence[int]) -> Any:
    return list(numbers) if tx.dialect.name == "postgresql" else json.dumps(numbers)


def _list(found: str | None) -> list[int]:
    listed: list[int] = json.loads(found or "[]")
    return listed


def nearest(
    tx: Connection,
    own: Profile,
    own_weights: Weights,
    limit: int = 10,
    apart_from: int | None = None,
    found: Found | None = None,
) -> tuple[Known, ...]:
    """The articles with the most of a document's rarest stems, and those with the most of its rarest marks.

    Up to `limit` of each, best first, the older first of equals, in their newest version, with its profile and without
    its sketch. What `found` holds already is not looked up, and what is looked up is put there.
    """
    found = Found() if found is None else found
    counts = own_weights.counts
    chosen = [
        _rarest({number: weigh(number) for number in numbers}, counts)
        for numbers, weigh in ((own.all_stems, own_weights.stem), (own.all_marks, own_weights.mark))
    ]
    _look_up(tx, {number for one in chosen for number, _ in one}, counts, found.posted)
    ids = dict.fromkeys(place for one in chosen for place in most_shared(one, found.posted, limit, apart_from))
    missing = [article_id for article_id in ids if article_id not in found.reports]
    if missing:
        rows = tx.execute(_NEWEST, {"ids": missing})
        found.reports.update((row.article_id, known_of(row, sketched=False)) for row in rows)
    return tuple(found.reports[article_id] for article_id in ids if article_id in found.reports)


def _look_up(tx: Connection, numbers: Iterable[int], counts: Mapping[int, int], posted: dict[int, list[int]]) -> None:
    """Look up those of which more is counted than known."""
    missing = sorted(number for number in numbers if len(posted.get(number, ())) != counts[number])
    if missing:
        query, values = _about(tx, _POSTED, "term_posting", missing)
        for number, articles in tx.execute(text(f"{query} GROUP BY number"), values):
            posted[number] = _list(articles)


def most_shared(
    chosen: Sequence[tuple[int, int]], posted: Mapping[int, list[int]], limit: int, apart_from: int | None
) -> list[int]:
    """The articles with the largest share of these, the older first of equals; the heaviest are given first."""
    shared: dict[int, int] = {}
    left = sum(weight for _, weight in chosen)
    least = 0
    closed = False
    for number, weight in chosen:
        among: Iterable[int] = posted.get(number, ())
        if closed or len(posted.get(number, ())) > _MANY:
            # What has shared nothing yet cannot come in any more when all that is left weighs less than the last best.
            shared.pop(apart_from or 0, None)
            if not closed and least > left:
                least = _least(shared, limit)
                closed = least > left
            among = shared.keys() & among if closed else among
        left -= weight
        least += weight  # at most; what it is takes long to find out, so that is asked only when it may be enough
        for article_id in among:
            shared[article_id] = shared.get(article_id, 0) + weight
    shared.pop(apart_from or 0, None)
    least = _least(shared, limit)
    best = sorted((-share, article_id) for article_id, share in shared.items() if share >= least)
    return [article_id for _, article_id in best[:limit]]


def _least(shared: Mapping[int, int], limit: int) -> int:
    """The smallest share of the best, 0 while there are fewer."""
    return nlargest(limit, shared.values())[-1] if len(shared) >= limit else 0


def _rarest(weighed: Mapping[int, float], counts: Mapping[int, int]) -> list[tuple[int, int]]:
    """The heaviest that any article has: (number, weight), the heaviest first."""
    known = [number for number in weighed if 0 < counts.get(number, 0) <= MOST_POSTED]
    best = sorted(known, key=lambda number: (-weighed[number], number))[:RAREST]
    return [(number, round(_SCALE * weighed[number])) for number in best if weighed[number] > 0]


def weights_with(tx: Connection, weights: Weights, own: Profile, known: Iterable[Known]) -> Weights:
    """Weights that also know the marks of the documents that one is held against, where these can be of one event."""
    theirs = (one.profile.all_marks for one in known if one.profile is not None)
    marks = frozenset[int]().union(*(some for some in theirs if len(some & own.all_marks) >= FEWEST))
    missing = marks - weights.counts.keys()
    return Weights(weights.documents, {**weights.counts, **_counts(tx, missing)}) if missing else weights


_NEWEST = known_query(sketched=False).where(
    version.c.article_id.in_(bindparam("ids", expanding=True)), version.c.number == article.c.versions
)


def learn(tx: Connection, article_id: int, version_id: int, own: Profile) -> None:
    """Make a version findable: keep its profile, and count and post those of its words that its article lacks yet."""
    tx.execute(_KEEP, {"version_id": version_id, "packed": packed(own)})
    numbers = own.all_stems | own.all_marks
    posted = set(_list(tx.scalar(text(_POSTED_BY[tx.dialect.name]), {"article_id": article_id})))
    counts = _count(tx, sorted(numbers - posted if posted else numbers | {_ALL}))
    rare = sorted(number for number, articles in counts.items() if number != _ALL and articles <= MOST_POSTED)
    if rare:
        tx.execute(text(_POST[tx.dialect.name]), {"numbers": _given(tx, rare), "article_id": article_id})


def _count(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Add one to each, in order, for PostgreSQL locks the rows one by one; returns what they count now."""
    tx.execute(text(_ADD_ONE[tx.dialect.name]), {"numbers": _given(tx, numbers)})
    return _counts(tx, numbers)


def profile_of(tx: Connection, version_id: int) -> Profile | None:
    """The stored profile of a version."""
    found = tx.scalar(select(profile.c.packed).where(profile.c.version_id == version_id))
    return None if found is None else unpacked(found)
