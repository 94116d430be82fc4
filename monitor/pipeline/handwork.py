"""Stories merged and split by hand: one short transaction each, under the watch lock, so a daemon may run beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import UsageError
from monitor.store import Store, handwork


def merge_stories(store: Store, into: int, other: int, who: str, now: datetime) -> tuple[int, int]:
    """Move everything of `other` into `into`; returns the two stories that these numbers stand for. Raises UsageError.

    Either may be a number that was merged away before.
    """
    with store.write() as tx:
        store.watch_lock(tx)
        into_id, other_id = _story(tx, into), _story(tx, other)
        if into_id == other_id:
            raise UsageError(f"s{into} and s{other} are one story already: s{into_id}")
        handwork.merge(tx, into_id, other_id, who, now)
    return into_id, other_id


def split_story(store: Store, story: int, articles: Sequence[int], who: str, now: datetime) -> tuple[int, int]:
    """Make a story of its own of these articles; returns (the story they were in, the new one). Raises UsageError."""
    with store.write() as tx:
        store.watch_lock(tx)
        story_id = _story(tx, story)
        inside = handwork.articles_in(tx, story_id)
        strangers = [f"a{one}" for one in articles if one not in inside]
        if strangers:
            has = f"s{story_id} has no article {', '.join(strangers)}"
            raise UsageError(f"{has}; `storywatch stories show s{story_id}` lists those that it has")
        if set(articles) == set(inside):
            raise UsageError(f"these are all articles of s{story_id}: nothing would be left of it")
        return story_id, handwork.split(tx, story_id, frozenset(articles), who, now)


def _story(tx: Connection, number: int) -> int:
    found = handwork.resolved(tx, number)
    if not handwork.exists(tx, found):
        raise UsageError(f"there is no story s{number}; `storywatch stories list` shows them")
    return found
