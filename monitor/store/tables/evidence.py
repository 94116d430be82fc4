"""What proves the archive: the WARC files, the raw exchanges in them, and the seals over rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Named, Table, TypedColumns, UniqueConstraint

from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata


class WarcColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    file: Named[str] = Column(Words)
    # Of its warcinfo record, which no raw row covers.
    head: Named[int] = Column(Integer)
    head_digest: Named[str] = Column(Words)
    begun: Named[datetime] = Column(Utc)
    expired: Named[datetime | None] = Column(Utc)


warc = Table("warc", metadata, WarcColumns, UniqueConstraint("head_digest"))


class RawColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    warc_id: Named[int] = Column(ForeignKey("warc.id"))
    offset: Named[int] = Column(BigInteger)
    length: Named[int] = Column(BigInteger)
    # Of the stored bytes; `payload` is of the body that they hold. Both are SHA-256 in hex.
    digest: Named[str] = Column(Words)
    payload: Named[str] = Column(Words)
    size: Named[int] = Column(Integer)
    url: Named[str] = Column(Words)
    url_key: Named[str] = Column(Words)
    outcome: Named[str] = Column(Words)
    status: Named[int] = Column(Integer)
    fetched: Named[datetime] = Column(Utc)
    version_id: Named[int | None] = Column(ForeignKey("version.id"))


raw = Table("raw", metadata, RawColumns, Index("ix_raw_warc", "warc_id"), Index("ix_raw_version", "version_id", "id"))


class SealColumns(TypedColumns):
    position: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    kind: Named[str] = Column(Words)
    row_id: Named[int] = Column(Integer)
    digest: Named[str] = Column(Words)
    chain: Named[str] = Column(Words)


seal = Table("seal", metadata, SealColumns, Index("ix_seal_row", "kind", "row_id", "position"))
