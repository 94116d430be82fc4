"""Read models of one story as its page needs them: light for a story of a thousand articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.model import Article, Development, Level, Mute, MuteKind, Origin
from monitor.store import mutes
from monitor.store.handwork import resolved
from monitor.store.listing import articles_of
from monitor.store.stories import development_of
from monitor.store.tables import article, development, story, version

_MOST_REPORTS = 5_000
# More parameters than a database takes in one statement are asked in parts.
_PART = 500


@dataclass(frozen=True, slots=True)
class Report:
    """An article of a story in the few columns that its pictures and lists count."""

    id: int
    title: str
    source_id: str
    language: str
    published: datetime | None
    first_seen: datetime
    level: Level
    origin: Origin
    versions: int

    @property
    def at(self) -> datetime:
        """When it was reported: as it says, else when it was first seen."""
        return self.published or self.first_seen

    @property
    def place(self) -> tuple[datetime, int]:
        """Its place among the reports of a story, the first of all first."""
        return self.at, self.id


@dataclass(frozen=True, slots=True)
class Edited:
    """A later version of an article."""

    article_id: int
    number: int
    first_seen: datetime
    level: Level


@dataclass(frozen=True, slots=True)
class Part:
    """A development with the numbers of the articles that tell it."""

    development: Development
    articles: frozenset[int]


@dataclass(frozen=True, slots=True)
class Book:
    """A story: its reports in their order, its developments in theirs, what was edited since, by whom it is muted."""

    id: int
    title: str
    created: datetime
    reports: tuple[Report, ...]
    parts: tuple[Part, ...]
    edits: tuple[Edited, ...]
    muted: Mute | None


_COLUMNS = (
    article.c.id,
    article.c.title,
    article.c.source_id,
    article.c.language,
    article.c.published,
    article.c.first_seen,
    article.c.level,
    article.c.origin,
    article.c.versions,
)


def book(tx: Connection, story_id: int, now: datetime) -> Book | None:
    """One story; the number of one that was merged away answers with the story that it is now in."""
    story_id = resolved(tx, story_id)
    row = tx.execute(select(story).where(story.c.id == story_id)).first()
    if row is None:
        return None
    query = select(*_COLUMNS).where(article.c.story_id == story_id).order_by(article.c.id).limit(_MOST_REPORTS)
    found = [Report(*one[:6], Level(one[6]), Origin(one[7]), one[8]) for one in tx.execute(query)]
    reports = tuple(sorted(found, key=lambda one: one.place))
    parts, edits = _parts(tx, story_id), _edits(tx, story_id)
    return Book(row.id, row.title, row.created, reports, parts, edits, _muted(tx, story_id, now))


def _parts(tx: Connection, story_id: int) -> tuple[Part, ...]:
    told: dict[int, set[int]] = {}
    attached = select(version.c.development_id, version.c.article_id).join_from(article, version)
    for number, article_id in tx.execute(attached.where(article.c.story_id == story_id).distinct()):
        told.setdefault(number or 0, set()).add(article_id)
    query = select(development, version.c.article_id).outerjoin_from(
        development, version, version.c.id == development.c.version_id
    )
    found = []
    for row in tx.execute(query.where(development.c.story_id == story_id).order_by(development.c.id)):
        first = () if row.article_id is None else (row.article_id,)
        found.append(Part(development_of(row), frozenset({*told.get(row.id, ()), *first})))
    return tuple(found)


def _edits(tx: Connection, story_id: int) -> tuple[Edited, ...]:
    query = (
        select(version.c.article_id, version.c.number, version.c.first_seen, version.c.level)
        .join_from(article, version, version.c.article_id == article.c.id)
        .where(article.c.story_id == story_id, article.c.versions > 1, version.c.number > 1)
        .order_by(version.c.id)
    )
    return tuple(Edited(*row[:3], Level(row[3])) for row in tx.execute(query))


def _muted(tx: Connection, story_id: int, now: datetime) -> Mute | None:
    """The mute that lasts longest."""
    own = [one for one in mutes.active(tx, now) if one.kind is MuteKind.STORY and one.target == str(story_id)]
    return own[-1] if own else None


def rows(tx: Connection, article_ids: Sequence[int]) -> tuple[Article, ...]:
    """These articles as lists show them, in the order given."""
    found: dict[int, Article] = {}
    for start in range(0, len(article_ids), _PART):
        query = select(article).where(article.c.id.in_(article_ids[start : start + _PART]))
        found.update({one.id: one for one in articles_of(tx, tx.execute(query).all())})
    return tuple(found[one] for one in article_ids if one in found)
