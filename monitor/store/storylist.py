"""Read models of the list of stories: which belong under a tab, and what their rows tell. Bounded reads by index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true

from monitor.model.reviews import Status, Subject
from monitor.store.tables import article, development, match, merged_story, story, verdict, version
from monitor.store.tables import review as log

SPAN = timedelta(hours=48)
"""How far back the arrivals of a row reach."""
_FRESH, _BEFORE = timedelta(hours=6), timedelta(hours=24)
_LEAST_GROWTH = 3
_MOST_GROWING = 500
MOST_COUNTED = 5_000
"""As far as stories are counted for the tabs."""


class Tab(StrEnum):
    """What of the list is shown."""

    REVIEW = "review"
    GROWING = "growing"
    CHANGED = "changed"
    KEPT = "kept"
    DISMISSED = "dismissed"
    UNSURE = "unsure"
    ALL = "all"


_SAID = {Tab.KEPT: Status.KEPT, Tab.DISMISSED: Status.DISMISSED, Tab.UNSURE: Status.UNSURE}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story as its row tells it. `outlets`: articles by source id, `languages` by code, most first.

    `headline` is of its newest development, in `language`; `arrivals` are the moments of the last two days.
    """

    id: int
    title: str
    created: datetime
    newest: datetime
    articles: int = 0
    developments: int = 0
    headline: str = ""
    language: str = ""
    changed: datetime | None = None
    outlets: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    arrivals: tuple[datetime, ...] = ()


def listed(
    tx: Connection, tab: Tab, limit: int, after: int | None, now: datetime, until: datetime | None = None
) -> tuple[tuple[int, ...], int | None]:
    """The numbers of stories under a tab, those that began last first, below `after`; with the next `after`.

    `until`: only what had begun by then. `now` is the moment up to which growth is looked at.
    """
    found = list(tx.scalars(_numbers(tx, tab, now, after, until).limit(limit + 1)))
    return tuple(found[:limit]), found[limit - 1] if len(found) > limit else None


def _numbers(tx: Connection, tab: Tab, now: datetime, after: int | None, until: datetime | None) -> Select[int]:
    in_time = story.c.created < until if until is not None else true()
    if tab in (Tab.KEPT, Tab.DISMISSED, Tab.UNSURE, Tab.CHANGED):
        # From what was said: that is little, while the stories are many.
        said = select(verdict.c.target).join_from(verdict, story, story.c.id == verdict.c.target)
        said = said.where(_of_story(), _told(verdict.c.target), in_time, _said(tab))
        said = said.where(verdict.c.target < after) if after is not None else said
        return said.order_by(verdict.c.target.desc())
    query = select(story.c.id).where(_told(story.c.id), in_time)
    if tab is Tab.REVIEW:
        query = query.where(_unreviewed())
    elif tab is Tab.GROWING:
        query = query.where(story.c.id.in_(growing(tx, now)))
    return (query.where(story.c.id < after) if after is not None else query).order_by(story.c.id.desc())


def _of_story() -> ColumnElement[bool]:
    return verdict.c.subject == Subject.STORY.value


def _told(number: ColumnElement[int]) -> ColumnElement[bool]:
    """What was merged away has no articles any more."""
    return select(article.c.id).where(article.c.story_id == number).exists()


def _said(tab: Tab) -> ColumnElement[bool]:
    return verdict.c.status == _SAID[tab].value if tab in _SAID else _changed()


def _changed() -> ColumnElement[bool]:
    """Came back after it was dismissed, or has a development that is newer than what was said of it."""
    newer = (
        select(development.c.id)
        .join_from(development, log, development.c.created > log.c.created)
        .where(development.c.story_id == verdict.c.target, log.c.id == verdict.c.review_id)
        .correlate(verdict)
    )
    return or_(verdict.c.status == Status.CHANGED.value, newer.exists())


def _unreviewed() -> ColumnElement[bool]:
    done = and_(_of_story(), verdict.c.target == story.c.id, verdict.c.status != Status.CHANGED.value)
    return ~select(verdict.c.target).where(done).exists()


def growing(tx: Connection, now: datetime) -> tuple[int, ...]:
    """The stories with at least three articles in six hours, more an hour than in the day before these."""
    begin = now - _FRESH
    recent = func.count().filter(article.c.first_seen >= begin)
    hours = _BEFORE // _FRESH
    query = (
        select(article.c.story_id)
        .where(article.c.first_seen >= begin - _BEFORE, article.c.first_seen < now, article.c.story_id.is_not(None))
        .group_by(article.c.story_id)
        .having(and_(recent >= _LEAST_GROWTH, recent * hours > func.count() - recent))
        .order_by(recent.desc())
        .limit(_MOST_GROWING)
    )
    return tuple(number for number in tx.scalars(query) if number is not None)


def counts(tx: Connection, now: datetime) -> dict[Tab, int]:
    """How many stories stand under each tab at present; more than MOST_COUNTED is MOST_COUNTED + 1."""
    merged = select(merged_story.c.story_id)
    here = and_(_of_story(), verdict.c.target.not_in(merged))
    query = select(verdict.c.status, func.count()).where(here).group_by(verdict.c.status)
    said = {Status(status): count for status, count in tx.execute(query)}
    changed = tx.execute(select(func.count()).select_from(verdict).where(here, _changed())).scalar_one()
    left = story.c.id.not_in(merged)
    return {
        Tab.REVIEW: _some(tx, select(story.c.id).where(left, _unreviewed())),
        Tab.GROWING: len(growing(tx, now)),
        Tab.CHANGED: changed,
        **{tab: said.get(status, 0) for tab, status in _SAID.items()},
        Tab.ALL: _some(tx, select(story.c.id).where(left)),
    }


def _some(tx: Connection, query: Select[int]) -> int:
    """How many rows there are, as far as is counted: an archive of years has hundreds of thousands of stories."""
    rows = query.limit(MOST_COUNTED + 1).subquery()
    return tx.execute(select(func.count()).select_from(rows)).scalar_one()


def lines(tx: Connection, story_ids: Sequence[int], now: datetime) -> tuple[StoryLine, ...]:
    """The rows of these stories, in their order; `now` ends the two days of their arrivals."""
    begun = {row.id: row for row in tx.execute(select(story).where(story.c.id.in_(story_ids)))}
    counted, turns, rules = _counted(tx, story_ids), _turns(tx, story_ids), _rules(tx, story_ids)
    arrived = _arrivals(tx, story_ids, now)
    found = []
    for number in story_ids:
        row, parts, (times, headline, language, changed) = begun[number], counted[number], turns[number]
        found.append(
            StoryLine(
                id=number,
                title=row.title,
                created=row.created,
                newest=max((part[3] for part in parts), default=row.created),
                articles=sum(part[2] for part in parts),
                developments=times,
                headline=headline or row.title,
                language=language,
                changed=changed,
                outlets=_most(parts, 0),
                languages=_most(parts, 1),
                rules=rules.get(number, ()),
                arrivals=arrived.get(number, ()),
            )
        )
    return tuple(found)


Part = tuple[str, str, int, datetime]


def _counted(tx: Connection, story_ids: Collection[int]) -> dict[int, list[Part]]:
    """By story: source, language, how many articles, and when the last of them came."""
    columns = (article.c.story_id, article.c.source_id, article.c.language)
    query = select(*columns, func.count(), func.max(article.c.first_seen)).where(article.c.story_id.in_(story_ids))
    found: dict[int, list[Part]] = {number: [] for number in story_ids}
    for number, source_id, language, count, last in tx.execute(query.group_by(*columns)):
        found[number or 0].append((source_id, language, count, last))
    return found


def _most(parts: Sequence[Part], place: int) -> dict[str, int]:
    """Articles by what stands at a place of the parts, the most first."""
    counted: Counter[str] = Counter()
    for part in parts:
        counted[str(part[place])] += part[2]
    return {name: count for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if name}


def _turns(tx: Connection, story_ids: Collection[int]) -> dict[int, tuple[int, str, str, datetime | None]]:
    """By story: how many developments, and headline, language and moment of the newest."""
    own = development.c.story_id.in_(story_ids)
    numbers = select(development.c.story_id, func.count(), func.max(development.c.id)).where(own)
    rows = {last: (number, count) for number, count, last in tx.execute(numbers.group_by(development.c.story_id))}
    query = (
        select(development.c.id, development.c.title, development.c.created, version.c.language)
        .outerjoin_from(development, version, version.c.id == development.c.version_id)
        .where(development.c.id.in_(rows))
    )
    found: dict[int, tuple[int, str, str, datetime | None]] = dict.fromkeys(story_ids, (0, "", "", None))
    for last, title, created, language in tx.execute(query):
        number, count = rows[last]
        found[number] = (count, title, language or "", created)
    return found


def _rules(tx: Connection, story_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    query = (
        select(article.c.story_id, match.c.rule_id)
        .join_from(article, version, version.c.article_id == article.c.id)
        .join(match, match.c.version_id == version.c.id)
        .where(article.c.story_id.in_(story_ids))
        .distinct()
        .order_by(article.c.story_id, match.c.rule_id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for number, rule in tx.execute(query):
        found[number or 0] = (*found.get(number or 0, ()), rule)
    return found


def _arrivals(tx: Connection, story_ids: Collection[int], now: datetime) -> dict[int, tuple[datetime, ...]]:
    in_time = and_(article.c.first_seen > now - SPAN, article.c.first_seen <= now)
    query = select(article.c.story_id, article.c.first_seen).where(article.c.story_id.in_(story_ids), in_time)
    found: dict[int, list[datetime]] = {}
    for number, moment in tx.execute(query):
        found.setdefault(number or 0, []).append(moment)
    return {number: tuple(sorted(moments)) for number, moments in found.items()}


def told_in(tx: Connection, development_ids: Collection[int]) -> tuple[int, ...]:
    """The versions that these developments were first told in."""
    query = select(development.c.version_id).where(development.c.id.in_(development_ids)).order_by(development.c.id)
    return tuple(number for number in tx.scalars(query) if number is not None)
