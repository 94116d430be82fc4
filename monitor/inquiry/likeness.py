"""Stories that may be the same event as another one: what people choose from when they merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from monitor.novelty import Thresholds
from monitor.novelty.event import resemblances
from monitor.store import nearness, storylist
from monitor.store.storybook import Book
from monitor.store.storylist import StoryLine

_NEAR = timedelta(days=3)
_ASKED = 3
"""Reports of the story that are looked from: its first, and the first of its newest developments."""
MOST = 8


@dataclass(frozen=True, slots=True)
class Alike:
    """A story that may be the same event; `share` (0..1) is how alike their nearest reports are in any language."""

    line: StoryLine
    share: float


def alike(tx: Connection, book: Book, limits: Thresholds) -> tuple[Alike, ...]:
    """Stories with reports like those of this one, in whichever language and begun within three days of it."""
    shares: dict[int, float] = {}
    for version_id in _asked(tx, book):
        own = nearness.profile_of(tx, version_id)
        if own is None:
            continue
        weights = nearness.weights(tx, own)
        near = [one for one in nearness.nearest(tx, own, weights, limit=20) if one.story_id not in (None, book.id)]
        around = [(one, one.profile) for one in near if one.profile is not None]
        weights = nearness.weights_with(tx, weights, own, near)
        for found in resemblances(own, None, around, weights, limits):
            number = found.known.story_id or 0
            shares[number] = max(shares.get(number, 0.0), found.share)
    lines = [one for one in storylist.lines(tx, sorted(shares), book.created) if _near(one, book)]
    ranked = sorted((Alike(one, shares[one.id]) for one in lines), key=lambda one: (-one.share, one.line.id))
    return tuple(ranked[:MOST])


def _asked(tx: Connection, book: Book) -> Sequence[int]:
    numbers = [one.development.id for one in (*book.parts[:1], *book.parts[1:][-_ASKED + 1 :])]
    return storylist.told_in(tx, numbers)


def _near(line: StoryLine, book: Book) -> bool:
    last = max((one.first_seen for one in book.reports), default=book.created)
    return line.created <= last + _NEAR and line.newest >= book.created - _NEAR
