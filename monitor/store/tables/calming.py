"""What keeps alerts calm and answers to them: lanes to destinations, mutes, votes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Named, Table, TypedColumns

from monitor.model import MuteKind
from monitor.store.columns import Utc, Words
from monitor.store.tables.naming import metadata, one_of


class LaneColumns(TypedColumns):
    channel: Named[str] = Column(Words, primary_key=True)
    # "" stands for the whole channel.
    address: Named[str] = Column(Words, primary_key=True)
    paused_until: Named[datetime | None] = Column(Utc)
    off_since: Named[datetime | None] = Column(Utc)
    reason: Named[str] = Column(Words)


lane = Table("lane", metadata, LaneColumns)


class MuteColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    kind: Named[str] = Column(Words)
    target: Named[str] = Column(Words)
    until: Named[datetime] = Column(Utc)
    created: Named[datetime] = Column(Utc)
    who: Named[str] = Column(Words)
    note: Named[str] = Column(Words)
    ended: Named[datetime | None] = Column(Utc)


mute = Table("mute", metadata, MuteColumns, one_of("kind", MuteKind), Index("ix_mute_until", "until"))


class VoteColumns(TypedColumns):
    development_id: Named[int] = Column(ForeignKey("development.id"), primary_key=True, autoincrement=False)
    rule_id: Named[str] = Column(Words, primary_key=True)
    who: Named[str] = Column(Words, primary_key=True)
    relevant: Named[bool] = Column(Boolean)
    created: Named[datetime] = Column(Utc)


vote = Table("vote", metadata, VoteColumns, Index("ix_vote_rule", "rule_id"))
