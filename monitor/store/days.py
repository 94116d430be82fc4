"""What a stretch of time brought, for the daily brief: bounded reads, whatever the archive holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, select

from monitor.model import Article, Change, Delivery, DeliveryState, Fact, Level, Origin, Outcome
from monitor.model.reviews import Status, Subject
from monitor.store.coverage import Coverage, Gap, of_sources
from monitor.store.deliveries import listed
from monitor.store.fetches import fetch_row
from monitor.store.listing import articles_of
from monitor.store.review import SourceRow
from monitor.store.rows import changes_of, facts_of, sentences_of
from monitor.store.sources import COLUMNS, state_of
from monitor.store.tables import article, delivery, development, fetch, gap, source, story, verdict, version
from monitor.store.tables import review as log

_WORKED = (Outcome.OK, Outcome.UNCHANGED)
_LEEWAY = timedelta(hours=1)
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
class Checks:
    """Checks of a source in one stretch of time (its place) that ended alike: how many, the first and the last."""

    source_id: str
    place: int
    outcome: Outcome
    count: int
    first: datetime
    last: datetime

    @property
    def worked(self) -> bool:
        return self.outcome in _WORKED


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


def articles(tx: Connection, article_ids: Sequence[int]) -> tuple[Article, ...]:
    """These articles as lists show them, the last seen first."""
    newest = (article.c.first_seen.desc(), article.c.id.desc())
    return articles_of(tx, tx.execute(select(article).where(article.c.id.in_(article_ids)).order_by(*newest)).all())


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
        if story_id is not None and (story_id, title) in titles:
            found.setdefault(story_id, set()).add(source_id)
    return {number: frozenset(sources) for number, sources in found.items()}


def sources_of(tx: Connection, article_ids: Collection[int]) -> dict[int, str]:
    """The source of each of these articles."""
    query = select(article.c.id, article.c.source_id).where(article.c.id.in_(article_ids))
    return {row.id: row.source_id for row in tx.execute(query)}


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


def checks(tx: Connection, ends: Sequence[datetime]) -> tuple[Checks, ...]:
    """The checks of all sources between neighbours of these moments, by source and time."""
    part = case(*((fetch.c.started < end, place) for place, end in enumerate(ends[1:])))
    wanted = and_(fetch.c.kind == "check", fetch.c.started >= ends[0], fetch.c.started < ends[-1])
    query = (
        select(
            fetch.c.source_id,
            part.label("part"),
            fetch.c.outcome,
            func.count(),
            func.min(fetch.c.started),
            func.max(fetch.c.started),
        )
        .where(wanted, fetch.c.id >= _since_id(tx, fetch.c.id, fetch.c.recorded, ends[0]))
        .group_by(fetch.c.source_id, part, fetch.c.outcome)
        .order_by(fetch.c.source_id, part)
    )
    return tuple(Checks(row[0], row[1], Outcome(row[2]), *row[3:]) for row in tx.execute(query))


def _since_id(tx: Connection, number: ColumnElement[int], written: ColumnElement[datetime], moment: datetime) -> int:
    """From which id on rows were written at a moment or later, by halves: their table has no index by time.

    Ids follow the clock; an hour is left for one that was put back.
    """
    low, high = 0, tx.execute(select(func.max(number))).scalar() or 0
    # Built once: building it takes longer than the answer.
    query = select(number, written).where(number > bindparam("middle")).order_by(number).limit(1)
    while low < high:
        middle = (low + high) // 2
        found = tx.execute(query, {"middle": middle}).first()
        if found is None or found[1] >= moment - _LEEWAY:
            high = middle
        else:
            low = found[0]
    return low


def first_check(tx: Connection) -> datetime | None:
    """Since when checks are on record: older ones are forgotten. None where nothing was checked yet."""
    return tx.execute(select(fetch.c.started).where(fetch.c.kind == "check").order_by(fetch.c.id).limit(1)).scalar()


def gaps(tx: Connection, since: datetime, until: datetime, most: int = 50) -> tuple[Gap, ...]:
    """The gaps of all sources that reach into [since, until), oldest first."""
    query = select(gap).where(gap.c.since < until, gap.c.until > since).order_by(gap.c.since, gap.c.id).limit(most)
    names = Gap.__dataclass_fields__
    return tuple(Gap(**{name: getattr(row, name) for name in names}) for row in tx.execute(query))


def alerts(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Delivery, ...]:
    """The deliveries that were owed in [since, until), newest first; the last `most`, without what was merged."""
    alone = delivery.c.state != DeliveryState.MERGED.value
    first = _since_id(tx, delivery.c.id, delivery.c.created, since)
    last = _since_id(tx, delivery.c.id, delivery.c.created, until + 2 * _LEEWAY)
    own = and_(delivery.c.id.between(first, last), delivery.c.created >= since, delivery.c.created < until, alone)
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
    found = [(row, [one for one in row[-1] or () if one[0] == "date"]) for row in tx.execute(query)]
    return tuple(Dated(Seen(*row[:-2]), row[-2], facts_of(facts)) for row, facts in found if facts)


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
    first = _since_id(tx, delivery.c.id, delivery.c.created, moment)
    late = and_(delivery.c.id >= first, delivery.c.created >= moment, delivery.c.created < until)
    owed = and_(late, delivery.c.development_id.is_not(None))
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
