"""Versions with all that decided, when they came, who was told of them; without their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from monitor.model import Level, Origin
from monitor.store.rows import AnyRow
from monitor.store.tables import article, development, entry, version

_MOST_IDS = 900


@dataclass(frozen=True, slots=True)
class Came:
    """How a version came. `known`: its development counts as announced from the start.

    `on_topic` is its article's, by the newest version. `first_import`: all entries of the article came with first
    imports.
    """

    version_id: int
    article_id: int
    number: int
    newest: bool
    first_seen: datetime
    origin: Origin
    level: Level
    on_topic: bool
    development_id: int | None
    known: bool
    first_import: bool


def count(tx: Connection) -> int:
    """How many versions the archive holds."""
    return tx.execute(select(func.sum(article.c.versions))).scalar() or 0


def begin(tx: Connection) -> datetime | None:
    """When the archive's first article came."""
    return tx.execute(select(func.min(article.c.first_seen))).scalar()


def came(tx: Connection, version_ids: Sequence[int]) -> Iterator[Came]:
    """How these versions came, in no order."""
    for start in range(0, len(version_ids), _MOST_IDS):
        rows = tx.execute(_QUERY.where(version.c.id.in_(version_ids[start : start + _MOST_IDS])))
        yield from map(_came_of, rows)


def _query() -> Select[*tuple[Any, ...]]:
    listed = select(entry.c.id).where(entry.c.article_id == article.c.id)
    silent = and_(listed.where(entry.c.first_import).exists(), ~listed.where(~entry.c.first_import).exists())
    return (
        select(
            version.c.id,
            version.c.article_id,
            version.c.number,
            version.c.first_seen,
            version.c.level,
            version.c.development_id,
            article.c.origin,
            article.c.on_topic,
            article.c.versions,
            development.c.known,
            silent.label("first_import"),
        )
        .select_from(version.join(article))
        .outerjoin(development, development.c.id == version.c.development_id)
    )


_QUERY = _query()


def _came_of(row: AnyRow) -> Came:
    return Came(
        version_id=row.id,
        article_id=row.article_id,
        number=row.number,
        newest=row.number == row.versions,
        first_seen=row.first_seen,
        origin=Origin(row.origin),
        level=Level(row.level),
        on_topic=row.on_topic,
        development_id=row.development_id,
        known=bool(row.known),
        first_import=bool(row.first_import),
    )
