"""Read models of stories: their developments in order, with the articles that tell each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from monitor.model import Article, Development, Known
from monitor.novelty.origins import Telling
from monitor.store.handwork import resolved
from monitor.store.listing import articles_of
from monitor.store.origins import tellings
from monitor.store.rows import known_of, known_query
from monitor.store.stories import development_of
from monitor.store.tables import article, development, story, version


@dataclass(frozen=True, slots=True)
class Turn:
    """A development with the articles that tell it, oldest first."""

    development: Development
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """A story with its developments, oldest first; `tellings` by article id."""

    id: int
    title: str
    created: datetime
    turns: tuple[Turn, ...]
    tellings: Mapping[int, Telling]


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story in a list; `newest` is when its last article was first seen."""

    id: int
    title: str
    created: datetime
    newest: datetime
    articles: int
    outlets: int
    developments: int


def story_page(tx: Connection, limit: int, after: int | None = None) -> tuple[tuple[StoryRow, ...], int | None]:
    """Stories that have articles, newest first, below id `after`; with the `after` of the next page."""
    turns = select(func.count()).where(development.c.story_id == story.c.id).scalar_subquery()
    query = (
        select(
            story.c.id,
            story.c.title,
            story.c.created,
            func.max(article.c.first_seen).label("newest"),
            func.count().label("articles"),
            func.count(article.c.source_id.distinct()).label("outlets"),
            turns.label("developments"),
        )
        .join_from(story, article, article.c.story_id == story.c.id)
        .group_by(story.c.id, story.c.title, story.c.created)
        .order_by(story.c.id.desc())
        .limit(limit + 1)
    )
    rows = tx.execute(query if after is None else query.where(story.c.id < after)).all()
    found = tuple(
        StoryRow(row.id, row.title, row.created, row.newest, row.articles, row.outlets, row.developments)
        for row in rows[:limit]
    )
    return found, found[-1].id if len(rows) > limit else None


def story_detail(tx: Connection, story_id: int) -> StoryDetail | None:
    """Everything about one story; the number of one that was merged away answers with the story that it is now in."""
    story_id = resolved(tx, story_id)
    row = tx.execute(select(story).where(story.c.id == story_id)).first()
    if row is None:
        return None
    found = articles_of(tx, tx.execute(select(article).where(article.c.story_id == story_id)).all())
    turns = tx.execute(select(development).where(development.c.story_id == story_id).order_by(development.c.id)).all()
    told = _told(tx, {one.id: one for one in found}, {turn.version_id: turn.id for turn in turns})
    parts = tuple(Turn(development_of(turn), tuple(told.get(turn.id, {}).values())) for turn in turns)
    return StoryDetail(row.id, row.title, row.created, parts, tellings(tx, [one.id for one in found]))


def _told(tx: Connection, found: dict[int, Article], origins: dict[int | None, int]) -> dict[int, dict[int, Article]]:
    """The articles of each development: where it was first told, then whatever attaches to it."""
    query = select(version.c.id, version.c.development_id, version.c.article_id)
    told: dict[int, dict[int, Article]] = {}
    for row in tx.execute(query.where(version.c.article_id.in_(found)).order_by(version.c.id)):
        for development_id in (origins.get(row.id), row.development_id):
            if development_id is not None:
                told.setdefault(development_id, {})[row.article_id] = found[row.article_id]
    return told


def development_titles(tx: Connection, development_ids: Collection[int]) -> dict[int, str]:
    """The headlines of these developments."""
    query = select(development.c.id, development.c.title).where(development.c.id.in_(development_ids))
    return {row.id: row.title for row in tx.execute(query)}


def earlier_reports(tx: Connection, told: Article, version_id: int, limit: int = 10) -> tuple[Known, ...]:
    """What other articles of the same story told before this version of one, the newest first."""
    query = known_query().where(
        article.c.story_id == told.story_id, article.c.id != told.id, version.c.id < version_id, version.c.number == 1
    )
    return tuple(known_of(row) for row in tx.execute(query.order_by(version.c.id.desc()).limit(limit)))
