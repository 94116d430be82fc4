"""Stories as people want them: merged, split, and the journal of both. Callers hold the watch lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from monitor.model import DeliveryState
from monitor.store import stories
from monitor.store.rows import AnyRow
from monitor.store.tables import (
    article,
    delivery,
    development,
    merged_story,
    story,
    story_action,
    thread,
    version,
)

_ON_ITS_WAY = (DeliveryState.SENDING.value, DeliveryState.AMBIGUOUS.value)


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did: `story_id` took in all of `other_id` (merge), or gave it these articles (split)."""

    created: datetime
    who: str
    action: str
    story_id: int
    other_id: int
    articles: tuple[int, ...]


def resolved(tx: Connection, story_id: int) -> int:
    """The story that a story was merged into; itself when it was not."""
    return tx.scalar(select(merged_story.c.into_id).where(merged_story.c.story_id == story_id)) or story_id


def now_in(story_id: int | None) -> ColumnElement[int]:
    """The same inside another query."""
    into = select(merged_story.c.into_id).where(merged_story.c.story_id == story_id).scalar_subquery()
    return func.coalesce(into, story_id)


def exists(tx: Connection, story_id: int) -> bool:
    """Whether there is a story of this number."""
    return tx.execute(select(story.c.id).where(story.c.id == story_id)).first() is not None


def articles_in(tx: Connection, story_id: int) -> tuple[int, ...]:
    """The ids of a story's articles, oldest first."""
    return tuple(tx.scalars(select(article.c.id).where(article.c.story_id == story_id).order_by(article.c.id)))


def merge(tx: Connection, into_id: int, from_id: int, who: str, now: datetime) -> None:
    """Move articles, developments, deliveries and threads of one story into another, and remember its number."""
    moved = articles_in(tx, from_id)
    taken = set(tx.scalars(select(development.c.key).where(development.c.story_id == into_id)))
    for row in tx.execute(select(development).where(development.c.story_id == from_id)).all():
        key = row.key if row.key not in taken else f"{row.key}@s{from_id}"
        _move_turn(tx, row.id, into_id, key)
    tx.execute(update(article).where(article.c.story_id == from_id).values(story_id=into_id))
    # What is on its way as well: later alerts of either story wait for it.
    tx.execute(update(delivery).where(delivery.c.story_id == from_id).values(story_id=into_id))
    _move_threads(tx, into_id, from_id)
    tx.execute(update(merged_story).where(merged_story.c.into_id == from_id).values(into_id=into_id))
    tx.execute(insert(merged_story).values(story_id=from_id, into_id=into_id))
    _journal(tx, Action(now, who, "merge", into_id, from_id, moved))


def split(tx: Connection, story_id: int, article_ids: Collection[int], who: str, now: datetime) -> int:
    """Make a new story of some articles of one, with the developments that they told first; returns its id.

    Where reports of one development come to stand on both sides, the side that did not tell it first gets one of its
    own, which counts as announced: a split tells nobody anything.
    """
    rows = tx.execute(_told_in(story_id)).all()
    titles = [row.title for row in rows if row.article_id in article_ids]
    made = stories.add(tx, titles[0], now)
    for turn in tx.execute(select(development).where(development.c.story_id == story_id)).all():
        _part(tx, turn, rows, frozenset(article_ids), story_id, made)
    tx.execute(update(article).where(article.c.id.in_(article_ids)).values(story_id=made))
    _journal(tx, Action(now, who, "split", story_id, made, tuple(sorted(article_ids))))
    return made


def _told_in(story_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(version.c.id, version.c.article_id, version.c.development_id, version.c.title, version.c.first_seen)
        .join_from(version, article)
        .where(article.c.story_id == story_id)
        .order_by(version.c.id)
    )


def _part(
    tx: Connection, turn: AnyRow, rows: Sequence[AnyRow], moved: frozenset[int], story_id: int, made: int
) -> None:
    """Put a development on the side of its first report, and give the reports on the other side one of their own."""
    reports = [row for row in rows if turn.id == row.development_id or row.id == turn.version_id]
    first = next((row for row in reports if row.id == turn.version_id), reports[0] if reports else None)
    goes = first is not None and first.article_id in moved
    if goes:
        _move_turn(tx, turn.id, made, turn.key)
        tx.execute(update(delivery).where(_resting(delivery.c.development_id == turn.id)).values(story_id=made))
    others = [row for row in reports if (row.article_id in moved) is not goes]
    if others:
        side = story_id if goes else made
        own = stories.add_development(
            tx, side, turn.key, others[0].title, others[0].first_seen, version_id=others[0].id, known=True
        )
        told = version.c.id.in_([row.id for row in others])
        tx.execute(update(version).where(told).values(development_id=own))


def _move_turn(tx: Connection, turn_id: int, story_id: int, key: str) -> None:
    tx.execute(update(development).where(development.c.id == turn_id).values(story_id=story_id, key=key))


def _resting(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Not being sent: what a receiver answers now names the thread of the story that it was sent for."""
    return and_(wanted, delivery.c.state.not_in(_ON_ITS_WAY))


def _move_threads(tx: Connection, into_id: int, from_id: int) -> None:
    """The next alert goes, at each destination, to the thread whose root is the oldest."""
    kept = {(row.channel, row.address): row for row in _threads(tx, into_id)}
    for row in _threads(tx, from_id):
        place = (row.channel, row.address)
        if place not in kept:
            tx.execute(update(thread).where(_thread(from_id, place)).values(story_id=into_id))
        elif row.created < kept[place].created:
            for story_id, other in ((into_id, row), (from_id, kept[place])):
                values = {column.name: getattr(other, column.name) for column in thread.c if not column.primary_key}
                tx.execute(update(thread).where(_thread(story_id, place)).values(values))


def _threads(tx: Connection, story_id: int) -> Sequence[AnyRow]:
    return tx.execute(select(thread).where(thread.c.story_id == story_id)).all()


def _thread(story_id: int, place: tuple[str, str]) -> ColumnElement[bool]:
    return and_(thread.c.story_id == story_id, thread.c.channel == place[0], thread.c.address == place[1])


def _journal(tx: Connection, done: Action) -> None:
    values = {
        "created": done.created,
        "who": done.who,
        "action": done.action,
        "story_id": done.story_id,
        "other_id": done.other_id,
        "articles": list(done.articles),
    }
    tx.execute(insert(story_action), values)


def actions_of(tx: Connection, story_id: int) -> tuple[Action, ...]:
    """What was done to a story by hand, oldest first."""
    wanted = or_(story_action.c.story_id == story_id, story_action.c.other_id == story_id)
    return tuple(
        Action(row.created, row.who, row.action, row.story_id, row.other_id, tuple(row.articles))
        for row in tx.execute(select(story_action).where(wanted).order_by(story_action.c.id))
    )
