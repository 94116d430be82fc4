"""What is polled and what was listed: sources, fetches, entries."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
)

from monitor.model import EntryState
from monitor.store.columns import Seconds, Utc, Words
from monitor.store.tables.naming import metadata, one_of, partial


class MetaColumns(TypedColumns):
    key: Named[str] = Column(Words, primary_key=True)
    value: Named[str] = Column(Words)


meta = Table("meta", metadata, MetaColumns)


class SourceColumns(TypedColumns):
    id: Named[str] = Column(Words, primary_key=True)
    configured_url: Named[str] = Column(Words)
    url: Named[str] = Column(Words)
    host: Named[str] = Column(Words)
    enabled: Named[bool] = Column(Boolean)
    due_at: Named[datetime] = Column(Utc)
    etag: Named[str] = Column(Words)
    last_modified: Named[str] = Column(Words)
    body_hash: Named[str] = Column(Words)
    interval: Named[timedelta] = Column(Seconds)
    failures: Named[int] = Column(Integer)
    first_checked: Named[datetime | None] = Column(Utc)
    last_checked: Named[datetime | None] = Column(Utc)
    last_ok: Named[datetime | None] = Column(Utc)
    gone_at: Named[datetime | None] = Column(Utc)
    moved_to: Named[str] = Column(Words)
    moved_seen: Named[int] = Column(Integer)
    lease_owner: Named[str | None] = Column(Words)
    lease_until: Named[datetime | None] = Column(Utc)


source = Table(
    "source",
    metadata,
    SourceColumns,
    Index("ix_source_due", "enabled", "due_at"),
)


class FetchColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    source_id: Named[str] = Column(Words, ForeignKey("source.id"))
    kind: Named[str] = Column(Words)
    url: Named[str] = Column(Words)
    final_url: Named[str] = Column(Words)
    outcome: Named[str] = Column(Words)
    status: Named[int | None] = Column(Integer)
    started: Named[datetime] = Column(Utc)
    elapsed: Named[float] = Column(Float)
    size: Named[int] = Column(Integer)
    entries: Named[int] = Column(Integer)
    new: Named[int] = Column(Integer)
    error: Named[str] = Column(Words)
    recorded: Named[datetime] = Column(Utc)


fetch = Table(
    "fetch",
    metadata,
    FetchColumns,
    CheckConstraint("kind IN ('check', 'page', 'pushed', 'hub')", name="kind"),
    Index("ix_fetch_source", "source_id", "kind", "id"),
)


class EntryColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    source_id: Named[str] = Column(Words, ForeignKey("source.id"))
    url_key: Named[str] = Column(Words)
    host: Named[str] = Column(Words)
    url: Named[str] = Column(Words)
    guid: Named[str] = Column(Words)
    title: Named[str] = Column(Words)
    summary: Named[str] = Column(Words)
    text: Named[str] = Column(Words)
    author: Named[str] = Column(Words)
    published: Named[datetime | None] = Column(Utc)
    published_raw: Named[str] = Column(Words)
    updated_raw: Named[str] = Column(Words)
    language: Named[str] = Column(Words)
    state: Named[str] = Column(Words)
    first_import: Named[bool] = Column(Boolean)
    first_seen: Named[datetime] = Column(Utc)
    due_at: Named[datetime] = Column(Utc)
    attempts: Named[int] = Column(Integer)
    rereads: Named[int] = Column(Integer)
    lease_owner: Named[str | None] = Column(Words)
    lease_until: Named[datetime | None] = Column(Utc)
    finished_at: Named[datetime | None] = Column(Utc)
    article_id: Named[int | None] = Column(ForeignKey("article.id"))
    error: Named[str] = Column(Words)
    gap_id: Named[int | None] = Column(Integer)


entry = Table(
    "entry",
    metadata,
    EntryColumns,
    UniqueConstraint("url_key"),
    one_of("state", EntryState),
    partial("ix_entry_due", "state IN ('waiting', 'reading')", "due_at", "host"),
    Index("ix_entry_source", "source_id", "state"),
    Index("ix_entry_article", "article_id"),
)


class RecheckColumns(TypedColumns):
    entry_id: Named[int] = Column(ForeignKey("entry.id"), primary_key=True, autoincrement=False)
    announced: Named[datetime] = Column(Utc)
    due_at: Named[datetime | None] = Column(Utc)
    asked: Named[int] = Column(Integer)
    open: Named[bool] = Column(Boolean)
    etag: Named[str] = Column(Words)
    last_modified: Named[str] = Column(Words)


recheck = Table("recheck", metadata, RecheckColumns, partial("ix_recheck_due", "due_at IS NOT NULL", "due_at"))


class SightingColumns(TypedColumns):
    entry_id: Named[int] = Column(ForeignKey("entry.id"), primary_key=True, autoincrement=False)
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    url: Named[str] = Column(Words)
    title: Named[str] = Column(Words)
    first_seen: Named[datetime] = Column(Utc)


sighting = Table("sighting", metadata, SightingColumns)


class ChildColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    url: Named[str] = Column(Words, primary_key=True)
    lastmod: Named[str] = Column(Words)
    etag: Named[str] = Column(Words)
    last_modified: Named[str] = Column(Words)


child = Table("child", metadata, ChildColumns)
