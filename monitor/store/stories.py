"""Stories and their developments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from monitor.model import Development
from monitor.store.rows import AnyRow
from monitor.store.tables import development as turn
from monitor.store.tables import story

_TURNS = select(func.count()).where(turn.c.story_id == bindparam("of"))
_TAKEN = select(turn.c.id).where(turn.c.story_id == bindparam("of"), turn.c.key == bindparam("its"))
_KNOWN_AS = select(turn).where(turn.c.known, turn.c.key == bindparam("its")).order_by(turn.c.id).limit(1)
_ADD = insert(story).returning(story.c.id)
_ADD_TURN = insert(turn).returning(turn.c.id)
_SET_ORIGIN = update(turn).where(turn.c.id == bindparam("of")).values(version_id=bindparam("first"))


def add(tx: Connection, title: str, now: datetime) -> int:
    """Open a story; returns its id."""
    return tx.execute(_ADD, {"title": title, "created": now}).scalar_one()


def add_development(
    tx: Connection, story_id: int, key: str, title: str, now: datetime, *, version_id: int | None, known: bool
) -> int:
    """Record a new turn of a story; returns its id.

    `key` is only a label: when it is empty or taken in this story, it gets the turn's number. `known`: counts as
    announced from the start.
    """
    turns = tx.execute(_TURNS, {"of": story_id}).scalar_one()
    if not key or tx.execute(_TAKEN, {"of": story_id, "its": key}).first() is not None:
        key = f"{key}#{turns + 1}"
    values = {
        "story_id": story_id,
        "key": key,
        "title": title,
        "created": now,
        "known": known,
        "version_id": version_id,
    }
    return tx.execute(_ADD_TURN, values).scalar_one()


def set_origin(tx: Connection, development_id: int, version_id: int) -> None:
    """Name the version that a development was first told in."""
    tx.execute(_SET_ORIGIN, {"of": development_id, "first": version_id})


def development(tx: Connection, development_id: int) -> Development:
    """A development that exists."""
    return development_of(tx.execute(select(turn).where(turn.c.id == development_id)).one())


def known_as(tx: Connection, key: str) -> Development | None:
    """The development that counts as announced under this key, in whichever story."""
    row = tx.execute(_KNOWN_AS, {"its": key}).first()
    return None if row is None else development_of(row)


def development_of(row: AnyRow) -> Development:
    return Development(row.id, row.story_id, row.key, row.title, row.created, row.known)
