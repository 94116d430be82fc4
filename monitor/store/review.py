"""Read models for screens and shell: pages of articles, one article with everything, sources, counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from monitor.model import (
    Article,
    Delivery,
    DeliveryState,
    Development,
    Document,
    EntryState,
    Judgement,
    Known,
    Level,
    Match,
    Origin,
    SourceState,
    Version,
)
from monitor.novelty.chrome import Mask, blanked
from monitor.store.articles import by_id
from monitor.store.chrome import masks
from monitor.store.coverage import Coverage, of_sources
from monitor.store.deliveries import of_developments
from monitor.store.fetches import FetchRow, fetch_row
from monitor.store.handwork import now_in
from monitor.store.listing import articles_of
from monitor.store.rows import AnyRow, before_of, changes_of, document_of, facts_of, known_of, known_query, sentences_of
from monitor.store.rules import matches_of
from monitor.store.sources import COLUMNS, state_of
from monitor.store.stories import development_of
from monitor.store.tables import (
    article,
    delivery,
    development,
    entry,
    fetch,
    firing,
    match,
    sighting,
    source,
    story,
    version,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; `next` is the `after` of the following page, None on the last."""

    rows: tuple[T, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles; None (of `on_topic` too): any. `since` and `until` bound when they were first seen.

    `text` stands in the title or the newest text, capitals or not.
    """

    source: str | None = None
    language: str | None = None
    level: Level | None = None
    story: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    on_topic: bool | None = True
    origin: Origin | None = None
    rule: str | None = None
    text: str | None = None


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
class EntryRow:
    """Where a listed item stands; `error` says why it could not be read."""

    source_id: str
    url: str
    title: str
    state: EntryState
    first_seen: datetime
    due_at: datetime
    attempts: int
    error: str
    article_id: int | None


@dataclass(frozen=True, slots=True)
class ArticleDetail:
    """All that is known of an article: `versions` oldest first, `matches` by version id, `others` of its story.

    `deliveries` and `fired` are those of every development that it tells, whichever article they were announced with.
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


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its health: `last` is the latest poll, `newest` the latest date among its articles."""

    state: SourceState
    enabled: bool
    last: FetchRow | None
    entries: dict[EntryState, int]
    articles: int
    newest: datetime | None
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the archive holds. `articles` were fetched and belong to the watch."""

    articles: int
    off_topic: int
    corpus: int
    versions: int
    stories: int
    developments: int
    sources: int
    entries: dict[EntryState, int]
    deliveries: dict[DeliveryState, int]


def article_page(tx: Connection, chosen: ArticleFilter, limit: int = 20, after: int | None = None) -> Page[Article]:
    """Articles, newest first, below id `after`."""
    query = select(article).where(_chosen(chosen)).order_by(article.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(article.c.id < after)
    rows = tx.execute(query).all()
    return Page(articles_of(tx, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def article_count(tx: Connection, chosen: ArticleFilter) -> int:
    """How many articles a filter leaves."""
    return tx.execute(select(func.count()).select_from(article).where(_chosen(chosen))).scalar_one()


def article_texts(
    tx: Connection, chosen: ArticleFilter, limit: int = 200, after: int | None = None
) -> Page[tuple[Article, Document]]:
    """As `article_page`, each with the document of its newest version, without what its site repeats."""
    page = article_page(tx, chosen, limit, after)
    newest = and_(version.c.article_id == article.c.id, version.c.number == article.c.versions)
    query = select(version).join_from(version, article, newest).where(article.c.id.in_([one.id for one in page.rows]))
    found = tx.execute(query).all()
    hidden = masks(tx, [row.id for row in found])
    documents = {
        row.article_id: replace(document_of(row), text=blanked(row.text, hidden.get(row.id, Mask()).spans))
        for row in found
    }
    return Page(tuple((one, documents[one.id]) for one in page.rows), page.next)


def _chosen(chosen: ArticleFilter) -> ColumnElement[bool]:
    """What a filter asks of an article's row."""
    wanted = [
        (chosen.source, article.c.source_id == chosen.source),
        (chosen.language, article.c.language == chosen.language),
        (chosen.story, article.c.story_id == now_in(chosen.story)),
        (chosen.on_topic, article.c.on_topic == chosen.on_topic),
        (chosen.origin, article.c.origin == chosen.origin),
        (chosen.level, _of_level(chosen.level)),
        (chosen.rule, _matched_by(chosen.rule)),
        (chosen.text or None, _says(chosen.text or "")),
    ]
    parts = [part for value, part in wanted if value is not None]
    if chosen.since is not None:
        parts.append(article.c.first_seen >= chosen.since)
    if chosen.until is not None:
        parts.append(article.c.first_seen < chosen.until)
    return and_(true(), *parts)


def _of_level(level: Level | None) -> ColumnElement[bool]:
    if level is not Level.EDIT:
        return article.c.level == level
    return select(version.c.id).where(version.c.article_id == article.c.id, version.c.level == level.value).exists()


def _matched_by(rule_id: str | None) -> ColumnElement[bool]:
    matched = select(match.c.version_id).join_from(match, version, version.c.id == match.c.version_id)
    return matched.where(version.c.article_id == article.c.id, match.c.rule_id == rule_id).exists()


def _says(words: str) -> ColumnElement[bool]:
    newest = and_(version.c.article_id == article.c.id, version.c.number == article.c.versions)
    inside = select(version.c.id).where(newest, version.c.text.icontains(words, autoescape=True)).exists()
    return or_(article.c.title.icontains(words, autoescape=True), inside)


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
    )


def _versions(tx: Connection, article_id: int) -> tuple[Version, ...]:
    rows = tx.execute(select(version).where(version.c.article_id == article_id).order_by(version.c.number)).all()
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


def entry_by_key(tx: Connection, url_key: str) -> EntryRow | None:
    """The entry of a same-article key."""
    row = tx.execute(select(entry).where(entry.c.url_key == url_key)).first()
    if row is None:
        return None
    return EntryRow(
        row.source_id,
        row.url,
        row.title,
        EntryState(row.state),
        row.first_seen,
        row.due_at,
        row.attempts,
        row.error,
        row.article_id,
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


def source_rows(tx: Connection) -> tuple[SourceRow, ...]:
    """Every source the archive has seen, with its health, by id."""
    last = select(func.max(fetch.c.id)).where(fetch.c.kind == "check").group_by(fetch.c.source_id)
    fetched = {row.source_id: fetch_row(row) for row in tx.execute(select(fetch).where(fetch.c.id.in_(last)))}
    entries: dict[str, dict[EntryState, int]] = {}
    groups = select(entry.c.source_id, entry.c.state, func.count()).group_by(entry.c.source_id, entry.c.state)
    for source_id, state, count in tx.execute(groups):
        entries.setdefault(source_id, {})[EntryState(state)] = count
    dated = func.max(func.coalesce(article.c.published, article.c.first_seen))
    totals = select(article.c.source_id, func.count(), dated).group_by(article.c.source_id)
    archived = {source_id: (count, newest) for source_id, count, newest in tx.execute(totals)}
    covered = of_sources(tx)
    rows = tx.execute(select(*COLUMNS, source.c.enabled).order_by(source.c.id)).all()
    return tuple(
        SourceRow(
            state_of(row),
            row.enabled,
            fetched.get(row.source_id),
            entries.get(row.source_id, {}),
            *archived.get(row.source_id, (0, None)),
            covered.get(row.source_id, Coverage()),
        )
        for row in rows
    )


def counts(tx: Connection) -> Counts:
    """How much of everything there is."""
    fetched = article.c.origin == Origin.FETCHED.value
    by_entry = tx.execute(select(entry.c.state, func.count()).group_by(entry.c.state))
    by_delivery = tx.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))
    return Counts(
        articles=_count(tx, and_(fetched, article.c.on_topic)),
        off_topic=_count(tx, and_(fetched, ~article.c.on_topic)),
        corpus=_count(tx, ~fetched),
        versions=_count(tx, version.c.id.is_not(None)),
        stories=_count(tx, story.c.id.is_not(None)),
        developments=_count(tx, development.c.id.is_not(None)),
        sources=_count(tx, source.c.enabled),
        entries={EntryState(state): count for state, count in by_entry},
        deliveries={DeliveryState(state): count for state, count in by_delivery},
    )


def _count(tx: Connection, wanted: ColumnElement[bool]) -> int:
    return tx.execute(select(func.count()).where(wanted)).scalar_one()
