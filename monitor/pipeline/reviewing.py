"""Reviewing: what people say of stories and articles, undone again, and what brings back what was dismissed.

Each is one short transaction, so a daemon may run beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.errors import UsageError
from monitor.model.reviews import Review, Status, Subject
from monitor.store import Store, handwork, reviews

UNDO_FOR = timedelta(hours=24)
LONGEST_NOTE = 2_000
SAYABLE = (Status.KEPT, Status.DISMISSED, Status.UNSURE)
_HOUR = timedelta(hours=1)
_FORECAST_FROM = timedelta(hours=24)
_TIMES_FORECAST = 3
Target = tuple[Subject, int]


@dataclass(frozen=True, slots=True)
class Done:
    """What a review did: the targets in their order, where each stands now, and the batch that undoes it (or None)."""

    stands: tuple[tuple[Subject, int, Status], ...]
    batch: int | None


def review(store: Store, targets: Sequence[Target], status: Status, who: str, now: datetime, note: str = "") -> Done:
    """Say of stories and articles that they are kept, dismissed or unsure; one that stands so already is said again.

    A story that was merged into another one is that one. Raises UsageError, with nothing recorded.
    """
    if status not in SAYABLE:
        raise UsageError(f"say {', '.join(SAYABLE)}, not {status.value}")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters")
    with store.write() as tx:
        found = _known(tx, targets)
        return _record(tx, found, status, who, now, note.strip())


def mark_seen(store: Store, targets: Sequence[Target], who: str, now: datetime) -> Done:
    """Mark what was listed as looked at: only these, and of them only what nobody has said or seen anything of.

    What the archive does not have (any more) is passed over: a page may have been open for long.
    """
    with store.write() as tx:
        found = _known(tx, targets, strict=False)
        stands = {
            subject: reviews.of(tx, subject, [one for kind, one in found if kind is subject]) for subject in Subject
        }
        return _record(tx, [(kind, one) for kind, one in found if one not in stands[kind]], Status.SEEN, who, now, "")


def undo(store: Store, batch: int, who: str, now: datetime) -> Done:
    """Undo what was done at once, within a day. Raises UsageError when there is nothing (more) to undo."""
    with store.write() as tx:
        lines = [one for one in reviews.of_batch(tx, batch) if one.status is not Status.CHANGED]
        if not lines:
            raise UsageError("there is nothing to undo here: it was undone already, or never done")
        return _undone(tx, lines, who, now)


def undo_last(store: Store, who: str, now: datetime, target: Target | None = None) -> Done:
    """Undo the last thing that somebody did or, with a target, the last that anybody said of it. Raises UsageError."""
    with store.write() as tx:
        if target is None:
            last = reviews.last_of(tx, who, now - UNDO_FOR)
            lines = list(reviews.of_batch(tx, last.batch)) if last is not None else []
        else:
            ((subject, number),) = _known(tx, [target])
            lines = _said(tx, subject, number)[-1:]
        if not lines:
            raise UsageError("there is nothing to undo")
        return _undone(tx, lines, who, now)


def came_back(
    tx: Connection, story_id: int | None, article_id: int, now: datetime, *, turn: int | None, edited: bool
) -> None:
    """Bring back what was dismissed, when something happened to it; within the transaction that records what did.

    `turn` is a development that was made, `edited` says that the article was changed materially.
    """
    if edited:
        _return(tx, Subject.ARTICLE, article_id, "the article was edited", now)
    if story_id is None or not reviews.dismissed(tx, Subject.STORY, story_id):
        return
    if turn is not None:
        _return(tx, Subject.STORY, story_id, f"new development d{turn}", now)
    elif edited:
        _return(tx, Subject.STORY, story_id, f"article a{article_id} was edited", now)
    elif bursts(reviews.arrivals(tx, story_id, now - _FORECAST_FROM - _HOUR), now):
        _return(tx, Subject.STORY, story_id, f"more than {_TIMES_FORECAST} times the articles an hour as before", now)


def bursts(moments: Sequence[datetime], now: datetime) -> bool:
    """Whether the articles of the last hour are more than three times what the day before lets expect for one.

    The forecast is the mean of that day, from its first article on, and never less than one an hour: three reports
    after a quiet night are no burst.
    """
    begin = now - _HOUR
    before = [one for one in moments if begin - _FORECAST_FROM <= one <= begin]
    hours = max((begin - before[0]) / _HOUR, 1.0) if before else 1.0
    return len([one for one in moments if one > begin]) > _TIMES_FORECAST * max(len(before) / hours, 1.0)


def _return(tx: Connection, subject: Subject, target: int, why: str, now: datetime) -> None:
    if reviews.dismissed(tx, subject, target):
        reviews.record(tx, subject, [target], Status.CHANGED, "", now, note=why)


def _record(tx: Connection, targets: Sequence[Target], status: Status, who: str, now: datetime, note: str) -> Done:
    batch = None
    for subject, number in targets:
        batch = reviews.record(tx, subject, [number], status, who, now, note=note, batch=batch)
    return Done(tuple((subject, number, status) for subject, number in targets), batch)


def _undone(tx: Connection, lines: Sequence[Review], who: str, now: datetime) -> Done:
    if any(now - one.created > UNDO_FOR for one in lines):
        raise UsageError("that was more than a day ago: say anew how it stands instead")
    return Done(tuple((one.subject, one.target, reviews.undo(tx, one, who, now)) for one in lines), None)


def _said(tx: Connection, subject: Subject, number: int) -> list[Review]:
    """What people said of one and nobody undid, oldest first."""
    lines = reviews.history(tx, subject, number)
    undone = {one.undoes for one in lines}
    return [one for one in lines if one.status not in (None, Status.CHANGED) and one.id not in undone]


def _known(tx: Connection, targets: Sequence[Target], *, strict: bool = True) -> list[Target]:
    """The targets that there are, each once, in their order. Raises UsageError for one that there is not."""
    found: list[Target] = []
    for subject, number in targets:
        found.append((subject, handwork.resolved(tx, number) if subject is Subject.STORY else number))
    known = {
        subject: reviews.there(tx, subject, [one for kind, one in found if kind is subject]) for subject in Subject
    }
    missing = next(((kind, one) for kind, one in found if one not in known[kind]), None)
    if missing is not None and strict:
        raise UsageError(f"there is no {missing[0].value} {missing[0].value[0]}{missing[1]} in the archive")
    return [(kind, one) for kind, one in dict.fromkeys(found) if one in known[kind]]
