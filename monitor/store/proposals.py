"""What the search index proposes for a rule: never less than the matcher finds. The reading side of `index`."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)

from monitor.query.superset import ANYTHING, Node, OneOf, Superset, fts5, tsquery
from monitor.store import index
from monitor.store.review import ArticleFilter, of_filter
from monitor.store.tables import article, indexed, version_words
from monitor.text import ANALYSER

_QUARTER = 900  # seconds
_FACETED = (article.c.source_id, article.c.language, article.c.level, article.c.first_seen)
_FIND = {
    "sqlite": "SELECT rowid AS version_id FROM word_index WHERE word_index MATCH :wanted",
    "postgresql": "SELECT version_id FROM word_index WHERE words @@ CAST(:wanted AS tsquery)",
}
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
    ids = (indexed.c.article_id, indexed.c.version_id)
    rows = _rows(tx, ids, wanted.wanted, of_filter(chosen), whole=whole, newest_only=newest_only).subquery()
    article_ids, version_ids = array("q"), array("q")
    query = select(rows).order_by(rows.c.article_id.desc(), rows.c.version_id.desc())
    for article_id, version_id in tx.execute(query):
        article_ids.append(article_id)
        version_ids.append(version_id)
    return Proposal(article_ids, version_ids, wanted.exact and whole and not _boundless(tx))


def frozen(tx: Connection, version_ids: Sequence[int]) -> dict[int, Frozen]:
    """The frozen words of these versions by id; those that this analyser has not indexed are not there."""
    query = select(version_words).join_from(
        version_words, indexed, and_(indexed.c.version_id == version_words.c.version_id, indexed.c.analyser == ANALYSER)
    )
    rows = tx.execute(query.where(version_words.c.version_id.in_(version_ids)))
    return {row.version_id: Frozen(row.words, row.source, row.language) for row in rows}


def facets(tx: Connection, wanted: Superset, chosen: ArticleFilter, zone: tzinfo) -> Facets:
    """The proposals counted; of articles, whose newest version is the one that counts."""
    whole = index.is_whole(tx)
    rows = _rows(tx, _FACETED, wanted.wanted, of_filter(chosen), whole=whole, newest_only=True)
    return _counted(tx, rows, zone)


def facets_of(tx: Connection, article_ids: Sequence[int], zone: tzinfo) -> Facets:
    """These articles counted."""
    found = Facets()
    for start in range(0, len(article_ids), 1000):
        among = article.c.id.in_(article_ids[start : start + 1000])
        found.add(_counted(tx, select(*_FACETED).where(among), zone))
    return found


def _counted(tx: Connection, rows: Any, zone: tzinfo) -> Facets:
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
    for name, value, count in tx.execute(union_all(*countings)):
        getattr(found, name)[_day(int(value), zone) if name == "day" else value] += count
    return found


def _quarter(tx: Connection, moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """The quarter hours from 1970 to a moment: no time zone is off by less."""
    if tx.dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment) / _QUARTER), Integer)
    return cast(func.strftime("%s", moment), Integer) // _QUARTER


def _day(quarter: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(zone).date().isoformat()


def _rows(
    tx: Connection,
    columns: Sequence[ColumnElement[Any]],
    wanted: Node | None,
    chosen: ColumnElement[bool],
    *,
    whole: bool,
    newest_only: bool,
) -> Any:
    """These columns of the proposals."""
    kept = and_(chosen, indexed.c.number == article.c.versions if newest_only else true())
    every = select(*columns).join_from(indexed, article, article.c.id == indexed.c.article_id).where(kept)
    if wanted is None:
        return every
    hits = _hits(tx, wanted)
    known = every.join(hits, hits.c.version_id == indexed.c.version_id).where(indexed.c.analyser == ANALYSER)
    unknown = every.where(or_(indexed.c.analyser < ANALYSER, indexed.c.analyser > ANALYSER))
    return known if whole else union_all(known, unknown)


def _hits(tx: Connection, wanted: Node) -> CTE:
    """What the index finds, worked out once and first: SQLite might else ask it once for each article."""
    dialect = tx.dialect.name
    found = text(_FIND[dialect]).bindparams(wanted=_WRITE[dialect](wanted))
    return found.columns(column("version_id", Integer)).cte("hits").prefix_with("MATERIALIZED")


def _boundless(tx: Connection) -> bool:
    """Whether the index stands in for a text whose words it could not keep."""
    hits = _hits(tx, OneOf(frozenset({ANYTHING})))
    return tx.execute(select(hits.c.version_id).limit(1)).first() is not None
