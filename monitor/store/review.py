"""Read models for screens and shell: pages of articles, one article with everything, sources, counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from monitor.model import (
    Article,
    DeliveryState,
    Document,
    EntryState,
    Level,
    Origin,
    SourceState,
)
from monitor.model.reviews import Status, Subject
from monitor.store import reviews
from monitor.store.coverage import Coverage, of_sources
from monitor.store.fetches import FetchRow, fetch_row
from monitor.store.handwork import now_in
from monitor.store.listing import articles_of
from monitor.store.sources import COLUMNS, state_of
from monitor.store.tables import (
    article,
    delivery,
    development,
    entry,
    fetch,
    match,
    source,
    story,
    version,
)
from monitor.store.texts import documents

T = TypeVar("T")
# Among so many of the last articles the newest date of each source is looked for: to read all takes too long.
_RECENT = 2_000
_NEWEST = select(func.max(article.c.id))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; `next` is the `after` of the following page, None on the last."""

    rows: tuple[T, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles; None (of `on_topic` too): any. `since` and `until` bound when they were first seen.

    `text` stands in the title or the newest text, capitals or not. `status` is where the article stands with reviewers.
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
    status: Status | None = None


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
class SourceRow:
    """A source with its health: `last` is the latest poll, `newest` the latest date among its last articles."""

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
    query = select(article).where(of_filter(chosen)).order_by(article.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(article.c.id < after)
    rows = tx.execute(query).all()
    return Page(articles_of(tx, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def article_count(tx: Connection, chosen: ArticleFilter) -> int:
    """How many articles a filter leaves."""
    return tx.execute(select(func.count()).select_from(article).where(of_filter(chosen))).scalar_one()


def of_story(tx: Connection, story_id: int) -> Sequence[int]:
    """The numbers of a story's articles."""
    return tx.scalars(select(article.c.id).where(article.c.story_id == now_in(story_id))).all()


def newest(tx: Connection) -> int:
    """The number of the last article, 0 in an empty archive."""
    return tx.execute(_NEWEST).scalar() or 0


def newer(tx: Connection, article_id: int, most: int = 1000) -> int:
    """How many fetched articles of the watch came after this one; `most` is as far as is counted."""
    wanted = and_(article.c.id > article_id, article.c.on_topic, article.c.origin == Origin.FETCHED.value)
    some = select(article.c.id).where(wanted).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(some)).scalar_one()


def article_texts(
    tx: Connection, chosen: ArticleFilter, limit: int = 200, after: int | None = None
) -> Page[tuple[Article, Document]]:
    """As `article_page`, each with the document of its newest version, without what its site repeats."""
    page = article_page(tx, chosen, limit, after)
    newest = and_(version.c.article_id == article.c.id, version.c.number == article.c.versions)
    query = select(version.c.article_id, version.c.id).join_from(version, article, newest)
    found = tx.execute(query.where(article.c.id.in_([one.id for one in page.rows]))).all()
    seen = documents(tx, [row.id for row in found])
    texts = {row.article_id: seen[row.id][0] for row in found}
    return Page(tuple((one, texts[one.id]) for one in page.rows), page.next)


def of_filter(chosen: ArticleFilter) -> ColumnElement[bool]:
    """What a filter asks of an article's row. Only what is asked is put together: that costs more than asking it."""
    columns = article.c
    equal = (
        (columns.source_id, chosen.source),
        (columns.language, chosen.language),
        (columns.on_topic, chosen.on_topic),
        (columns.origin, chosen.origin),
    )
    parts: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if chosen.story is not None:
        parts.append(columns.story_id == now_in(chosen.story))
    if chosen.level is not None:
        parts.append(_of_level(chosen.level))
    if chosen.rule is not None:
        parts.append(_matched_by(chosen.rule))
    if chosen.status is not None:
        parts.append(reviews.standing(Subject.ARTICLE, columns.id, chosen.status))
    if chosen.text:
        parts.append(_says(chosen.text))
    if chosen.since is not None:
        parts.append(columns.first_seen >= chosen.since)
    if chosen.until is not None:
        parts.append(columns.first_seen < chosen.until)
    return and_(true(), *parts)


def _of_level(level: Level) -> ColumnElement[bool]:
    if level is not Level.EDIT:
        return article.c.level == level
    return select(version.c.id).where(version.c.article_id == article.c.id, version.c.level == level.value).exists()


def _matched_by(rule_id: str) -> ColumnElement[bool]:
    matched = select(match.c.version_id).join_from(match, version, version.c.id == match.c.version_id)
    return matched.where(version.c.article_id == article.c.id, match.c.rule_id == rule_id).exists()


def _says(words: str) -> ColumnElement[bool]:
    newest = and_(version.c.article_id == article.c.id, version.c.number == article.c.versions)
    inside = select(version.c.id).where(newest, version.c.text.icontains(words, autoescape=True)).exists()
    return or_(article.c.title.icontains(words, autoescape=True), inside)


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


Held = Mapping[str, tuple[int, int]]
"""By source how many articles it has, and the number of the last one."""


def source_rows(tx: Connection, *, held: Held | None = None, only: str | None = None) -> tuple[SourceRow, ...]:
    """Every source the archive has seen, with its health, by id; `only` this one.

    `held`: what is known of their articles already, so that they need not be counted.
    """
    mine = [] if only is None else [entry.c.source_id == only]
    fetched = _last_checks(tx, only)
    entries: dict[str, dict[EntryState, int]] = {}
    groups = select(entry.c.source_id, entry.c.state, func.count()).where(*mine)
    for source_id, state, count in tx.execute(groups.group_by(entry.c.source_id, entry.c.state)):
        entries.setdefault(source_id, {})[EntryState(state)] = count
    archived = _archived(tx, held, only)
    covered = of_sources(tx)
    known = select(*COLUMNS, source.c.enabled).order_by(source.c.id)
    rows = tx.execute(known if only is None else known.where(source.c.id == only)).all()
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


def _last_checks(tx: Connection, only: str | None) -> dict[str, FetchRow]:
    last = select(func.max(fetch.c.id)).where(fetch.c.kind == "check").group_by(fetch.c.source_id)
    if only is not None:
        last = last.where(fetch.c.source_id == only)
    return {row.source_id: fetch_row(row) for row in tx.execute(select(fetch).where(fetch.c.id.in_(last)))}


def _archived(tx: Connection, held: Held | None, only: str | None) -> dict[str, tuple[int, datetime | None]]:
    """How many articles each source has, and the latest date among those of them that came last."""
    if held is None:
        totals = select(article.c.source_id, func.count().label("many"), func.max(article.c.id).label("last"))
        chosen = totals if only is None else totals.where(article.c.source_id == only)
        counted = tx.execute(chosen.group_by(article.c.source_id))
        held = {row.source_id: (row.many, row.last) for row in counted}
    columns = (article.c.source_id, func.coalesce(article.c.published, article.c.first_seen).label("dated"))
    lately = select(*columns).order_by(article.c.id.desc()).limit(_RECENT).subquery()
    dates = select(lately.c.source_id, func.max(lately.c.dated).label("newest")).group_by(lately.c.source_id)
    newest = {row.source_id: row.newest for row in tx.execute(dates)}
    silent = [last for source_id, (_many, last) in held.items() if source_id not in newest]
    newest |= {row.source_id: row.dated for row in tx.execute(select(*columns).where(article.c.id.in_(silent)))}
    return {source_id: (many, newest.get(source_id)) for source_id, (many, _last) in held.items()}


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
