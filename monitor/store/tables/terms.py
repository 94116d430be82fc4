"""The words of articles as numbers: how many articles have each, which ones, and the profile of each version."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Named, Table, TypedColumns

from monitor.store.tables.naming import metadata


class TermColumns(TypedColumns):
    # Of a stem or a mark; 0 stands for all articles.
    number: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    articles: Named[int] = Column(Integer)


term = Table("term", metadata, TermColumns, sqlite_with_rowid=False)


class TermPostingColumns(TypedColumns):
    number: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Named[int] = Column(ForeignKey("article.id"), primary_key=True, autoincrement=False)


term_posting = Table(
    "term_posting",
    metadata,
    TermPostingColumns,
    Index("ix_term_posting_article", "article_id"),
    sqlite_with_rowid=False,
)


class ProfileColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    packed: Named[bytes] = Column(LargeBinary)


profile = Table("profile", metadata, ProfileColumns)
