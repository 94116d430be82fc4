"""Read models of stories: their developments in order, with the articles that tell each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.model import Article, Development
from monitor.store.listing import articles_of
from monitor.store.stories import development_of
from monitor.store.tables import article, development, story, version


@dataclass(frozen=True, slots=True)
class Turn:
    """A development with the articles that tell it, oldest first."""

    development: Development
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """A story with its developments, oldest first."""

    id: int
    title: str
    created: datetime
    turns: tuple[Turn, ...]


def story_detail(tx: Connection, story_id: int) -> StoryDetail | None:
    """Everything about one story."""
    row = tx.execute(select(story).where(story.c.id == story_id)).first()
    if row is None:
        return None
    found = articles_of(tx, tx.execute(select(article).where(article.c.story_id == story_id)).all())
    told = {one.id: one for one in found}
    firsts = select(version.c.development_id, version.c.article_id).where(version.c.article_id.in_(told))
    by_turn: dict[int, dict[int, Article]] = {}
    for development_id, article_id in tx.execute(firsts.order_by(version.c.id)):
        if development_id is not None:
            by_turn.setdefault(development_id, {})[article_id] = told[article_id]
    turns = select(development).where(development.c.story_id == story_id).order_by(development.c.id)
    return StoryDetail(
        row.id,
        row.title,
        row.created,
        tuple(Turn(development_of(turn), tuple(by_turn.get(turn.id, {}).values())) for turn in tx.execute(turns)),
    )


def development_titles(tx: Connection, development_ids: Collection[int]) -> dict[int, str]:
    """The headlines of these developments."""
    query = select(development.c.id, development.c.title).where(development.c.id.in_(development_ids))
    return {row.id: row.title for row in tx.execute(query)}
