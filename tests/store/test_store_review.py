"""Read models: pages of articles by every filter, one article with everything, sources, counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.model import DeliveryState, EntryState, Fetch, Level, Origin, Outcome
from monitor.store import Store, articles, entries, fetches, review, rules
from monitor.store.detail import article_detail
from monitor.store.review import ArticleFilter

HOUR = timedelta(hours=1)


@pytest.fixture
def filled(store: Store, make: Any) -> Store:
    """a1 new and fired; a2 a Ukrainian copy of another source, an hour later; a3 off-topic; a4 corpus."""
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
        made = make.fired(tx, "a")
        ukrainian = make.reading("Переговори в Одесі: 100% згоди.", title="Зустріч", language="uk")
        known = articles.latest(tx, made.article_id)
        make.article(
            tx,
            "b",
            ukrainian,
            source_id="herald",
            level=Level.COPY,
            nearest=known,
            story_id=made.story_id,
            now=make.now + HOUR,
        )
        make.article(tx, "c", on_topic=False)
        make.article(tx, "corpus:d", source_id="corpus", origin=Origin.CORPUS)
        edit = make.reading("The envoys met in the harbour.")
        articles.add_version(
            tx, made.article_id, edit, make.judgement(Level.EDIT, known), make.now, development_id=made.development_id
        )
        make.owed(tx, made)
    return store


def test_each_filter_leaves_the_right_articles(filled: Store, make: Any) -> None:
    cases = [
        (ArticleFilter(), [4, 2, 1]),
        (ArticleFilter(on_topic=None), [4, 3, 2, 1]),
        (ArticleFilter(on_topic=False), [3]),
        (ArticleFilter(origin=Origin.CORPUS), [4]),
        (ArticleFilter(origin=Origin.FETCHED), [2, 1]),
        (ArticleFilter(source="herald"), [2]),
        (ArticleFilter(language="uk"), [2]),
        (ArticleFilter(level=Level.COPY), [2]),
        (ArticleFilter(level=Level.EDIT), [1]),
        (ArticleFilter(level=Level.NEW), [4, 1]),
        (ArticleFilter(story=1), [2, 1]),
        (ArticleFilter(rule="port"), [1]),
        (ArticleFilter(rule="none"), []),
        (ArticleFilter(since=make.now + HOUR), [2]),
        (ArticleFilter(until=make.now + HOUR), [4, 1]),
        (ArticleFilter(text="HARBOUR"), [1]),
        (ArticleFilter(text="ПЕРЕГОВОРИ"), [2]),
        (ArticleFilter(text="зустріч"), [2]),
        (ArticleFilter(text="100%"), [2]),
        (ArticleFilter(text="1%0"), []),
        (ArticleFilter(text="the port. they"), [4]),
        (ArticleFilter(source="courier", level=Level.NEW, language="en", story=1, text=""), [1]),
    ]
    with filled.read() as tx:
        for chosen, wanted in cases:
            found = [one.id for one in review.article_page(tx, chosen).rows]
            assert found == wanted, chosen
            assert review.article_count(tx, chosen) == len(wanted), chosen


def test_pages_follow_each_other(filled: Store) -> None:
    with filled.read() as tx:
        first = review.article_page(tx, ArticleFilter(), limit=2)
        second = review.article_page(tx, ArticleFilter(), limit=2, after=first.next)
        exact = review.article_page(tx, ArticleFilter(), limit=3)
    assert [one.id for one in first.rows] == [4, 2]
    assert first.next == 2
    assert ([one.id for one in second.rows], second.next) == ([1], None)
    assert exact.next is None


def test_texts_are_those_of_the_newest_versions(filled: Store) -> None:
    with filled.read() as tx:
        page = review.article_texts(tx, ArticleFilter(story=1), limit=5)
    assert [(one.id, document.text) for one, document in page.rows] == [
        (2, "Переговори в Одесі: 100% згоди."),
        (1, "The envoys met in the harbour."),
    ]
    assert page.next is None


def test_one_article_with_everything(filled: Store, make: Any) -> None:
    with filled.read() as tx:
        detail = article_detail(tx, 1)
        copy = article_detail(tx, 2)
        stray = article_detail(tx, 3)
        assert article_detail(tx, 99) is None
    assert detail is not None
    assert (detail.article.rules, detail.article.alerted, detail.story_title) == (("port",), False, "The talks")
    first, second = detail.versions
    assert detail.matches == {first.id: (make.match(),), second.id: ()}
    assert second.judgement.nearest is not None
    assert second.judgement.nearest.version_id == first.id
    assert [one.state for one in detail.deliveries] == [DeliveryState.PENDING]
    assert detail.development is not None
    assert detail.development.title == "Turn a"
    assert [one.id for one in detail.others] == [2]
    assert copy is not None
    assert [one.id for one in copy.others] == [1]
    assert (copy.development, copy.deliveries) == (None, ())
    assert stray is not None
    assert (stray.story_title, stray.others, stray.development) == ("", (), None)


def test_sources_show_their_health(filled: Store, make: Any) -> None:
    good = Fetch("https://courier.example/feed", Outcome.OK, make.now, status=200)
    bad = Fetch("https://courier.example/feed", Outcome.DNS, make.now, error="no such host")
    page = Fetch("https://courier.example/a", Outcome.OK, make.now)
    with filled.write() as tx:
        fetches.add(tx, good, "courier", make.now, kind="check")
        fetches.add(tx, bad, "courier", make.now, kind="check")
        fetches.add(tx, page, "courier", make.now, kind="page")
        entries.add(tx, "courier", [make.listed("x"), make.listed("y", state=EntryState.FILTERED)], make.now)
        courier, herald = review.source_rows(tx)
    assert courier.last is not None
    assert (courier.last.outcome, courier.last.error) == (Outcome.DNS, "no such host")
    assert courier.entries == {EntryState.WAITING: 1, EntryState.FILTERED: 1}
    assert (courier.articles, courier.newest, courier.enabled) == (2, make.now, True)
    assert (herald.last, herald.entries, herald.articles) == (None, {}, 1)
    assert herald.state.source_id == "herald"


def test_counts(filled: Store) -> None:
    with filled.read() as tx:
        counts = review.counts(tx)
    assert (counts.articles, counts.off_topic, counts.corpus, counts.versions) == (2, 1, 1, 5)
    assert (counts.stories, counts.developments, counts.sources) == (1, 1, 2)
    assert counts.entries == {}
    assert counts.deliveries == {DeliveryState.PENDING: 1}


def test_a_rule_is_listed_once_over_all_versions(filled: Store, make: Any) -> None:
    with filled.write() as tx:
        rules.add_matches(tx, articles.latest(tx, 1).version_id, [make.match(), make.match("later")], make.now)
        found = articles.by_id(tx, 1)
    assert found is not None
    assert found.rules == ("later", "port")
