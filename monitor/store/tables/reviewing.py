"""What people said of stories and articles: a log that only grows, and what stands now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Named, Table, TypedColumns

from monitor.model.reviews import Status, Subject
from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata, one_of


class ReviewColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    batch: Named[int] = Column(Integer)
    subject: Named[str] = Column(Words)
    target: Named[int] = Column(Integer)
    # None: this line undoes another one.
    status: Named[str | None] = Column(Words)
    note: Named[str] = Column(Words)
    who: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)
    undoes: Named[int | None] = Column(ForeignKey("review.id"))


review = Table(
    "review",
    metadata,
    ReviewColumns,
    one_of("subject", Subject),
    CheckConstraint("(status IS NULL) = (undoes IS NOT NULL)", name="undoes"),
    Index("ix_review_target", "subject", "target", "id"),
    Index("ix_review_batch", "batch"),
    Index("ix_review_who", "who", "id"),
    Index("ix_review_undoes", "undoes", unique=True),
)


class VerdictColumns(TypedColumns):
    subject: Named[str] = Column(Words, primary_key=True)
    target: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    status: Named[str] = Column(Words)
    review_id: Named[int] = Column(ForeignKey("review.id"))


verdict = Table(
    "verdict",
    metadata,
    VerdictColumns,
    one_of("subject", Subject),
    one_of("status", Status),
    Index("ix_verdict_status", "subject", "status", "target"),
)
