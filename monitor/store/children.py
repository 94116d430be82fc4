"""Parts of a listing at addresses of their own: which state of each was read last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from monitor.model import Child
from monitor.store.tables import child as table


def known(tx: Connection, source_id: str) -> Mapping[str, Child]:
    """The parts that were read, by address."""
    rows = tx.execute(select(table).where(table.c.source_id == source_id))
    return {row.url: Child(row.url, row.lastmod, None, row.etag, row.last_modified) for row in rows}


def remember(tx: Connection, source_id: str, read: Sequence[Child]) -> None:
    """Replace what is known of a source's parts; one that is no longer listed is forgotten."""
    tx.execute(delete(table).where(table.c.source_id == source_id))
    rows = [
        {
            "source_id": source_id,
            "url": one.url,
            "lastmod": one.lastmod,
            "etag": one.etag,
            "last_modified": one.last_modified,
        }
        for one in read
    ]
    if rows:
        tx.execute(insert(table), rows)
