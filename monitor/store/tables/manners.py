"""What servers asked of us: their robots.txt, the rest they want, a feed's hours and days of silence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Named, Table, TypedColumns

from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata


class RobotsColumns(TypedColumns):
    origin: Named[str] = Column(Words, primary_key=True)
    body: Named[str] = Column(Words)
    until: Named[datetime] = Column(Utc)


robots = Table("robots", metadata, RobotsColumns)


class RestColumns(TypedColumns):
    host: Named[str] = Column(Words, primary_key=True)
    until: Named[datetime] = Column(Utc)


rest = Table("rest", metadata, RestColumns)


class QuietColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    hours: Named[str] = Column(Words)
    days: Named[str] = Column(Words)


quiet = Table("quiet", metadata, QuietColumns)
