"""Threads: the root of each story at each destination, and how many outlets it says carry its development."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from monitor.model import Destination
from monitor.store.columns import insert_new
from monitor.store.lanes import CLOSED, at
from monitor.store.tables import article, delivery, thread, version

# A root is put right at most once in this time, however many outlets follow meanwhile.
CALM = timedelta(seconds=60)
# So long is a root ours to put right; then whoever comes next may take it.
_LEASE = timedelta(minutes=5)
_DUE = (
    select(thread)
    .join_from(thread, delivery, delivery.c.id == thread.c.delivery_id)
    .where(thread.c.channel == bindparam("its_channel"), thread.c.count_due <= bindparam("now"), ~CLOSED)
)
_ANY_DUE = _DUE.limit(1)
_OLDEST_DUE = _DUE.order_by(thread.c.count_due, thread.c.story_id).limit(1).with_for_update(skip_locked=True, of=thread)


@dataclass(frozen=True, slots=True)
class Count:
    """A root whose count is to be put right: `told` is what it says, 0 when that is not known; `tries` failed."""

    story_id: int
    destination: Destination
    ref: str
    delivery_id: int
    told: int
    tries: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class Miscount:
    """A root that says too little, and why it could not be put right."""

    story_id: int
    destination: Destination
    told: int
    error: str


def remember_root(
    tx: Connection, story_id: int, destination: Destination, ref: str, now: datetime, *, delivery_id: int
) -> None:
    """Keep the root that later messages of a story join: `delivery_id` became it, or joined the one that is kept.

    A receiver that lost the old root has named a new one, and the count begins anew with it.
    """
    place = {"story_id": story_id, "channel": destination.channel, "address": destination.address}
    fresh = {"ref": ref, "created": now, "delivery_id": delivery_id, **_begun(tx, delivery_id, now)}
    tx.execute(insert_new(tx, thread).values(**place, **fresh))
    same = and_(*(thread.c[name] == value for name, value in place.items()))
    tx.execute(update(thread).where(same, thread.c.ref != ref).values(**fresh))


def _begun(tx: Connection, delivery_id: int, now: datetime) -> dict[str, int | str | datetime | None]:
    development_id = tx.scalar(select(delivery.c.development_id).where(delivery.c.id == delivery_id))
    count = 0 if development_id is None else outlets(tx, development_id)
    # Where several carry it, some may have come after the root was composed: only a look at its words tells.
    unsure = count > 1
    return {
        "told": 0 if unsure else count,
        "count_due": now + CALM if unsure else None,
        "count_tries": 0,
        "count_error": "",
    }


def outlets(tx: Connection, development_id: int) -> int:
    """How many sources carry a development."""
    query = select(func.count(article.c.source_id.distinct())).join_from(version, article)
    return tx.execute(query.where(version.c.development_id == development_id)).scalar_one()


def count_again(tx: Connection, development_id: int, now: datetime) -> int:
    """One more report tells a development: roots that announced it are due in a minute; returns how many.

    A root that is being put right just now is due once more, because that count was taken before.
    """
    heard = (
        select(delivery.c.id)
        .where(
            delivery.c.development_id == development_id,
            delivery.c.story_id == thread.c.story_id,
            delivery.c.channel == thread.c.channel,
            delivery.c.address == thread.c.address,
            delivery.c.id == thread.c.delivery_id,
        )
        .correlate(thread)
        .exists()
    )
    stories = select(delivery.c.story_id).where(delivery.c.development_id == development_id)
    soon = now + CALM
    late = or_(thread.c.count_due.is_(None), thread.c.count_due > soon)
    wanted = and_(thread.c.story_id.in_(stories), heard, late, thread.c.told != outlets(tx, development_id))
    return tx.execute(update(thread).where(wanted).values(count_due=soon)).rowcount


def claim_count(tx: Connection, channel: str, now: datetime) -> Count | None:
    """Take the root of a channel that has been due longest. A lane that is off or rests is left alone."""
    row = tx.execute(_OLDEST_DUE, at(now) | {"its_channel": channel}).first()
    if row is None:
        return None
    lease = now + _LEASE
    place = Destination(row.channel, row.address)
    tx.execute(update(thread).where(_same(row.story_id, place)).values(count_due=lease))
    return Count(row.story_id, place, row.ref, row.delivery_id or 0, row.told, row.count_tries, lease)


def any_due(tx: Connection, channel: str, now: datetime) -> bool:
    """Whether `claim_count` would find one."""
    return tx.execute(_ANY_DUE, at(now) | {"its_channel": channel}).first() is not None


def counted(tx: Connection, count: Count, told: int) -> None:
    """Record what a root says now. Reports that came meanwhile keep it due."""
    same = _still(count)
    tx.execute(update(thread).where(same).values(told=told, count_tries=0, count_error=""))
    tx.execute(update(thread).where(same, thread.c.count_due == count.lease).values(count_due=None))


def miscounted(tx: Connection, count: Count, error: str, again: datetime | None, *, tries: int) -> None:
    """Record that a root could not be put right: once more at `again`, or (None) not until another report comes."""
    values = {"count_due": again, "count_tries": tries if again is not None else 0, "count_error": error}
    tx.execute(update(thread).where(_still(count)).values(values))


def miscounts(tx: Connection) -> tuple[Miscount, ...]:
    """The roots that could not be put right, for the screens."""
    query = select(thread).where(thread.c.count_error != "", thread.c.count_due.is_(None)).order_by(thread.c.story_id)
    return tuple(
        Miscount(row.story_id, Destination(row.channel, row.address), row.told, row.count_error)
        for row in tx.execute(query)
    )


def _still(count: Count) -> ColumnElement[bool]:
    """The same root: not one that has taken its place meanwhile."""
    return and_(_same(count.story_id, count.destination), thread.c.ref == count.ref)


def _same(story_id: int, place: Destination) -> ColumnElement[bool]:
    return and_(thread.c.story_id == story_id, thread.c.channel == place.channel, thread.c.address == place.address)
