"""What people did to stories: which were merged into which, and a journal of who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Named, Table, TypedColumns

from monitor.store.columns import Json, Utc, Words
from monitor.store.tables.naming import metadata


class MergedStoryColumns(TypedColumns):
    story_id: Named[int] = Column(ForeignKey("story.id"), primary_key=True, autoincrement=False)
    into_id: Named[int] = Column(ForeignKey("story.id"))


merged_story = Table("merged_story", metadata, MergedStoryColumns, Index("ix_merged_story_into", "into_id"))


class StoryActionColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    created: Named[datetime] = Column(Utc)
    who: Named[str] = Column(Words)
    action: Named[str] = Column(Words)
    story_id: Named[int] = Column(ForeignKey("story.id"))
    other_id: Named[int] = Column(ForeignKey("story.id"))
    articles: Named[Any] = Column(Json, nullable=False)


story_action = Table(
    "story_action",
    metadata,
    StoryActionColumns,
    CheckConstraint("action IN ('merge', 'split')", name="action"),
    Index("ix_story_action_story", "story_id"),
    Index("ix_story_action_other", "other_id"),
)
