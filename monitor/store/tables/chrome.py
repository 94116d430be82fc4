"""Chrome: which sentences sites repeat, and what of each version was left out for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Named, Table, TypedColumns

from monitor.store.columns import Json, Utc, Words
from monitor.store.tables.naming import metadata


class ChromeColumns(TypedColumns):
    # Of host and sentence together.
    mark: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    story_a: Named[int] = Column(Integer)
    story_b: Named[int | None] = Column(Integer)
    stories: Named[int] = Column(Integer)
    first_seen: Named[datetime] = Column(Utc)


# No foreign keys: merging or splitting stories later does not unlearn a sentence.
chrome = Table("chrome", metadata, ChromeColumns, sqlite_with_rowid=False)


class VersionMaskColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    spans: Named[Any] = Column(Json, nullable=False)
    note: Named[str] = Column(Words)


version_mask = Table("version_mask", metadata, VersionMaskColumns)
