"""Where a judged reading stands: which story it tells, and whether it is a new turn in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Judgement, Level, Reading
from monitor.novelty import development_key, unmatched
from monitor.store import stories

_JOINS = (Level.SAME, Level.COPY, Level.TRUNCATED, Level.EXTENDED)


@dataclass(frozen=True, slots=True)
class Place:
    """A story and a development, or neither for an article that is off-topic.

    `makes_development`: this reading is the first report. `known`: the development counts as announced from the start.
    """

    story_id: int | None
    development_id: int | None
    makes_development: bool
    known: bool = False

    def attach(self, tx: Connection, version_id: int) -> None:
        """Name the version that a development was first told in."""
        if self.development_id is not None:
            stories.set_origin(tx, self.development_id, version_id)


def place(
    tx: Connection, reading: Reading, judgement: Judgement, now: datetime, *, on_topic: bool, known: bool
) -> Place:
    """Join the nearest article's story, or open a new one.

    Same, copy and truncated attach to the development they repeat. An extended copy makes one of its own in the same
    story when its unmatched part tells something. Anything else is a development of a new story.
    """
    if not on_topic:
        return Place(None, None, makes_development=False)
    nearest = judgement.nearest
    title = reading.document.title
    key = development_key(judgement)
    if judgement.level not in _JOINS or nearest is None or nearest.story_id is None or nearest.development_id is None:
        story_id = stories.add(tx, title, now)
        made = stories.add_development(tx, story_id, key, title, now, version_id=None, known=known)
        return Place(story_id, made, makes_development=True, known=known)
    if judgement.level is Level.EXTENDED and (key or unmatched(judgement)):
        made = stories.add_development(tx, nearest.story_id, key, title, now, version_id=None, known=known)
        return Place(nearest.story_id, made, makes_development=True, known=known)
    return joined(tx, nearest.story_id, nearest.development_id)


def joined(tx: Connection, story_id: int | None, development_id: int | None) -> Place:
    """The place of a reading that attaches to a development which is there already."""
    known = development_id is not None and stories.development(tx, development_id).known
    return Place(story_id, development_id, makes_development=False, known=known)
