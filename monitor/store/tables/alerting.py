"""What matched and what is owed: matches, firings, deliveries with their journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
)

from monitor.model import DeliveryKind, DeliveryState, Severity
from monitor.store.columns import Json, Utc, Words
from monitor.store.tables.naming import metadata, one_of, partial


class RuleRevisionColumns(TypedColumns):
    rule_id: Named[str] = Column(Words, primary_key=True)
    revision: Named[str] = Column(Words, primary_key=True)
    query: Named[str] = Column(Words)
    lists: Named[Any] = Column(Json, nullable=False)
    settings: Named[Any] = Column(Json, nullable=False)
    frozen: Named[Any] = Column(Json, nullable=True)
    created: Named[datetime] = Column(Utc)


rule_revision = Table("rule_revision", metadata, RuleRevisionColumns)


class MatchColumns(TypedColumns):
    version_id: Named[int] = Column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    rule_id: Named[str] = Column(Words, primary_key=True)
    revision: Named[str] = Column(Words)
    hits: Named[Any] = Column(Json, nullable=False)
    created: Named[datetime] = Column(Utc)


match = Table("match", metadata, MatchColumns, Index("ix_match_rule", "rule_id", "version_id"))


class FiringColumns(TypedColumns):
    development_id: Named[int] = Column(ForeignKey("development.id"), primary_key=True, autoincrement=False)
    rule_id: Named[str] = Column(Words, primary_key=True)
    version_id: Named[int] = Column(ForeignKey("version.id"))
    severity: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)


firing = Table(
    "firing", metadata, FiringColumns, one_of("severity", Severity), Index("ix_firing_version", "version_id")
)


class DeliveryColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    key: Named[str] = Column(Words)
    kind: Named[str] = Column(Words)
    development_id: Named[int | None] = Column(ForeignKey("development.id"))
    story_id: Named[int | None] = Column(ForeignKey("story.id"))
    channel: Named[str] = Column(Words)
    address: Named[str] = Column(Words)
    source_id: Named[str | None] = Column(Words)
    state: Named[str] = Column(Words)
    due_at: Named[datetime] = Column(Utc)
    attempts: Named[int] = Column(Integer)
    created: Named[datetime] = Column(Utc)
    subject: Named[str | None] = Column(Words)
    body: Named[str | None] = Column(Words)
    composed_at: Named[datetime | None] = Column(Utc)
    sent_at: Named[datetime | None] = Column(Utc)
    provider_ref: Named[str] = Column(Words)
    may_repeat: Named[bool] = Column(Boolean)
    merged_into: Named[int | None] = Column(ForeignKey("delivery.id"))
    reason: Named[str] = Column(Words)
    last_error: Named[str] = Column(Words)
    lease_owner: Named[str | None] = Column(Words)
    # What an edit's notice tells: this version against the one before it.
    version_id: Named[int | None] = Column(ForeignKey("version.id"))
    severity: Named[str] = Column(Words)
    # What a notice to the owner says.
    notice: Named[Any | None] = Column(Json, nullable=True)
    # When what is held is released; None: when something happens (a first import ends).
    held_until: Named[datetime | None] = Column(Utc)
    # How often the receiver was asked whether it has an ambiguous one.
    looks: Named[int] = Column(Integer)
    commentary: Named[bool] = Column(Boolean)


delivery = Table(
    "delivery",
    metadata,
    DeliveryColumns,
    UniqueConstraint("key"),
    one_of("kind", DeliveryKind),
    one_of("state", DeliveryState),
    one_of("severity", Severity),
    partial("uq_delivery_development", "kind = 'development'", "development_id", "channel", "address", unique=True),
    partial("ix_delivery_due", "state IN ('pending', 'sending', 'ambiguous')", "due_at"),
    partial(
        "ix_delivery_order", "state IN ('pending', 'sending', 'ambiguous')", "story_id", "channel", "address", "id"
    ),
    Index("ix_delivery_state", "state", "id"),
    Index("ix_delivery_development_id", "development_id"),
    partial("ix_delivery_held", "state = 'held'", "held_until"),
    Index("ix_delivery_sent", "channel", "sent_at"),
    partial("ix_delivery_merged", "merged_into IS NOT NULL", "merged_into"),
)


class AttemptColumns(TypedColumns):
    delivery_id: Named[int] = Column(ForeignKey("delivery.id"), primary_key=True, autoincrement=False)
    number: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    owner: Named[str] = Column(Words)
    started: Named[datetime] = Column(Utc)
    ended: Named[datetime | None] = Column(Utc)
    outcome: Named[str | None] = Column(Words)
    detail: Named[str] = Column(Words)


attempt = Table(
    "attempt",
    metadata,
    AttemptColumns,
    CheckConstraint("outcome IN ('sent', 'failed', 'ambiguous')", name="outcome"),
    partial("ix_attempt_open", "outcome IS NULL", "delivery_id"),
)


class ThreadColumns(TypedColumns):
    story_id: Named[int] = Column(ForeignKey("story.id"), primary_key=True, autoincrement=False)
    channel: Named[str] = Column(Words, primary_key=True)
    address: Named[str] = Column(Words, primary_key=True)
    ref: Named[str] = Column(Words)
    created: Named[datetime] = Column(Utc)
    # The root's delivery, how many outlets it says carry the story, and when it is to say more.
    delivery_id: Named[int | None] = Column(ForeignKey("delivery.id"))
    told: Named[int] = Column(Integer)
    count_due: Named[datetime | None] = Column(Utc)
    count_tries: Named[int] = Column(Integer)
    count_error: Named[str] = Column(Words)


thread = Table("thread", metadata, ThreadColumns, partial("ix_thread_count", "count_due IS NOT NULL", "count_due"))
