"""Where a judged reading stands: which story it tells, and whether it is a new turn in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Judgement, Known, Level, Reading
from monitor.novelty import Thresholds, development_key, tells_news
from monitor.novelty.frame import judged_only_frame
from monitor.store import stories

_ONE_TEXT = (Level.SAME, Level.COPY, Level.TRUNCATED, Level.REWRITE)
_FRAMED = (Level.EXTENDED, Level.TEMPLATE)


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
    tx: Connection,
    reading: Reading,
    judgement: Judgement,
    limits: Thresholds,
    now: datetime,
    *,
    on_topic: bool,
    known: bool,
) -> Place:
    """Attach to the development that a reading tells again, or make a new one: in the story it belongs to, or its own.

    A reading belongs to the story of its nearest report when it shares its wording with that one, tells the same event,
    or resembles it as far as `limits.story` asks; never for the frame of a page alone. What only a fingerprint told
    before counts as announced.
    """
    if not on_topic:
        return Place(None, None, makes_development=False)
    nearest = judgement.nearest
    news = tells_news(judgement)
    remembered = nearest is not None and not nearest.archived
    if remembered and nearest is not None:
        nearest = _in_archive(tx, nearest)
    if not news and nearest is not None and nearest.development_id is not None:
        return joined(tx, nearest.story_id, nearest.development_id)
    title = reading.document.title
    story_id = nearest.story_id if nearest is not None and _belongs(reading, judgement, limits) else None
    if story_id is None:
        story_id = stories.add(tx, title, now)
    key = development_key(judgement)
    if remembered and nearest is not None and not news:
        key, known = _known_key(nearest), True
    made = stories.add_development(tx, story_id, key, title, now, version_id=None, known=known)
    return Place(story_id, made, makes_development=True, known=known)


def _in_archive(tx: Connection, remembered: Known) -> Known:
    """A document of a fingerprint with the story and development in which the archive has a report like it."""
    told = stories.known_as(tx, _known_key(remembered))
    return remembered if told is None else replace(remembered, story_id=told.story_id, development_id=told.id)


def _known_key(remembered: Known) -> str:
    return f"fingerprint:{-remembered.version_id:x}"


def _belongs(reading: Reading, judgement: Judgement, limits: Thresholds) -> bool:
    nearest = judgement.nearest
    if judgement.level in _FRAMED and nearest is not None and judged_only_frame(reading.document, judgement, nearest):
        return False
    whole = judgement.level is Level.EXTENDED and judgement.containment >= limits.copy
    return judgement.level in _ONE_TEXT or whole or judgement.resemblance >= limits.story


def joined(tx: Connection, story_id: int | None, development_id: int | None) -> Place:
    """The place of a reading that attaches to a development which is there already."""
    known = development_id is not None and stories.development(tx, development_id).known
    return Place(story_id, development_id, makes_development=False, known=known)
