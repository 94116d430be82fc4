"""What the search index proposes for a rule: never less than the matcher finds. The reading side of `index`."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    text,
    union_all,
)

from monitor.query.superset import ANYTHING, Node, OneOf, Superset, fts5, tsquery
from monitor.store import index
from monitor.store.review import ArticleFilter, of_filter
from monitor.store.tables import article, indexed, version_words
from monitor.text import ANALYSER

_QUARTER = 900  # seconds
_FACETED = (article.c.source_id, article.c.language, article.c.level, article.c.first_seen)
_IDS = (indexed.c.article_id, indexed.c.version_id)
_NEWEST_FIRST = (indexed.c.article_id.desc(), indexed.c.version_id.desc())
_VERSION_ID = column("version_id", Integer)
_HITS = {
    "sqlite": "SELECT rowid AS version_id FROM word_index WHERE word_index MATCH :wanted",
    "postgresql": "SELECT version_id FROM word_index WHERE words @@ CAST(:wanted AS tsquery)",
}
_FIND = {dialect: text(hits).columns(_VERSION_ID) for dialect, hits in _HITS.items()}
_SOME = {dialect: text(f"{hits} LIMIT 1") for dialect, hits in _HITS.items()}
# Built once, as the others are: that takes longer than most answers.
_FROZEN = (
    select(version_words.c.version_id, version_words.c.words, version_words.c.source, version_words.c.language)
    .join_from(version_words, indexed, indexed.c.version_id == version_words.c.version_id)
    .where(indexed.c.analyser == ANALYSER, version_words.c.version_id.in_(bindparam("wanted", expanding=True)))
)
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
Columns = tuple[ColumnElement[Any], ...]
_WRITE = {"sqlite": fts5, "postgresql": tsquery}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Versions that may match, newest article first, then newest version first.

    `certain`: the index alone knows that they all match, and that no other does.
    """

    article_ids: array[int]
    version_ids: array[int]
    certain: bool

    def below(self, article_id: int) -> int:
        """The place of the first article with a smaller id."""
        return bisect_left(self.article_ids, -article_id + 1, key=lambda one: -one)

    def within(self, held: bytes) -> Proposal:
        """Those of these articles: number n is bit n % 8 of byte n // 8."""
        size = 8 * len(held)
        kept = [n for n, one in enumerate(self.article_ids) if one < size and held[one >> 3] >> (one & 7) & 1]
        return Proposal(
            array("q", [self.article_ids[n] for n in kept]),
            array("q", [self.version_ids[n] for n in kept]),
            self.certain,
        )


@dataclass(frozen=True, slots=True)
class Frozen:
    """The frozen words of a version, and what it goes by."""

    words: bytes
    source: str
    language: str


@dataclass(frozen=True, slots=True)
class Facets:
    """How many articles of each source, language, level and day (ISO, in the zone that was asked for)."""

    source: Counter[str] = field(default_factory=Counter)
    language: Counter[str] = field(default_factory=Counter)
    level: Counter[str] = field(default_factory=Counter)
    day: Counter[str] = field(default_factory=Counter)

    def add(self, other: Facets) -> None:
        """Count these, too."""
        for name in ("source", "language", "level", "day"):
            getattr(self, name).update(getattr(other, name))


def proposed(tx: Connection, wanted: Superset, chosen: ArticleFilter, *, newest_only: bool = True) -> Proposal:
    """What may match among the chosen articles; a version that is not indexed always may."""
    whole = index.is_whole(tx)
    queries = _queries(tx, _IDS, wanted.wanted, chosen, whole=whole, newest_only=newest_only)
    rows = [tx.execute(query.order_by(*_NEWEST_FIRST), _asked(tx, wanted.wanted)).all() for query in queries]
    # One is in order already; the few that are not indexed go where they belong.
    found = rows[0] if len(rows) == 1 else sorted(chain(*rows), reverse=True)
    article_ids = array("q", [article_id for article_id, _ in found])
    version_ids = array("q", [version_id for _, version_id in found])
    return Proposal(article_ids, version_ids, wanted.exact and whole and not _boundless(tx))


def frozen(tx: Connection, version_ids: Sequence[int]) -> dict[int, Frozen]:
    """The frozen words of these versions by id; those that this analyser has not indexed are not there."""
    rows = tx.execute(_FROZEN, {"wanted": version_ids})
    return {version_id: Frozen(words, source, language) for version_id, words, source, language in rows}


def facets(tx: Connection, wanted: Superset, chosen: ArticleFilter, zone: tzinfo) -> Facets:
    """The proposals counted; of articles, whose newest version is the one that counts."""
    found = Facets()
    whole = index.is_whole(tx)
    for query in _queries(tx, _FACETED, wanted.wanted, chosen, whole=whole, newest_only=True):
        found.add(_counted(tx, query, _asked(tx, wanted.wanted), zone))
    return found


def facets_of(tx: Connection, article_ids: Sequence[int], zone: tzinfo) -> Facets:
    """These articles counted."""
    found = Facets()
    for start in range(0, len(article_ids), 1000):
        among = article.c.id.in_(article_ids[start : start + 1000])
        found.add(_counted(tx, select(*_FACETED).where(among), {}, zone))
    return found


def _counted(tx: Connection, rows: Select[*tuple[Any, ...]], asked: dict[str, str], zone: tzinfo) -> Facets:
    """One pass over the rows, then four countings of it."""
    found = Facets()
    chosen = rows.cte("chosen").prefix_with("MATERIALIZED")
    values = (
        ("source", chosen.c.source_id),
        ("language", chosen.c.language),
        ("level", chosen.c.level),
        ("day", cast(_quarter(tx, chosen.c.first_seen), String)),
    )
    countings = [
        select(literal(name), value, func.count()).select_from(chosen).group_by(value) for name, value in values
    ]
    for name, value, count in tx.execute(union_all(*countings), asked):
        getattr(found, name)[_day(int(value), zone) if name == "day" else value] += count
    return found


def _quarter(tx: Connection, moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """The quarter hours from 1970 to a moment: no time zone is off by less."""
    if tx.dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment) / _QUARTER), Integer)
    return cast(func.strftime("%s", moment), Integer) // _QUARTER


def _day(quarter: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(zone).date().isoformat()


def _queries(
    tx: Connection,
    columns: Columns,
    wanted: Node | None,
    chosen: ArticleFilter,
    *,
    whole: bool,
    newest_only: bool,
) -> list[Select[*tuple[Any, ...]]]:
    """What asks for these columns of the proposals; together the queries give each one once."""
    dialect = tx.dialect.name
    kept = of_filter(chosen)
    if wanted is None:
        return [_every(columns, newest_only).where(kept)]
    known = _known(dialect, columns, newest_only).where(kept)
    if whole:
        return [known]
    return [known, _every(columns, newest_only).where(kept, index.OUTDATED)]


@cache
def _every(columns: Columns, newest_only: bool) -> Select[*tuple[Any, ...]]:
    """Every version, or the newest of every article. Built once: that takes longer than most answers."""
    query = select(*columns).join_from(indexed, article, article.c.id == indexed.c.article_id)
    return query.where(indexed.c.number == article.c.versions) if newest_only else query


@cache
def _known(dialect: str, columns: Columns, newest_only: bool) -> Select[*tuple[Any, ...]]:
    """Those that the index finds. It is asked once and first: SQLite might else ask it again for each article."""
    hits = _FIND[dialect].cte("hits").prefix_with("MATERIALIZED")
    found = _every(columns, newest_only).join(hits, hits.c.version_id == indexed.c.version_id)
    return found.where(indexed.c.analyser == ANALYSER)


def _asked(tx: Connection, wanted: Node | None) -> dict[str, str]:
    if wanted is None:
        return {}
    if tx.dialect.name == "postgresql":
        # Its planner takes the words for small, but they lie outside their rows: reading all took 560 ms instead of 1.
        tx.execute(_BY_INDEX)
    return {"wanted": _WRITE[tx.dialect.name](wanted)}


def _boundless(tx: Connection) -> bool:
    """Whether the index stands in for a text whose words it could not keep."""
    return tx.execute(_FIND[tx.dialect.name], _asked(tx, OneOf(frozenset({ANYTHING})))).first() is not None


def absent(tx: Connection, wanted: Mapping[str, Superset]) -> frozenset[str]:
    """The names of what no version can match; nothing where the index does not know every version yet."""
    if not index.is_whole(tx):
        return frozenset()
    some = _SOME[tx.dialect.name]
    return frozenset(
        name
        for name, one in wanted.items()
        if one.wanted is not None and tx.execute(some, _asked(tx, one.wanted)).first() is None
    )
