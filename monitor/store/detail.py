"""One article with all that the archive knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, select

from monitor.model import Article, Delivery, Development, Judgement, Known, Level, Match, Version
from monitor.novelty.chrome import Mask
from monitor.store.articles import by_id
from monitor.store.chrome import masks
from monitor.store.deliveries import of_developments
from monitor.store.entries import trouble_of
from monitor.store.listing import articles_of
from monitor.store.provenance import Provenance, of_versions
from monitor.store.rows import (
    CAPTIONS,
    AnyRow,
    before_of,
    changes_of,
    document_of,
    facts_of,
    known_of,
    known_query,
    sentences_of,
)
from monitor.store.rules import matches_of
from monitor.store.stories import development_of
from monitor.store.tables import article, development, entry, firing, sighting, story, version


@dataclass(frozen=True, slots=True)
class Sighting:
    """Another source that listed an article's entry."""

    source_id: str
    url: str
    title: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that announced a development, and the version of the article that made it do so."""

    development_id: int
    rule_id: str
    version_id: int
    article_id: int
    created: datetime


@dataclass(frozen=True, slots=True)
class ArticleDetail:
    """All that is known of an article: `versions` oldest first, `matches` and `provenance` by version id.

    `others` are the other articles of its story. `deliveries` and `fired` are those of every development that it
    tells, whichever article they were announced with.
    """

    article: Article
    versions: tuple[Version, ...]
    matches: dict[int, tuple[Match, ...]]
    deliveries: tuple[Delivery, ...]
    sightings: tuple[Sighting, ...]
    development: Development | None
    story_title: str
    others: tuple[Article, ...]
    fired: tuple[Fired, ...] = ()
    trouble: str = ""
    provenance: Mapping[int, Provenance] = field(default_factory=dict)


def article_detail(tx: Connection, article_id: int) -> ArticleDetail | None:
    """Everything about one article."""
    found = by_id(tx, article_id)
    if found is None:
        return None
    versions = _versions(tx, article_id)
    turns = [one.development_id for one in versions if one.development_id is not None]
    told = {*turns, *_told_in(tx, versions)}
    return ArticleDetail(
        article=found,
        versions=versions,
        matches=matches_of(tx, [one.id for one in versions]),
        deliveries=of_developments(tx, told),
        sightings=_sightings(tx, article_id),
        development=_development(tx, turns[0]) if turns else None,
        story_title=_story_title(tx, found.story_id),
        others=_story_articles(tx, found),
        fired=_fired(tx, told),
        trouble=trouble_of(tx, article_id),
        provenance=of_versions(tx, [one.id for one in versions]),
    )


def _versions(tx: Connection, article_id: int) -> tuple[Version, ...]:
    rows = tx.execute(
        select(version, CAPTIONS).where(version.c.article_id == article_id).order_by(version.c.number)
    ).all()
    ids = [row.nearest_id for row in rows if row.nearest_id is not None]
    nearest = {row.version_id: known_of(row) for row in tx.execute(known_query().where(version.c.id.in_(ids)))}

    hidden = masks(tx, [row.id for row in rows])
    return tuple(_version_of(row, nearest.get(row.nearest_id), hidden.get(row.id, Mask())) for row in rows)


def _version_of(row: AnyRow, nearest: Known | None, hidden: Mask) -> Version:
    judgement = Judgement(
        level=Level(row.level),
        nearest=nearest or before_of(row.evidence),
        containment=row.containment,
        agreement=row.agreement,
        newword=row.newword,
        sentences=sentences_of(row.evidence["sentences"], row.text),
        facts=facts_of(row.evidence["facts"]),
        changes=changes_of(row.evidence.get("changes", ())),
        resemblance=row.evidence.get("resemblance", 0.0),
        joined_by=tuple(row.evidence.get("joined_by", ())),
        decided=row.evidence.get("decided", ""),
    )
    return Version(
        id=row.id,
        article_id=row.article_id,
        number=row.number,
        document=document_of(row),
        first_seen=row.first_seen,
        judgement=judgement,
        development_id=row.development_id,
        masked=hidden.spans,
        mask_note=hidden.note,
    )


def _told_in(tx: Connection, versions: tuple[Version, ...]) -> set[int]:
    """The developments that were first told in one of these versions."""
    ids = [one.id for one in versions]
    return set(tx.scalars(select(development.c.id).where(development.c.version_id.in_(ids))))


def _fired(tx: Connection, development_ids: set[int]) -> tuple[Fired, ...]:
    query = (
        select(firing, version.c.article_id)
        .join_from(firing, version, version.c.id == firing.c.version_id)
        .where(firing.c.development_id.in_(development_ids))
        .order_by(firing.c.created, firing.c.version_id, firing.c.rule_id)
    )
    return tuple(
        Fired(row.development_id, row.rule_id, row.version_id, row.article_id, row.created) for row in tx.execute(query)
    )


def _sightings(tx: Connection, article_id: int) -> tuple[Sighting, ...]:
    query = (
        select(sighting)
        .join_from(sighting, entry, entry.c.id == sighting.c.entry_id)
        .where(entry.c.article_id == article_id)
        .order_by(sighting.c.first_seen, sighting.c.source_id)
    )
    return tuple(Sighting(row.source_id, row.url, row.title, row.first_seen) for row in tx.execute(query))


def _development(tx: Connection, development_id: int) -> Development:
    return development_of(tx.execute(select(development).where(development.c.id == development_id)).one())


def _story_title(tx: Connection, story_id: int | None) -> str:
    return tx.execute(select(story.c.title).where(story.c.id == story_id)).scalar() or ""


def _story_articles(tx: Connection, found: Article) -> tuple[Article, ...]:
    if found.story_id is None:
        return ()
    same = and_(article.c.story_id == found.story_id, article.c.id != found.id)
    return articles_of(tx, tx.execute(select(article).where(same).order_by(article.c.id.desc()).limit(100)).all())
