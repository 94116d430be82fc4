"""One item of a source as it was parsed, for people who want to see what a source gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from monitor.model import Entry, EntryState
from monitor.store.tables import entry


@dataclass(frozen=True, slots=True)
class Sample:
    """A listed entry and what became of it."""

    entry: Entry
    state: EntryState
    first_seen: datetime
    article_id: int | None
    error: str


def newest_entry(tx: Connection, source_id: str) -> Sample | None:
    """The entry that a source listed last for the first time."""
    last = select(func.max(entry.c.id)).where(entry.c.source_id == source_id).scalar_subquery()
    row = tx.execute(select(entry).where(entry.c.id == last)).first()
    if row is None:
        return None
    listed = Entry(
        row.url,
        row.guid,
        row.title,
        row.summary,
        row.text,
        row.author,
        row.published,
        row.published_raw,
        row.updated_raw,
        row.language,
    )
    return Sample(listed, EntryState(row.state), row.first_seen, row.article_id, row.error)
