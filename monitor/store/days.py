"""What a stretch of time brought, for the daily brief: bounded reads, whatever the archive holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select

from monitor.model import Article, Change, Delivery, DeliveryState, Fact, Level, Origin
from monitor.model.reviews import Status, Subject
from monitor.store.byhalves import last_before
from monitor.store.columns import Utc
from monitor.store.deliveries import listed
from monitor.store.listing import articles_of
from monitor.store.rows import changes_of, facts_of, sentences_of
from monitor.store.tables import article, delivery, development, story, verdict, version
from monitor.store.tables import review as log

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
    rows = tx.execute(_seen(), {"since": since, "until": until, "most": most}).all()
    return tuple(Seen(*row) for row in reversed(rows))


# Built once, here and below: to put them together takes longer than to answer them.
@cache
def _seen() -> Select[*tuple[Any, ...]]:
    return select(*_SEEN).where(_came()).order_by(*_LAST).limit(bindparam("most"))


_LAST = (article.c.first_seen.desc(), article.c.id.desc())
_SINCE, _UNTIL = bindparam("since", type_=Utc), bindparam("until", type_=Utc)


def articles(tx: Connection, article_ids: Sequence[int]) -> tuple[Article, ...]:
    """These articles as lists show them, the last seen first."""
    return articles_of(tx, tx.execute(_articles(), {"ids": list(article_ids)}).all())


@cache
def _articles() -> Select[*tuple[Any, ...]]:
    return select(article).where(article.c.id.in_(_ids("ids"))).order_by(*_LAST)


def _ids(name: str) -> Any:
    return bindparam(name, expanding=True)


def _came() -> ColumnElement[bool]:
    fetched = and_(article.c.on_topic, article.c.origin == Origin.FETCHED.value)
    return and_(article.c.first_seen >= _SINCE, article.c.first_seen < _UNTIL, fetched)


def openings(tx: Connection, story_ids: Collection[int]) -> dict[int, Opening]:
    """How these stories began, by their ids."""
    headed = _sets(tx, _headed(), story_ids)
    rows = tx.execute(_openings(), {"stories": list(story_ids)})
    return {
        number: Opening(number, title, created, Seen(*first), headed.get(number, frozenset()))
        for number, title, created, *first in rows
    }


@cache
def _openings() -> Select[*tuple[Any, ...]]:
    told = func.coalesce(article.c.published, article.c.first_seen)
    place = func.row_number().over(partition_by=article.c.story_id, order_by=(told, article.c.id))
    ranked = select(article.c.id, place.label("place")).where(article.c.story_id.in_(_ids("stories"))).subquery()
    return (
        select(story.c.id, story.c.title, story.c.created, *_SEEN)
        .select_from(ranked.join(article, article.c.id == ranked.c.id).join(story, story.c.id == article.c.story_id))
        .where(ranked.c.place == 1)
    )


@cache
def _headed() -> Select[*tuple[Any, ...]]:
    """The sources whose headline is that of a story."""
    same = and_(article.c.story_id == story.c.id, article.c.title == story.c.title)
    query = select(story.c.id, article.c.source_id).join_from(story, article, same)
    return query.where(story.c.id.in_(_ids("stories"))).distinct()


def _sets(tx: Connection, query: Select[*tuple[Any, ...]], story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for number, source_id in tx.execute(query, {"stories": list(story_ids)}):
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
    return {row.id: row.source_id for row in tx.execute(_SOURCES_OF, {"ids": list(article_ids)})}


_SOURCES_OF = select(article.c.id, article.c.source_id).where(article.c.id.in_(bindparam("ids", expanding=True)))


def news(tx: Connection, story_ids: Collection[int], since: datetime, until: datetime, most: int) -> tuple[News, ...]:
    """What developments of these stories that began in [since, until) told, oldest first; the last `most` of them."""
    wanted = {"stories": list(story_ids), "since": since, "until": until, "most": most}
    return tuple(_news(row) for row in reversed(tx.execute(_latest_news(), wanted).all()))


@cache
def _latest_news() -> Select[*tuple[Any, ...]]:
    created, own = development.c.created, development.c.story_id.in_(_ids("stories"))
    begun = _news_query().where(own, created >= _SINCE, created < _UNTIL)
    return begun.order_by(development.c.id.desc()).limit(bindparam("most"))


def news_of(tx: Connection, story_id: int) -> dict[int, News]:
    """What every development of a story told, by its id."""
    return {row[0]: _news(row) for row in tx.execute(_news_of_story(), {"story": story_id})}


@cache
def _news_of_story() -> Select[*tuple[Any, ...]]:
    return _news_query().where(development.c.story_id == bindparam("story"))


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
    rows = ((Seen(*row[:-4]), *row[-4:]) for row in tx.execute(_differing(), {"ids": list(article_ids)}))
    return tuple(
        Differing(told, changes_of(changes), other_id, source_id)
        for told, changes, other_id, source_id, before in rows
        if changes and told.first_seen - before <= apart
    )


@cache
def _differing() -> Select[*tuple[Any, ...]]:
    nearest, other = version.alias("nearest"), article.alias("other")
    changes = version.c.evidence["changes"].label("changes")
    return (
        select(*_SEEN, changes, other.c.id, other.c.source_id, other.c.first_seen)
        .join_from(article, version, version.c.article_id == article.c.id)
        .join(nearest, nearest.c.id == version.c.nearest_id)
        .join(other, other.c.id == nearest.c.article_id)
        .where(article.c.id.in_(_ids("ids")), version.c.level.in_(_TOLD_ANEW))
        .where(other.c.source_id != article.c.source_id)
        .order_by(version.c.id)
    )


def alerts(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Delivery, ...]:
    """The deliveries that were owed in [since, until), newest first; the last `most`, without what was merged."""
    first, last = _owed_before(tx, since - _LEEWAY), _owed_before(tx, until + _LEEWAY)
    wanted = {"first": first, "last": last, "since": since, "until": until, "most": most}
    newest = tx.scalars(_owed(), wanted).all()
    return listed(tx, delivery.c.id.in_(newest), delivery.c.id.desc())


def _owed_before(tx: Connection, moment: datetime) -> int:
    return tx.execute(_LAST_OWED, {"moment": moment}).scalar_one()


_LAST_OWED = last_before(delivery.c.id, delivery.c.created)


@cache
def _owed() -> Select[int]:
    within = delivery.c.id.between(bindparam("first"), bindparam("last"))
    own = and_(delivery.c.created >= _SINCE, delivery.c.created < _UNTIL)
    alone = delivery.c.state != DeliveryState.MERGED.value
    return select(delivery.c.id).where(within, own, alone).order_by(delivery.c.id.desc()).limit(bindparam("most"))


def dated(tx: Connection, since: datetime, until: datetime, most: int) -> tuple[Dated, ...]:
    """The days that articles first seen in [since, until) name, newest articles first; `most` articles are read."""
    rows = tx.execute(_dated(), {"since": since, "until": until, "most": most})
    found = [(row, [one for one in row[-1] or () if one[0] == "date"]) for row in rows]
    return tuple(Dated(Seen(*row[:-2]), row[-2], facts_of(facts)) for row, facts in found if facts)


@cache
def _dated() -> Select[*tuple[Any, ...]]:
    return (
        select(*_SEEN, version.c.id, version.c.evidence["facts"].label("facts"))
        .join_from(article, version, and_(version.c.article_id == article.c.id, version.c.number == 1))
        .where(_came(), version.c.level.in_(_TOLD_ANEW))
        .order_by(*_LAST)
        .limit(bindparam("most"))
    )


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
    first = _owed_before(tx, moment - _LEEWAY)
    late = and_(delivery.c.id >= first, delivery.c.created >= moment, delivery.c.created < until)
    owed = and_(late, delivery.c.development_id.is_not(None))
    told = select(delivery.c.development_id).where(owed).distinct()
    came = select(article.c.id).where(_came()).params(since=moment, until=until)
    return Since(*(_number(tx, one, most) for one in (came, begun, told, changed)))


def _number(tx: Connection, rows: Select[*tuple[Any, ...]], most: int) -> int:
    return tx.execute(select(func.count()).select_from(rows.limit(most).subquery())).scalar_one()


def carriers(tx: Connection, story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The sources that carry these stories, whenever they did, by story."""
    return _sets(tx, _carriers(), story_ids)


@cache
def _carriers() -> Select[*tuple[Any, ...]]:
    own = article.c.story_id.in_(_ids("stories"))
    return select(article.c.story_id, article.c.source_id).where(own).distinct()
