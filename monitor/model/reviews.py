"""What people say of stories and articles, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a story or article stands with the people who review. NEW is never recorded: nobody has looked yet."""

    NEW = "new"
    SEEN = "seen"
    KEPT = "kept"
    DISMISSED = "dismissed"
    UNSURE = "unsure"
    CHANGED = "changed"


class Subject(StrEnum):
    """What is reviewed."""

    STORY = "story"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Review:
    """One line of the log of reviews. `batch` is the number of the first line of what was done at once.

    `status` is None for a line that undoes another one, whose number is `undoes`. `who` is "" when it came back by
    itself; `note` says then what had changed.
    """

    id: int
    batch: int
    subject: Subject
    target: int
    status: Status | None
    note: str
    who: str
    created: datetime
    undoes: int | None = None
