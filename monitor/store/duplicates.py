"""Near-duplicates: the articles of one story that repeat the same report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from monitor.model import Article, Level
from monitor.store.listing import articles_of
from monitor.store.rows import AnyRow
from monitor.store.tables import article, version

COPIES = (Level.SAME, Level.COPY, Level.TRUNCATED, Level.EXTENDED)
_MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An article that repeats, or is repeated; `share` is how much of it the report it copies contains, 0 to 1."""

    article: Article
    share: float


def duplicates(tx: Connection, found: Article) -> tuple[Duplicate, ...]:
    """The others of its story that repeat the same report as an article, and that report; oldest first."""
    if found.story_id is None:
        return ()
    nearest = version.alias("nearest")
    query = (
        select(article.c.id, version.c.level, version.c.containment, nearest.c.article_id.label("root"))
        .join_from(article, version, and_(version.c.article_id == article.c.id, version.c.number == 1))
        .outerjoin(nearest, nearest.c.id == version.c.nearest_id)
        .where(article.c.story_id == found.story_id)
        .order_by(article.c.id)
        .limit(_MOST_LOOKED_AT)
    )
    copied = {
        row.id: (row.root if row.level in COPIES and row.root is not None else row.id, row.containment)
        for row in tx.execute(query)
    }
    roots = {number: _root(copied, number) for number in (*copied, found.id)}
    same = [number for number in copied if number != found.id and roots[number] == roots[found.id]]
    rows = articles_of(tx, _rows(tx, same))
    return tuple(Duplicate(one, copied[one.id][1] if copied[one.id][0] != one.id else 1.0) for one in rows)


def _root(copied: dict[int, tuple[int, float]], number: int) -> int:
    """The report at the end of a chain of copies."""
    seen = {number}
    while (following := copied.get(number, (number, 0.0))[0]) not in seen:
        seen.add(following)
        number = following
    return number


def _rows(tx: Connection, numbers: Sequence[int]) -> Sequence[AnyRow]:
    return tx.execute(select(article).where(article.c.id.in_(numbers[:100])).order_by(article.c.id)).all()
