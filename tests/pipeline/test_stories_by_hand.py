"""Stories merged and split by hand: what moves, what is remembered, who is told."""

from __future__ import annotations

from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import UsageError
from monitor.model import Receipt
from monitor.pipeline.handwork import merge_stories, split_story
from monitor.store import articles, deliveries, handwork, storyline

MINES = "\n\n".join(
    (
        "Divers raised 31 mines from the bed of the pipeline off Osterby on Monday, the coast guard of Varn reported.",
        "Its commander, Pelle Rasmus, said the pipeline would stay closed until the last of them was towed away.",
        "Two barges were anchored above the place, and fishing boats were told to keep 3 miles clear of it.",
    )
)


def ids(desk: Any, story_id: int) -> list[int]:
    with desk.store.read() as tx:
        return list(handwork.articles_in(tx, story_id))


def timeline(desk: Any, story_id: int) -> list[tuple[int, list[int], bool]]:
    with desk.store.read() as tx:
        found = storyline.story_detail(tx, story_id)
    return [(turn.development.id, [one.id for one in turn.articles], turn.development.known) for turn in found.turns]


def story_of(desk: Any, article_id: int) -> int:
    with desk.store.read() as tx:
        return int(articles.by_id(tx, article_id).story_id)


def send(desk: Any, ref: str) -> Any:
    desk.tick(seconds=31)
    desk.flush()
    claimed = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert claimed is not None
    pipeline.record_sent(desk.store, claimed, Receipt(ref), desk.now)
    return claimed


@pytest.fixture
def two(desk: Any, article: str) -> Any:
    """s1 with a1 and its copy a2, s2 with a3; the alerts of both were sent, with the threads t1 and t2."""
    desk.file("http://wire.example/1", "Harbour opens", article)
    desk.file("http://daily.example/1", "Harbour is open", "From our desk\n\n" + article, "daily")
    send(desk, "t1")
    desk.file("http://wire.example/2", "Mines near the harbour", MINES.replace("pipeline off", "harbour off"))
    send(desk, "t2")
    assert (ids(desk, 1), ids(desk, 2)) == ([1, 2], [3])
    return desk


def test_merging_moves_everything_and_is_remembered(two: Any, article: str) -> None:
    assert merge_stories(two.store, 1, 2, "mara", two.now) == (1, 2)
    assert (ids(two, 1), ids(two, 2)) == ([1, 2, 3], [])
    assert timeline(two, 1) == [(1, [1, 2], False), (2, [3], False)] == timeline(two, 2)
    with two.store.read() as tx:
        (done,) = handwork.actions_of(tx, 1)
    assert (done.who, done.action, done.story_id, done.other_id, done.articles) == ("mara", "merge", 1, 2, (3,))
    assert done.created == two.now
    later = MINES.replace("31 mines", "58 mines").replace("pipeline off", "harbour off")
    two.file("http://daily.example/3", "More mines near the harbour", later, "daily")
    assert story_of(two, 4) == 1
    assert send(two, "t1").thread_ref == "t1"


def test_a_story_without_a_thread_takes_that_of_the_other(desk: Any, article: str) -> None:
    desk.file("http://wire.example/1", "Harbour opens", article)
    send(desk, "t1")
    desk.file("http://wire.example/2", "Mines near the harbour", MINES.replace("pipeline off", "harbour off"))
    merge_stories(desk.store, 2, 1, "mara", desk.now)
    assert send(desk, "t1").thread_ref == "t1"


def test_what_is_being_sent_goes_first_and_makes_the_one_thread(desk: Any, article: str) -> None:
    desk.file("http://wire.example/1", "Harbour opens", article)
    desk.file("http://wire.example/2", "Mines near the harbour", MINES.replace("pipeline off", "harbour off"))
    desk.tick(seconds=31)
    desk.flush()
    root = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert root is not None and root.story_id == 1
    merge_stories(desk.store, 2, 1, "mara", desk.now)
    with desk.store.read() as tx:
        assert {one.id: one.story_id for one in deliveries.page(tx)[0]} == {1: 2, 2: 2}
    assert pipeline.claim_delivery(desk.store, "sender", desk.now) is None, "overtook the root that is under way"
    pipeline.record_sent(desk.store, root, Receipt("t1"), desk.now)
    reply = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert reply is not None and reply.thread_ref == "t1"


@pytest.mark.parametrize(("into", "other"), [(1, 2), (2, 1)])
def test_the_thread_with_the_oldest_root_is_kept(two: Any, into: int, other: int) -> None:
    merge_stories(two.store, into, other, "mara", two.now)
    later = MINES.replace("31 mines", "58 mines").replace("pipeline off", "harbour off")
    two.file("http://daily.example/3", "More mines near the harbour", later, "daily")
    assert story_of(two, 4) == into
    assert send(two, "t1").thread_ref == "t1"


def test_an_answer_that_comes_after_a_merge_does_not_take_the_thread_over(two: Any, article: str) -> None:
    """A reply to the younger thread is under way while the stories become one."""
    later = MINES.replace("31 mines", "58 mines").replace("pipeline off", "harbour off")
    two.file("http://daily.example/3", "More mines near the harbour", later, "daily")
    two.tick(seconds=31)
    two.flush()
    reply = pipeline.claim_delivery(two.store, "sender", two.now)
    assert reply is not None and reply.thread_ref == "t2"
    merge_stories(two.store, 1, 2, "mara", two.now)
    pipeline.record_sent(two.store, reply, Receipt("t2"), two.now)
    two.file("http://wire.example/5", "Still more mines", later.replace("58", "77").replace("Rasmus", "Holm"), "wire")
    assert send(two, "t1").thread_ref == "t1"


def test_splitting_takes_what_was_told_first(two: Any) -> None:
    merge_stories(two.store, 1, 2, "mara", two.now)
    assert split_story(two.store, 2, [3], "ole", two.now) == (1, 3)
    assert timeline(two, 1) == [(1, [1, 2], False)]
    assert timeline(two, 3) == [(2, [3], False)]
    assert story_of(two, 3) == 3
    with two.store.read() as tx:
        assert [(one.who, one.action) for one in handwork.actions_of(tx, 1)] == [("mara", "merge"), ("ole", "split")]


@pytest.mark.parametrize("gone", [1, 2])
def test_a_development_told_on_both_sides(two: Any, article: str, gone: int) -> None:
    """The side that did not tell it first has one of its own, nobody is told, and later copies follow their article."""
    split_story(two.store, 1, [gone], "ole", two.now)
    first, other = (3, 1) if gone == 1 else (1, 3)
    assert timeline(two, first) == [(1, [1], False)]
    assert timeline(two, other) == [(3, [2], True)]
    two.tick(seconds=31)
    assert two.flush() == 0
    two.file("http://wire.example/9", "Harbour is open", "From our desk\n\n" + article)
    assert story_of(two, 4) == story_of(two, 2)
    assert two.flush() == 0


def test_what_was_split_is_not_joined_again(two: Any, article: str) -> None:
    merge_stories(two.store, 1, 2, "mara", two.now)
    split_story(two.store, 1, [3], "ole", two.now)
    for number, text in enumerate((article, MINES.replace("pipeline off", "harbour off")), start=10):
        two.file(f"http://daily.example/{number}", "Again", f"{text}\n\nThe report was read on the radio.", "daily")
    assert (ids(two, 1), ids(two, 3)) == ([1, 2, 4], [3, 5])


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda store, now: merge_stories(store, 1, 9, "x", now), "no story s9"),
        (lambda store, now: merge_stories(store, 1, 1, "x", now), "one story already"),
        (lambda store, now: split_story(store, 1, [3], "x", now), "has no article a3"),
        (lambda store, now: split_story(store, 1, [1, 2], "x", now), "nothing would be left"),
        (lambda store, now: split_story(store, 9, [1], "x", now), "no story s9"),
    ],
)
def test_what_cannot_be_done_changes_nothing(two: Any, act: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        act(two.store, two.now)
    assert (ids(two, 1), ids(two, 2)) == ([1, 2], [3])
    with two.store.read() as tx:
        assert handwork.actions_of(tx, 1) == ()


def test_merged_twice_resolves_to_the_last(two: Any) -> None:
    two.file(
        "http://wire.example/7", "A truce", "Both sides of the truce met in Osterby on 4 May and parted after an hour."
    )
    third = story_of(two, 4)
    merge_stories(two.store, 2, 1, "mara", two.now)
    merge_stories(two.store, third, 1, "mara", two.now)
    assert ids(two, third) == [1, 2, 3, 4]
    with two.store.read() as tx:
        assert [handwork.resolved(tx, one) for one in (1, 2, third)] == [third] * 3
