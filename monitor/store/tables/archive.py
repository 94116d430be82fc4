"""What was read: stories, developments, articles, their versions and postings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from monitor.model import Level, Origin
from monitor.store.columns import Json, Utc, Words
from monitor.store.tables.naming import metadata, one_of


class StoryColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    title: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)


story = Table("story", metadata, StoryColumns)


class DevelopmentColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    story_id: Named[int] = Column(ForeignKey("story.id"))
    key: Named[str] = Column(Words)
    title: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)
    known: Named[bool] = Column(Boolean)
    # The version it was first told in. No foreign key: a version points at its development, and is written after it.
    version_id: Named[int | None] = Column(Integer)


development = Table("development", metadata, DevelopmentColumns, UniqueConstraint("story_id", "key"))


class ArticleColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    url: Named[str] = Column(Words)
    url_key: Named[str] = Column(Words)
    title: Named[str] = Column(Words)
    # No foreign key: corpus articles have no polled source.
    source_id: Named[str] = Column(Words)
    language: Named[str] = Column(Words)
    published: Named[datetime | None] = Column(Utc)
    first_seen: Named[datetime] = Column(Utc)
    level: Named[str] = Column(Words)
    origin: Named[str] = Column(Words)
    partial: Named[bool] = Column(Boolean)
    on_topic: Named[bool] = Column(Boolean)
    story_id: Named[int | None] = Column(ForeignKey("story.id"))
    versions: Named[int] = Column(Integer)


article = Table(
    "article",
    metadata,
    ArticleColumns,
    UniqueConstraint("url_key"),
    one_of("level", Level),
    one_of("origin", Origin),
    Index("ix_article_story", "story_id"),
    Index("ix_article_source", "source_id", "id"),
    Index("ix_article_first_seen", "first_seen"),
)


class VersionColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    article_id: Named[int] = Column(ForeignKey("article.id"))
    number: Named[int] = Column(Integer)
    first_seen: Named[datetime] = Column(Utc)
    url: Named[str] = Column(Words)
    title: Named[str] = Column(Words)
    text: Named[str] = Column(Words)
    author: Named[str] = Column(Words)
    published: Named[datetime | None] = Column(Utc)
    published_raw: Named[str] = Column(Words)
    modified: Named[datetime | None] = Column(Utc)
    language: Named[str] = Column(Words)
    site: Named[str] = Column(Words)
    canonical: Named[str] = Column(Words)
    paywalled: Named[bool] = Column(Boolean)
    method: Named[str] = Column(Words)
    partial: Named[bool] = Column(Boolean)
    scheme: Named[int] = Column(Integer)
    text_hash: Named[int] = Column(BigInteger)
    marks: Named[Any] = Column(Json, nullable=False)
    level: Named[str] = Column(Words)
    nearest_id: Named[int | None] = Column(ForeignKey("version.id"))
    containment: Named[float] = Column(Float)
    agreement: Named[float] = Column(Float)
    newword: Named[float] = Column(Float)
    evidence: Named[Any] = Column(Json, nullable=False)
    development_id: Named[int | None] = Column(ForeignKey("development.id"))


version = Table(
    "version",
    metadata,
    VersionColumns,
    UniqueConstraint("article_id", "number"),
    one_of("level", Level),
    Index("ix_version_text_hash", "text_hash"),
    Index("ix_version_development", "development_id"),
)


class PostingColumns(TypedColumns):
    hash: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)


posting = Table("posting", metadata, PostingColumns, sqlite_with_rowid=False)
