"""Whom each article is a copy of, and which agencies it names."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from monitor.model import Level
from monitor.novelty.credits import credits
from monitor.novelty.origins import COPIES, Telling
from monitor.store.rows import CAPTIONS
from monitor.store.tables import article, version

_nearest = version.alias("nearest")
# Made once: making it costs more than asking the database for one alert.
_NEWEST = (
    select(
        version.c.article_id,
        article.c.source_id,
        version.c.author,
        version.c.text,
        CAPTIONS,
        version.c.level,
        _nearest.c.article_id.label("other"),
    )
    .join_from(version, article, article.c.id == version.c.article_id)
    .outerjoin(_nearest, _nearest.c.id == version.c.nearest_id)
    .where(version.c.article_id.in_(bindparam("articles", expanding=True)), version.c.level != Level.EDIT.value)
    .order_by(version.c.article_id, version.c.number)
)


def tellings(tx: Connection, article_ids: Collection[int]) -> dict[int, Telling]:
    """The articles as tellings, by id, each by its newest version that is no edit."""
    newest = {row.article_id: row for row in tx.execute(_NEWEST, {"articles": list(article_ids)})}
    return {
        row.article_id: Telling(
            row.article_id,
            row.source_id,
            row.other if Level(row.level) in COPIES and row.other != row.article_id else None,
            credits(row.author, row.text[: len(row.text) - (row.captions or 0)]),
        )
        for row in newest.values()
    }
