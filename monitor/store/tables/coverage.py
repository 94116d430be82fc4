"""Whether everything was seen: what a source listed last, how often it brings something, what may have been missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Named, Table, TypedColumns

from monitor.store.columns import Json, Seconds, Utc, Words
from monitor.store.tables.naming import metadata, partial


class ListedWindowColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    url: Named[str] = Column(Words)
    entry_keys: Named[Any] = Column(Json, nullable=False)
    partly: Named[int] = Column(Integer)
    newest: Named[datetime | None] = Column(Utc)


listed_window = Table("listed_window", metadata, ListedWindowColumns)


class ArrivalColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    moment: Named[datetime] = Column(Utc, primary_key=True)
    new: Named[int] = Column(Integer)


# Of its own: the record of fetches is kept for days, a rhythm needs weeks.
arrival = Table("arrival", metadata, ArrivalColumns, sqlite_with_rowid=False)


class RhythmColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    measured: Named[datetime] = Column(Utc)
    newest: Named[datetime | None] = Column(Utc)
    usual: Named[timedelta | None] = Column(Seconds)
    patience: Named[timedelta | None] = Column(Seconds)
    days: Named[int] = Column(Integer)
    mean: Named[float] = Column(Float)
    sigma: Named[float] = Column(Float)
    last_day: Named[int] = Column(Integer)


rhythm = Table("rhythm", metadata, RhythmColumns)


class GapColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    source_id: Named[str] = Column(Words, ForeignKey("source.id"))
    host: Named[str] = Column(Words)
    since: Named[datetime] = Column(Utc)
    until: Named[datetime] = Column(Utc)
    before: Named[int] = Column(Integer)
    listed: Named[int] = Column(Integer)
    backfilled: Named[int] = Column(Integer)
    closed_at: Named[datetime | None] = Column(Utc)
    asked_at: Named[datetime | None] = Column(Utc)
    answer: Named[str | None] = Column(Words)


gap = Table(
    "gap",
    metadata,
    GapColumns,
    Index("ix_gap_source", "source_id", "id"),
    partial("ix_gap_open", "closed_at IS NULL", "host"),
)
