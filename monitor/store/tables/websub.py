"""What is agreed with the hubs that push listings to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Named, Table, TypedColumns, UniqueConstraint

from monitor.model import Agreement
from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata, one_of


class SubscriptionColumns(TypedColumns):
    source_id: Named[str] = Column(Words, ForeignKey("source.id"), primary_key=True)
    hub: Named[str] = Column(Words)
    topic: Named[str] = Column(Words)
    due_at: Named[datetime] = Column(Utc)
    state: Named[str] = Column(Words)
    offered: Named[bool] = Column(Boolean)
    site: Named[str] = Column(Words)
    token: Named[str | None] = Column(Words)
    secret: Named[str] = Column(Words)
    attempts: Named[int] = Column(Integer)
    asked_at: Named[datetime | None] = Column(Utc)
    lease_until: Named[datetime | None] = Column(Utc)
    pushed_at: Named[datetime | None] = Column(Utc)
    missed_at: Named[datetime | None] = Column(Utc)
    error: Named[str] = Column(Words)


# Without an agreement there is no token: NULL, of which there may be many.
subscription = Table(
    "subscription", metadata, SubscriptionColumns, UniqueConstraint("token"), one_of("state", Agreement)
)
