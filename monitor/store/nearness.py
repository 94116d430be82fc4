"""Nearest documents: which archived articles share a document's rarest words, the same on both databases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
)

from monitor.model import Known, Profile
from monitor.novelty.profile import all_of, packed, unpacked
from monitor.novelty.weights import Weights
from monitor.store.columns import insert_new
from monitor.store.rows import known_of, known_query
from monitor.store.tables import article, profile, term_posting, version

RAREST = 48
"""Stems, and as many marks, that a document is looked for by (24 miss a report, all of them find no more)."""

MOST_POSTED = 2_000
"""A word that stands in more articles than this is counted but finds nothing, so that a search stays short."""

_ALL = 0
_SCALE = 1_000  # weights are summed as whole numbers: sums of floats depend on the order of the rows
_UNUSED = -1


def weights(tx: Connection, own: Profile) -> Weights:
    """How rare the words of a profile are among all articles."""
    return _weights(tx, all_of(own.stems) | all_of(own.marks))


def _weights(tx: Connection, numbers: Collection[int]) -> Weights:
    found = _counts(tx, {_ALL, *numbers})
    return Weights(found.pop(_ALL, 0), found)


def _counts(tx: Connection, numbers: Collection[int]) -> dict[int, int]:
    """In how many articles each of these stands. One parameter: thousands of them would take longer than the search."""
    among, values = _list_of(tx, sorted(numbers))
    rows = tx.execute(text(f"SELECT number, articles FROM term WHERE number IN ({among})"), values)
    return {row[0]: row[1] for row in rows}


def _list_of(tx: Connection, numbers: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """A query for these numbers, and its parameter."""
    if tx.dialect.name == "postgresql":
        return "SELECT unnest(CAST(:numbers AS bigint[]))", {"numbers": list(numbers)}
    return "SELECT value FROM json_each(:numbers)", {"numbers": f"[{','.join(map(str, numbers))}]"}


def nearest(
    tx: Connection, own: Profile, own_weights: Weights, limit: int = 10, apart_from: int | None = None
) -> tuple[Known, ...]:
    """The articles with the most of a document's rarest stems, and those with the most of its rarest marks.

    Up to `limit` of each, best first, the older first of equals, in their newest version and with its profile.
    """
    ids: dict[int, None] = {}
    for numbers, weigh in ((all_of(own.stems), own_weights.stem), (all_of(own.marks), own_weights.mark)):
        chosen = _rarest({number: weigh(number) for number in numbers}, own_weights.counts)
        ids |= dict.fromkeys(_sharing(tx, chosen, limit, apart_from))
    rows = tx.execute(_NEWEST, {"ids": list(ids)})
    found = {row.article_id: known_of(row) for row in rows}
    return tuple(found[article_id] for article_id in ids if article_id in found)


def weights_with(tx: Connection, own: Weights, known: Iterable[Known]) -> Weights:
    """Weights that also know the marks of the documents that one is held against."""
    marks = all_of(part for one in known if one.profile is not None for part in one.profile.marks)
    missing = marks - own.counts.keys()
    return Weights(own.documents, {**own.counts, **_counts(tx, missing)}) if missing else own


def _rarest(weighed: Mapping[int, float], counts: Mapping[int, int]) -> list[tuple[int, int]]:
    """The heaviest that any article has: (number, weight), the heaviest first."""
    known = [number for number in weighed if 0 < counts.get(number, 0) <= MOST_POSTED]
    best = sorted(known, key=lambda number: (-weighed[number], number))[:RAREST]
    return [(number, round(_SCALE * weighed[number])) for number in best if weighed[number] > 0]


def _sharing(tx: Connection, chosen: Sequence[tuple[int, int]], limit: int, apart_from: int | None) -> Sequence[int]:
    if not chosen:
        return ()
    filled = [*chosen, *[(_UNUSED, 0)] * (RAREST - len(chosen))]
    values: dict[str, Any] = {"most": limit, "apart": -1 if apart_from is None else apart_from}
    for place, (number, weight) in enumerate(filled):
        values |= {f"n{place}": number, f"w{place}": weight}
    return tx.scalars(_sharing_query(), values).all()


@cache
def _sharing_query() -> Select[*tuple[Any, ...]]:
    """Built once: SQLAlchemy takes longer to put it together than SQLite to answer it."""
    numbers = [bindparam(f"n{place}", type_=BigInteger) for place in range(RAREST)]
    branches = [(term_posting.c.number == one, bindparam(f"w{n}", type_=Integer)) for n, one in enumerate(numbers)]
    score = func.sum(case(*branches, else_=0))
    return (
        select(term_posting.c.article_id)
        .where(term_posting.c.number.in_(numbers), term_posting.c.article_id != bindparam("apart", type_=Integer))
        .group_by(term_posting.c.article_id)
        .order_by(score.desc(), term_posting.c.article_id)
        .limit(bindparam("most", type_=Integer))
    )


_NEWEST = known_query().where(
    version.c.article_id.in_(bindparam("ids", expanding=True)), version.c.number == article.c.versions
)


def learn(tx: Connection, article_id: int, version_id: int, own: Profile) -> None:
    """Make a version findable: keep its profile, and count and post those of its words that its article lacks yet."""
    tx.execute(insert(profile), {"version_id": version_id, "packed": packed(own)})
    numbers = all_of(own.stems) | all_of(own.marks)
    posted = set(tx.scalars(select(term_posting.c.number).where(term_posting.c.article_id == article_id)))
    counts = _count(tx, sorted(numbers - posted if posted else numbers | {_ALL}))
    rows = [
        {"number": number, "article_id": article_id}
        for number, articles in sorted(counts.items())
        if number != _ALL and articles <= MOST_POSTED
    ]
    if rows:
        tx.execute(insert_new(tx, term_posting), rows)


def _count(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Add one to each, in order, for PostgreSQL locks the rows one by one; returns what they count now."""
    if tx.dialect.name == "postgresql":
        source = "SELECT number, 1 FROM unnest(CAST(:numbers AS bigint[])) AS given(number) ORDER BY number"
        values: Any = list(numbers)
    else:
        source = "SELECT value, 1 FROM json_each(:numbers) WHERE true"
        values = f"[{','.join(map(str, numbers))}]"
    counted = tx.execute(
        text(
            f"INSERT INTO term (number, articles) {source}"
            " ON CONFLICT (number) DO UPDATE SET articles = term.articles + 1 RETURNING number, articles"
        ),
        {"numbers": values},
    )
    return {row[0]: row[1] for row in counted}


def profile_of(tx: Connection, version_id: int) -> Profile | None:
    """The stored profile of a version."""
    found = tx.scalar(select(profile.c.packed).where(profile.c.version_id == version_id))
    return None if found is None else unpacked(found)
