"""What is learned of the sentences that sites repeat, and the mask that was in force for each version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from monitor.novelty.chrome import STORIES, Mask
from monitor.store.columns import insert_new
from monitor.store.tables import chrome, version_mask

_AMONG = chrome.c.mark.in_(bindparam("marks", expanding=True))
_KNOWN = select(chrome).where(_AMONG)
_REPEATED = select(chrome.c.mark).where(_AMONG, chrome.c.stories >= STORIES)
_ANOTHER = (
    update(chrome)
    .where(chrome.c.mark == bindparam("its"))
    .values(story_b=bindparam("second"), stories=bindparam("many"))
)


def repeated(tx: Connection, marks: Collection[int]) -> frozenset[int]:
    """Which of these sentences are chrome by now."""
    return frozenset(tx.scalars(_REPEATED, {"marks": list(marks)})) if marks else frozenset()


def learn(tx: Connection, marks: Collection[int], story_id: int, now: datetime) -> None:
    """Note that these sentences of one host stand in an article of this story. However often there, it counts once."""
    if not marks:
        return
    known = {row.mark: row for row in tx.execute(_KNOWN, {"marks": list(marks)})}
    another = [
        {"its": row.mark, "second": story_id if row.story_b is None else row.story_b, "many": row.stories + 1}
        for row in known.values()
        if row.stories < STORIES and story_id not in (row.story_a, row.story_b)
    ]
    if another:
        tx.execute(_ANOTHER, another)
    # In order: PostgreSQL locks the keys one by one, and two transactions in two orders would wait for each other.
    fresh = [
        {"mark": one, "story_a": story_id, "story_b": None, "stories": 1, "first_seen": now}
        for one in sorted(set(marks).difference(known))
    ]
    if fresh:
        tx.execute(insert_new(tx, chrome), fresh)


def forget_single(tx: Connection, before: datetime) -> int:
    """Drop the sentences that were seen in one story only and first before then; returns how many."""
    return tx.execute(delete(chrome).where(chrome.c.stories == 1, chrome.c.first_seen < before)).rowcount


def keep_mask(tx: Connection, version_id: int, mask: Mask) -> None:
    """Store what of a version was left out; nothing when nothing was."""
    if mask.spans or mask.note:
        tx.execute(insert(version_mask), {"version_id": version_id, "spans": mask.spans, "note": mask.note})


def masks(tx: Connection, version_ids: Sequence[int]) -> dict[int, Mask]:
    """The masks of these versions, by version id; versions of which nothing was left out are not there."""
    query = select(version_mask).where(version_mask.c.version_id.in_(version_ids))
    return {
        row.version_id: Mask(tuple((start, end) for start, end in row.spans), row.note) for row in tx.execute(query)
    }
