"""The words of every version as the matcher saw them, and which versions the search index knows."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Named, Table, TypedColumns

from monitor.store.columns import Words
from monitor.store.tables.naming import metadata


class IndexedColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    # The version's own article and number again: a search joins thousands of rows, and a version's row is large.
    article_id: Named[int] = Column(ForeignKey("article.id"))
    number: Named[int] = Column(Integer)
    # Whose words are in the index; 0: nobody's yet. Every version has its row here.
    analyser: Named[int] = Column(Integer)


indexed = Table("indexed", metadata, IndexedColumns, Index("ix_indexed_analyser", "analyser", "version_id"))


class VersionWordsColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    # What rules ask of a text beside its words: `source:` and `lang:`.
    source: Named[str] = Column(Words)
    language: Named[str] = Column(Words)
    words: Named[bytes] = Column(LargeBinary)


class VersionCaptionsColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    # How many characters at the end of the text they are.
    length: Named[int] = Column(Integer)


version_captions = Table("version_captions", metadata, VersionCaptionsColumns)
version_words = Table("version_words", metadata, VersionWordsColumns)
