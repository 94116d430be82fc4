"""Mutes and votes as rows: always an end, over at its second, the last word counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from monitor.model import MuteKind
from monitor.store import Store, mutes, votes

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_a_mute_is_over_at_its_second_or_when_somebody_ends_it(store: Store, make: Any) -> None:
    until = make.now + HOUR
    with store.write() as tx:
        first = mutes.add(tx, MuteKind.RULE, "port", until, "anna", make.now, note="enough")
        second = mutes.add(tx, MuteKind.SOURCE, "wire", until + HOUR, "ben", make.now)
        assert mutes.active(tx, make.now - SECOND) == ()
        assert [one.id for one in mutes.active(tx, until - SECOND)] == [first, second]
        assert [one.id for one in mutes.active(tx, until)] == [second]
        assert mutes.end(tx, second, until + SECOND)
        assert not mutes.end(tx, second, until + SECOND) and not mutes.end(tx, first, until)
        assert mutes.active(tx, until + SECOND) == ()
        kept = mutes.by_id(tx, second)
    assert kept is not None and (kept.who, kept.ended) == ("ben", until + SECOND)


def test_a_story_that_is_merged_stays_muted(store: Store, make: Any) -> None:
    from monitor.pipeline.handwork import merge_stories

    with store.write() as tx:
        one, other = make.fired(tx, "a"), make.fired(tx, "b")
        mutes.add(tx, MuteKind.STORY, str(other.story_id), make.now + HOUR, "anna", make.now)
    merge_stories(store, one.story_id, other.story_id, "anna", make.now)
    with store.read() as tx:
        assert [mute.target for mute in mutes.active(tx, make.now)] == [str(one.story_id)]


def test_the_last_word_on_a_development_counts_once(store: Store, make: Any) -> None:
    with store.write() as tx:
        one, other = make.fired(tx, "a"), make.fired(tx, "b")
        votes.cast(tx, one.development_id, "port", "anna", False, make.now)
        votes.cast(tx, one.development_id, "port", "anna", True, make.now)
        votes.cast(tx, other.development_id, "port", "anna", True, make.now)
        votes.cast(tx, other.development_id, "port", "ben", False, make.now + SECOND)
        votes.cast(tx, other.development_id, "sea", "ben", False, make.now + SECOND)
        assert votes.tallied(tx) == {"port": (1, 2), "sea": (0, 1)}
