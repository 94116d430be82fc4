"""What a stretch of time brought, for the daily brief: bounded reads, whatever the archive holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from monitor.model import Change, Delivery, DeliveryState, Fact, Level, Origin, Outcome
from monitor.model.reviews import Status, Subject
from monitor.store.coverage import Coverage, Gap, of_sources
from monitor.store.deliveries import listed
from monitor.store.fetches import fetch_row
from monitor.store.review import SourceRow
from monitor.store.rows import changes_of, facts_of, sentences_of
from monitor.store.sources import COLUMNS, state_of
from monitor.store.tables import article, delivery, development, fetch, gap, source, story, verdict, version
from monitor.store.tables import review as log

_WORKED = (Outcome.OK.value, Outcome.UNCHANGED.value)
_TOLD_ANEW = [one.value for one in (Level.NEW, Level.REWRITE, Level.EXTENDED, Level.TEMPLATE)]


@dataclass(frozen=True, slots=True)
class Seen:
    """An article in the few columns that counting needs."""

    id: int
    title: str
    url: str
    source_id: str
    language: str
    published: datetime | None
    first_seen: datetime
    story_id: int | None


@dataclass(frozen=True, slots=True)
class Opening:
    """How a story began: its headline, the sources that have it (`headed`), and the article published first."""

    story_id: int
    title: str
    created: datetime
    first: Seen
    headed: frozenset[str]


@dataclass(frozen=True, slots=True)
class News:
    """What a development told for the first time, and the report of it that came first; `against` is a headline."""

    development_id: int
    title: str
    created: datetime
    known: bool
    told: Seen
    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]
    against: str


@dataclass(frozen=True, slots=True)
class Differing:
    """Figures of one report that stand where another one, `other`, has others; that one's source, too."""

    told: Seen
    changes: tuple[Change, ...]
    other_id: int
    other_source: str


@dataclass(frozen=True, slots=True)
class Failing:
    """The checks of a source in a stretch of time: how many failed, between when and when, and how the last did."""

    source_id: str
    checks: int
    failed: int
    first: datetime
    last: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Dated:
    """A version that names days, with the days as it writes them."""

    told: Seen
    version_id: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What came since a moment; no number is larger than was asked for."""

    articles: int
    stories: int
    alerts: int
    changed: int


_SEEN = (
    article.c.id,
    article.c.title,
    article.c.url,
    article.c.source_id,
    article.c.language,
    article.c.published,
    article.c.first_seen,
    article.c.story_id,
)


def seen(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Seen, ...]:
    """The articles on topic that were first seen in [since, until), oldest first; the last `most` where more came."""
    query = select(*_SEEN).where(_came(since, until)).order_by(article.c.first_seen.desc(), article.c.id.desc())
    return tuple(Seen(*row) for row in reversed(tx.execute(query.limit(most)).all()))


def _came(since: datetime, until: datetime) -> ColumnElement[bool]:
    fetched = and_(article.c.on_topic, article.c.origin == Origin.FETCHED.value)
    return and_(article.c.first_seen >= since, article.c.first_seen < until, fetched)


def openings(tx: Connection, story_ids: Collection[int]) -> dict[int, Opening]:
    """How these stories began, by their ids."""
    told = func.coalesce(article.c.published, article.c.first_seen)
    place = func.row_number().over(partition_by=article.c.story_id, order_by=(told, article.c.id))
    ranked = select(article.c.id, place.label("place")).where(article.c.story_id.in_(story_ids)).subquery()
    query = (
        select(story.c.id, story.c.title, story.c.created, *_SEEN)
        .select_from(ranked.join(article, article.c.id == ranked.c.id).join(story, story.c.id == article.c.story_id))
        .where(ranked.c.place == 1)
    )
    headed = _headed(tx, story_ids)
    return {row[0]: Opening(*row[:3], Seen(*row[3:]), headed.get(row[0], frozenset())) for row in tx.execute(query)}


def _headed(tx: Connection, story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The sources whose headline is that of a story, by story."""
    same = and_(article.c.story_id == story.c.id, article.c.title == story.c.title)
    query = select(story.c.id, article.c.source_id).join_from(story, article, same).where(story.c.id.in_(story_ids))
    return _sets(tx, query.distinct())


def _sets(tx: Connection, query: Select[*tuple[Any, ...]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for number, source_id in tx.execute(query):
        found.setdefault(number, set()).add(source_id)
    return {number: frozenset(sources) for number, sources in found.items()}


def headed(tx: Connection, titles: Collection[tuple[int, str]]) -> dict[int, frozenset[str]]:
    """The sources that have these headlines, given as (story, headline), among the articles of each story."""
    query = select(article.c.story_id, article.c.source_id, article.c.title).where(
        article.c.story_id.in_({number for number, _title in titles}), article.c.title.in_({one for _, one in titles})
    )
    found: dict[int, set[str]] = {}
    for story_id, source_id, title in tx.execute(query.distinct()):
        if (story_id, title) in titles:
            found.setdefault(story_id, set()).add(source_id)
    return {number: frozenset(sources) for number, sources in found.items()}


def sources_of(tx: Connection, article_ids: Collection[int]) -> dict[int, str]:
    """The source of each of these articles."""
    query = select(article.c.id, article.c.source_id).where(article.c.id.in_(article_ids))
    return {number: source_id for number, source_id in tx.execute(query)}  # noqa: C416


def news(tx: Connection, story_ids: Collection[int], since: datetime, until: datetime, most: int) -> tuple[News, ...]:
    """What developments of these stories that began in [since, until) told, oldest first; the last `most` of them."""
    own = and_(development.c.story_id.in_(story_ids), development.c.created >= since, development.c.created < until)
    rows = tx.execute(_news_query().where(own).order_by(development.c.id.desc()).limit(most)).all()
    return tuple(_news(row) for row in reversed(rows))


def news_of(tx: Connection, story_id: int) -> dict[int, News]:
    """What every development of a story told, by its id."""
    rows = tx.execute(_news_query().where(development.c.story_id == story_id))
    return {row[0]: _news(row) for row in rows}


def _news_query() -> Select[*tuple[Any, ...]]:
    nearest = version.alias("nearest")
    return (
        select(
            development.c.id,
            development.c.title,
            development.c.created,
            development.c.known,
            *_SEEN,
            version.c.text,
            version.c.evidence,
            nearest.c.title.label("against"),
        )
        .join_from(development, version, version.c.id == development.c.version_id)
        .join(article, article.c.id == version.c.article_id)
        .outerjoin(nearest, nearest.c.id == version.c.nearest_id)
    )


def _news(row: Any) -> News:
    *head, text, evidence, against = row
    sentences = tuple(one.text for one in sentences_of(evidence.get("sentences", ()), text) if one.new)
    facts = facts_of(evidence.get("facts", ()))
    before = against or evidence.get("before") or ""
    return News(head[0], head[1], head[2], head[3], Seen(*head[4:]), sentences, facts, before)


def differing(tx: Connection, article_ids: Sequence[int], apart: timedelta) -> tuple[Differing, ...]:
    """Where these articles have other figures than the report nearest to them, oldest first.

    Of another source, and seen at most so long before: older figures, and a source's own, were overtaken.
    """
    nearest, other = version.alias("nearest"), article.alias("other")
    query = (
        select(
            *_SEEN, version.c.evidence["changes"].label("changes"), other.c.id, other.c.source_id, other.c.first_seen
        )
        .join_from(article, version, version.c.article_id == article.c.id)
        .join(nearest, nearest.c.id == version.c.nearest_id)
        .join(other, other.c.id == nearest.c.article_id)
        .where(article.c.id.in_(article_ids), version.c.level.in_(_TOLD_ANEW), other.c.source_id != article.c.source_id)
        .order_by(version.c.id)
    )
    rows = ((Seen(*row[:-4]), *row[-4:]) for row in tx.execute(query))
    return tuple(
        Differing(told, changes_of(changes), other_id, source_id)
        for told, changes, other_id, source_id, before in rows
        if changes and told.first_seen - before <= apart
    )


def failing(tx: Connection, since: datetime, until: datetime) -> tuple[Failing, ...]:
    """The sources of which a check failed in [since, until)."""
    failed = fetch.c.outcome.not_in(_WORKED)
    bad = case((failed, fetch.c.started))
    query = (
        select(
            fetch.c.source_id,
            func.count(),
            func.count().filter(failed),
            func.min(bad),
            func.max(bad),
            func.max(case((failed, fetch.c.id))),
        )
        .where(fetch.c.kind == "check", fetch.c.started >= since, fetch.c.started < until)
        .group_by(fetch.c.source_id)
        .having(func.count().filter(failed) > 0)
        .order_by(fetch.c.source_id)
    )
    rows = tx.execute(query).all()
    last = select(fetch.c.id, fetch.c.outcome).where(fetch.c.id.in_([row[-1] for row in rows]))
    outcomes = {number: Outcome(outcome) for number, outcome in tx.execute(last)}
    return tuple(Failing(*row[:-1], outcomes[row[-1]]) for row in rows)


def answered(tx: Connection, ends: Sequence[datetime]) -> dict[int, tuple[int, int]]:
    """How many checks there were between neighbours of these moments, and how many of them worked, by place."""
    part = case(*((fetch.c.started < end, place) for place, end in enumerate(ends[1:])))
    worked = func.count().filter(fetch.c.outcome.in_(_WORKED))
    wanted = and_(fetch.c.kind == "check", fetch.c.started >= ends[0], fetch.c.started < ends[-1])
    query = select(part.label("part"), func.count(), worked).where(wanted).group_by(part)
    return {place: (checks, well) for place, checks, well in tx.execute(query)}


def first_check(tx: Connection) -> datetime | None:
    """Since when checks are on record: older ones are forgotten. None where nothing was checked yet."""
    return tx.execute(select(func.min(fetch.c.started)).where(fetch.c.kind == "check")).scalar()


def gaps(tx: Connection, since: datetime, until: datetime, most: int = 50) -> tuple[Gap, ...]:
    """The gaps of all sources that reach into [since, until), oldest first."""
    query = select(gap).where(gap.c.since < until, gap.c.until > since).order_by(gap.c.since, gap.c.id).limit(most)
    names = Gap.__dataclass_fields__
    return tuple(Gap(**{name: getattr(row, name) for name in names}) for row in tx.execute(query))


def alerts(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Delivery, ...]:
    """The deliveries that were owed in [since, until), newest first; the last `most`, without what was merged."""
    alone = delivery.c.state != DeliveryState.MERGED.value
    own = and_(delivery.c.created >= since, delivery.c.created < until, alone)
    newest = tx.scalars(select(delivery.c.id).where(own).order_by(delivery.c.id.desc()).limit(most)).all()
    return listed(tx, delivery.c.id.in_(newest), delivery.c.id.desc())


def dated(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Dated, ...]:
    """The days that articles first seen in [since, until) name, newest articles first; `most` articles are read."""
    query = (
        select(*_SEEN, version.c.id, version.c.evidence["facts"].label("facts"))
        .join_from(article, version, and_(version.c.article_id == article.c.id, version.c.number == 1))
        .where(_came(since, until), version.c.level.in_(_TOLD_ANEW))
        .order_by(article.c.first_seen.desc(), article.c.id.desc())
        .limit(most)
    )
    found = [(row, tuple(one for one in facts_of(row[-1] or ()) if one.kind == "date")) for row in tx.execute(query)]
    return tuple(Dated(Seen(*row[:-2]), row[-2], facts) for row, facts in found if facts)


def texts(tx: Connection, version_ids: Collection[int]) -> dict[int, tuple[str, tuple[tuple[int, int], ...]]]:
    """The texts of these versions, and where their sentences begin and end."""
    query = select(version.c.id, version.c.text, version.c.evidence).where(version.c.id.in_(version_ids))
    return {
        number: (text, tuple((one.start, one.end) for one in sentences_of(evidence.get("sentences", ()), text)))
        for number, text, evidence in tx.execute(query)
    }


def since(tx: Connection, moment: datetime, until: datetime, most: int) -> Since:
    """What came in [moment, until): articles, stories and alerts that began, reviewed stories that came back."""
    changed = (
        select(verdict.c.target)
        .join_from(verdict, log, log.c.id == verdict.c.review_id)
        .where(verdict.c.subject == Subject.STORY.value, verdict.c.status == Status.CHANGED.value)
        .where(log.c.created >= moment, log.c.created < until)
    )
    begun = select(story.c.id).where(story.c.created >= moment, story.c.created < until)
    owed = and_(delivery.c.created >= moment, delivery.c.created < until, delivery.c.development_id.is_not(None))
    told = select(delivery.c.development_id).where(owed).distinct()
    return Since(
        *(_number(tx, one, most) for one in (select(article.c.id).where(_came(moment, until)), begun, told, changed))
    )


def _number(tx: Connection, rows: Select[*tuple[Any, ...]], most: int) -> int:
    return tx.execute(select(func.count()).select_from(rows.limit(most).subquery())).scalar_one()


def carriers(tx: Connection, story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The sources that carry these stories, whenever they did, by story."""
    query = select(article.c.story_id, article.c.source_id).where(article.c.story_id.in_(story_ids)).distinct()
    return _sets(tx, query)


def sources(tx: Connection) -> tuple[SourceRow, ...]:
    """Every enabled source with what tells how it does; what it brought in all is not counted."""
    last = select(func.max(fetch.c.id)).where(fetch.c.kind == "check").group_by(fetch.c.source_id)
    fetched = {row.source_id: fetch_row(row) for row in tx.execute(select(fetch).where(fetch.c.id.in_(last)))}
    covered = of_sources(tx)
    rows = tx.execute(select(*COLUMNS).where(source.c.enabled).order_by(source.c.id)).all()
    return tuple(
        SourceRow(state_of(row), True, fetched.get(row.source_id), {}, 0, None, covered.get(row.source_id, Coverage()))
        for row in rows
    )
