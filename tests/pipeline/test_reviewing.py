"""Reviews on both databases: what is said, undone, marked as seen, and what brings back what was dismissed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.inquiry.reviews import standing
from monitor.model.reviews import Status, Subject
from monitor.pipeline import reviewing
from monitor.pipeline.handwork import merge_stories
from monitor.pipeline.reviewing import bursts
from monitor.store import review as read_models
from monitor.store import reviews
from monitor.store.review import ArticleFilter

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STORY, ARTICLE = (Subject.STORY, 1), (Subject.ARTICLE, 1)
OTHER = (
    "A freighter from Skell ran aground on the bar before the harbour of Brask in thick fog on Wednesday evening.",
    "Its crew of 17 was taken off by the pilot boat, said harbour master Jon Aske, and nobody was hurt.",
    "Two tugs will try to pull it free at the next spring tide, which comes on 4 April.",
)


@pytest.fixture
def told(desk: Any, article: str) -> Any:
    """A desk with a1 in story s1."""
    desk.file("http://wire.example/1", "Harbour of Varn opens", article)
    return desk


def say(desk: Any, status: Status, *targets: Any, who: str = "Ann", note: str = "") -> Any:
    return reviewing.review(desk.store, targets or (STORY,), status, who, desk.now, note)


def stands(desk: Any, target: Any = STORY) -> str:
    with desk.store.read() as tx:
        return str(standing(tx, *target)["status"])


def log(desk: Any, target: Any = STORY) -> list[tuple[str, str, str]]:
    with desk.store.read() as tx:
        return [(one["who"], one["did"], one["note"]) for one in standing(tx, *target)["log"]]


def test_what_is_said_stands_until_something_else_is_said(told: Any) -> None:
    assert stands(told) == "new"
    say(told, Status.KEPT, STORY, ARTICLE, note=" for Monday ")
    say(told, Status.UNSURE, who="Bea")
    assert (stands(told), stands(told, ARTICLE)) == ("unsure", "kept")
    assert log(told) == [("Ann", "kept", "for Monday"), ("Bea", "unsure", "")]
    with told.store.read() as tx:
        assert reviews.counts(tx, Subject.STORY) == {Status.UNSURE: 1}
        found = reviews.of(tx, Subject.ARTICLE, [1, 2])
        assert list(found) == [1] and (found[1].who, found[1].note) == ("Ann", "for Monday")


def test_undoing_brings_back_what_stood_before(told: Any) -> None:
    first = say(told, Status.KEPT, STORY, ARTICLE)
    second = say(told, Status.DISMISSED)
    assert reviewing.undo(told.store, second.batch, "Bea", told.now).stands == ((*STORY, Status.KEPT),)
    with pytest.raises(UsageError, match="nothing to undo"):
        reviewing.undo(told.store, second.batch, "Bea", told.now)
    assert reviewing.undo_last(told.store, "Ann", told.now).stands == ((*STORY, Status.NEW), (*ARTICLE, Status.NEW))
    assert (stands(told), stands(told, ARTICLE)) == ("new", "new")
    with pytest.raises(UsageError, match="nothing to undo"):
        reviewing.undo(told.store, first.batch, "Ann", told.now)
    assert log(told) == [("Ann", "kept", ""), ("Ann", "dismissed", ""), ("Bea", "took it back", ""),
                         ("Ann", "took it back", "")]  # fmt: skip


def test_an_earlier_one_undone_does_not_touch_what_was_said_since(told: Any) -> None:
    first = say(told, Status.KEPT)
    say(told, Status.DISMISSED)
    reviewing.undo(told.store, first.batch, "Ann", told.now)
    assert stands(told) == "dismissed"


def test_undo_of_one_leaves_the_others_of_its_batch(told: Any) -> None:
    done = say(told, Status.KEPT, STORY, ARTICLE)
    reviewing.undo_last(told.store, "Bea", told.now, ARTICLE)
    assert (stands(told), stands(told, ARTICLE)) == ("kept", "new")
    reviewing.undo(told.store, done.batch, "Bea", told.now)
    assert stands(told) == "new"


def test_after_a_day_nothing_is_undone(told: Any) -> None:
    done = say(told, Status.KEPT)
    told.tick(hours=24)
    assert reviewing.undo(told.store, done.batch, "Ann", told.now).stands
    done = say(told, Status.KEPT)
    told.tick(hours=24, seconds=1)
    with pytest.raises(UsageError, match="more than a day"):
        reviewing.undo(told.store, done.batch, "Ann", told.now)
    with pytest.raises(UsageError, match="nothing to undo"):
        reviewing.undo_last(told.store, "Ann", told.now)
    assert stands(told) == "kept"


def test_a_page_marked_as_seen_is_what_was_posted_and_nothing_else(told: Any, article: str) -> None:
    told.file("http://daily.example/2", "Harbour talk", "Nobody knows when the harbour of Tarn opens, 3 men said.")
    say(told, Status.KEPT, ARTICLE)
    told.file("http://daily.example/3", "Harbour again", "The harbour of Brask was full of ice on 2 May, a man said.")
    marked = reviewing.mark_seen(told.store, [ARTICLE, (Subject.ARTICLE, 2), (Subject.ARTICLE, 99)], "Ann", told.now)
    assert marked.stands == ((Subject.ARTICLE, 2, Status.SEEN),)
    assert [stands(told, (Subject.ARTICLE, number)) for number in (1, 2, 3)] == ["kept", "seen", "new"]
    again = reviewing.mark_seen(told.store, [(Subject.ARTICLE, 2)], "Bea", told.now)
    assert (again.stands, again.batch) == ((), None)
    reviewing.undo(told.store, marked.batch, "Ann", told.now)
    assert stands(told, (Subject.ARTICLE, 2)) == "new"


def test_lists_can_be_narrowed_to_a_status(told: Any) -> None:
    told.file("http://daily.example/2", "Harbour talk", "Nobody knows when the harbour of Tarn opens, 3 men said.")
    say(told, Status.KEPT, ARTICLE)
    with told.store.read() as tx:
        for status, wanted in ((Status.KEPT, [1]), (Status.NEW, [2]), (Status.DISMISSED, [])):
            rows = read_models.article_page(tx, ArticleFilter(status=status)).rows
            assert [row.id for row in rows] == wanted, status


@pytest.mark.parametrize(
    ("targets", "status", "note", "words"),
    [
        ([(Subject.STORY, 99)], Status.KEPT, "", "there is no story s99"),
        ([STORY, (Subject.ARTICLE, 7)], Status.KEPT, "", "there is no article a7"),
        ([STORY], Status.CHANGED, "", "say kept, dismissed, unsure"),
        ([STORY], Status.NEW, "", "say kept"),
        ([STORY], Status.KEPT, "x" * 2001, "at most 2000"),
    ],
)
def test_what_cannot_be_said_changes_nothing(told: Any, targets: Any, status: Status, note: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        reviewing.review(told.store, targets, status, "Ann", told.now, note)
    assert (stands(told), log(told)) == ("new", [])


def test_a_story_that_was_merged_is_the_one_that_it_is_in(told: Any) -> None:
    told.file("http://daily.example/2", "Freighter aground at harbour", "\n\n".join(OTHER))
    merge_stories(told.store, 1, 2, "Ann", told.now)
    assert say(told, Status.KEPT, (Subject.STORY, 2), STORY).stands == ((*STORY, Status.KEPT),)
    assert stands(told, (Subject.STORY, 2)) == "kept"


def test_a_dismissed_story_comes_back_with_a_new_development(told: Any, article: str) -> None:
    say(told, Status.DISMISSED)
    told.tick(hours=1)
    copy = told.file("http://daily.example/2", "Harbour of Varn opens", article)
    assert not copy.made_development and stands(told) == "dismissed"
    told.tick(hours=1)
    news = "On Thursday 31 mines were found off the harbour of Varn, and the accord was broken off, said Olav Brandt."
    turn = told.file("http://daily.example/3", "Mines off the harbour of Varn", article + "\n\n" + news)
    assert turn.made_development and stands(told) == "changed"
    assert log(told)[-1] == ("", "changed", f"new development d{turn.development_id}")
    say(told, Status.DISMISSED)
    assert stands(told) == "dismissed"


def test_what_was_kept_does_not_change(told: Any, article: str) -> None:
    say(told, Status.KEPT)
    told.file("http://daily.example/3", "Mines off the harbour", article + "\n\nOn Thursday 31 mines were found there.")
    assert stands(told) == "kept" and len(log(told)) == 1


def test_a_material_edit_brings_back_the_article_and_its_story(told: Any, article: str) -> None:
    say(told, Status.DISMISSED, STORY, ARTICLE)
    told.tick(hours=1)
    told.file("http://wire.example/1", "Harbour of Varn opens", article.replace("watched from", "looked on from"))
    told.tick(hours=1)
    assert (stands(told), stands(told, ARTICLE)) == ("dismissed", "dismissed")
    told.file("http://wire.example/1", "Harbour of Varn opens", article.replace("40 days", "14 days"))
    assert (stands(told), stands(told, ARTICLE)) == ("changed", "changed")
    assert log(told, ARTICLE)[-1] == ("", "changed", "the article was edited")


def test_a_burst_brings_a_story_back(told: Any, article: str) -> None:
    say(told, Status.DISMISSED)
    told.tick(hours=5)
    for number in range(2, 5):
        told.file(f"http://daily.example/{number}", "Harbour of Varn opens", article)
        told.tick(minutes=2)
    assert stands(told) == "dismissed"
    told.file("http://daily.example/9", "Harbour of Varn opens", article)
    assert stands(told) == "changed" and "times the articles" in log(told)[-1][2]


def test_undoing_a_dismissal_that_came_back_leaves_no_trace_of_it(told: Any, article: str) -> None:
    say(told, Status.KEPT)
    done = say(told, Status.DISMISSED)
    told.file("http://wire.example/1", "Harbour of Varn opens", article.replace("40 days", "14 days"))
    assert stands(told) == "changed"
    assert reviewing.undo(told.store, done.batch, "Ann", told.now).stands == ((*STORY, Status.KEPT),)
    assert stands(told) == "kept"


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [
        ([], False),
        ([1, 2, 3], False),
        ([1, 2, 3, 4], True),
        # Two an hour before: seven now are more than three times as many, six are not.
        ([*range(61, 1440, 30), 1, 2, 3, 4, 5, 6], False),
        ([*range(61, 1440, 30), 1, 2, 3, 4, 5, 6, 7], True),
        # An hour ago it began with a burst: that is what is to be expected now.
        ([*range(61, 71), *range(1, 11)], False),
        # What lies before the day counts no more.
        ([*range(1600, 1700), 1, 2, 3, 4], True),
    ],
)
def test_bursts(minutes: list[int], wanted: bool) -> None:
    moments = sorted(NOW - timedelta(minutes=ago) for ago in minutes)
    assert bursts(moments, NOW) is wanted


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2000)), st.integers(1, 58))
def test_one_more_article_never_ends_a_burst(minutes: list[int], ago: int) -> None:
    moments = sorted(NOW - timedelta(minutes=one) for one in minutes)
    more = sorted([*moments, NOW - timedelta(minutes=ago)])
    assert bursts(more, NOW) or not bursts(moments, NOW)
