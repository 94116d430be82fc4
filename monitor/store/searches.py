"""Searches that people keep: each a name for what is asked of the list of articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from monitor.store.rows import AnyRow
from monitor.store.tables import saved_search as table


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """`question`: the parameters as in an address, q=ferry&lang=uk."""

    id: int
    name: str
    question: str
    who: str
    created: datetime


def keep(tx: Connection, name: str, question: str, who: str, now: datetime) -> int | None:
    """Keep a search under a name; its id, or None when there is one of that name."""
    if tx.scalar(select(table.c.id).where(table.c.name == name)) is not None:
        return None
    values = {"name": name, "question": question, "who": who, "created": now}
    return tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one()


def forget(tx: Connection, search_id: int) -> bool:
    """Delete one; whether there was one."""
    return tx.execute(delete(table).where(table.c.id == search_id)).rowcount > 0


def kept(tx: Connection) -> tuple[SavedSearch, ...]:
    """All of them, by name."""
    return tuple(map(_of, tx.execute(select(table).order_by(table.c.name))))


def by_id(tx: Connection, search_id: int) -> SavedSearch | None:
    """One of them."""
    row = tx.execute(select(table).where(table.c.id == search_id)).first()
    return None if row is None else _of(row)


def _of(row: AnyRow) -> SavedSearch:
    return SavedSearch(row.id, row.name, row.question, row.who, row.created)
