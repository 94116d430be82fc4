"""Articles, versions and the search for what is known; stories, rules and alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.model import Cue, Hit, Level, Match, Origin, Severity
from monitor.query import compile_query, freeze_rule, thaw_rule
from monitor.store import Store, alerts, articles, rules, stories, tables
from monitor.store.articles import MOST_POSTINGS
from monitor.store.detail import article_detail


def test_an_article_comes_back_whole(store: Store, make: Any) -> None:
    reading = make.reading()
    with store.write() as tx:
        article_id, version_id = make.article(tx, "courier.example/a", reading)
        found = articles.by_key(tx, "courier.example/a")
        assert found == articles.by_id(tx, article_id)
        known = articles.latest(tx, article_id)
        assert articles.by_key(tx, "courier.example/b") is None
        assert articles.by_id(tx, article_id + 1) is None
        detail = article_detail(tx, article_id)
    assert found is not None
    assert (found.title, found.level, found.versions, found.rules) == ("Envoys meet", Level.NEW, 1, ())
    assert (known.version_id, known.sketch, known.text) == (version_id, reading.sketch, reading.document.text)
    assert (known.origin, known.source_id, known.story_id) == (Origin.FETCHED, "courier", None)
    assert detail is not None
    assert detail.versions[0].document == reading.document
    assert detail.versions[0].judgement == make.judgement()


def test_a_url_key_is_recorded_once(store: Store, make: Any) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        make.article(tx, "a")
        make.article(tx, "a")
    with store.read() as tx:
        assert articles.by_key(tx, "a") is None, "the whole transaction is gone"


def test_sentence_words_survive_where_offsets_do_not_point_at_them(store: Store, make: Any) -> None:
    judgement = make.judgement()
    moved = replace(judgement, sentences=(replace(judgement.sentences[0], start=3, end=9, text="Elsewhere"),))
    with store.write() as tx:
        article_id, _ = make.article(tx)
        articles.add_version(tx, article_id, make.reading(), moved, make.now, development_id=None)
        detail = article_detail(tx, article_id)
    assert detail is not None
    assert detail.versions[1].judgement.sentences == moved.sentences


def test_an_edit_is_a_version_and_leaves_the_articles_level(store: Store, make: Any) -> None:
    reading = make.reading("Other words.", title="Envoys met", text_hash=5)
    with store.write() as tx:
        article_id, first = make.article(tx)
        known = articles.latest(tx, article_id)
        second = articles.add_version(
            tx, article_id, reading, make.judgement(Level.EDIT, known), make.now, development_id=None
        )
        found = articles.by_id(tx, article_id)
        assert articles.latest(tx, article_id).version_id == second != first
        detail = article_detail(tx, article_id)
    assert found is not None
    assert (found.title, found.level, found.versions, found.on_topic) == ("Envoys met", Level.NEW, 2, True)
    assert detail is not None
    assert [one.number for one in detail.versions] == [1, 2]
    assert detail.versions[1].judgement.nearest == known


def test_a_completed_article_takes_the_level_and_topic_of_its_full_text(store: Store, make: Any) -> None:
    with store.write() as tx:
        article_id, _ = make.article(tx, reading=make.reading(partial=True), on_topic=False)
        judgement = make.judgement(Level.COPY)
        articles.add_version(tx, article_id, make.reading(), judgement, make.now, development_id=None, on_topic=True)
        found = articles.by_id(tx, article_id)
    assert found is not None
    assert (found.level, found.partial, found.on_topic) == (Level.COPY, False, True)


def test_the_same_text_is_found_by_its_hash(store: Store, make: Any) -> None:
    with store.write() as tx:
        _, first = make.article(tx, "a", make.reading(text_hash=2**63 - 1))
        make.article(tx, "b", make.reading(text_hash=2**63 - 1))
        same = articles.same_text(tx, 2**63 - 1)
        assert articles.same_text(tx, 1) is None
    assert same is not None
    assert same.version_id == first


def test_candidates_come_best_first_one_per_article(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.article(tx, "none", make.reading(sampled=(7, 8)))
        make.article(tx, "one", make.reading(sampled=(1,)))
        article_id, _ = make.article(tx, "two", make.reading(sampled=(1, 2)))
        articles.add_version(
            tx, article_id, make.reading(sampled=(1, 2, 3)), make.judgement(), make.now, development_id=None
        )
        make.article(tx, "also-one", make.reading(sampled=(1, 9)))
        found = articles.candidates(tx, (1, 2, 3, 4))
        assert [one.article_id for one in found] == [3, 2, 4]
        assert found[0].sketch is not None
        assert found[0].sketch.sampled == (1, 2, 3), "the article's nearest version"
        assert len(articles.candidates(tx, (1, 2, 3, 4), limit=1)) == 1
        assert articles.candidates(tx, ()) == ()
        assert articles.candidates(tx, (55,)) == ()


def test_a_shingle_that_stands_everywhere_finds_nothing(store: Store, make: Any) -> None:
    with store.write() as tx:
        _, first = make.article(tx, "a", make.reading(sampled=(1, 2)))
        row = dict(tx.execute(select(tables.version)).one()._mapping)
        more = [row | {"id": first + number, "number": 1 + number} for number in range(1, MOST_POSTINGS + 1)]
        tx.execute(insert(tables.version), more)
        postings = [{"hash": 1, "version_id": one["id"]} for one in more]
        tx.execute(insert(tables.posting), postings[:-1])
        assert len(articles.candidates(tx, (1,))) == 1
        tx.execute(insert(tables.posting), postings[-1:])
        assert articles.candidates(tx, (1,)) == ()
        assert [one.version_id for one in articles.candidates(tx, (1, 2))] == [first]


def test_the_corpus_is_what_was_known_before(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.article(tx, "a")
        article_id, _ = make.article(tx, "corpus:1", source_id="corpus", origin=Origin.CORPUS)
        edited = make.reading("Newer words.")
        newest = articles.add_version(tx, article_id, edited, make.judgement(), make.now, development_id=None)
        known = articles.corpus(tx)
    assert [(one.version_id, one.origin) for one in known] == [(newest, Origin.CORPUS)]


def test_development_keys_are_labels(store: Store, make: Any) -> None:
    with store.write() as tx:
        story_id = stories.add(tx, "The talks", make.now)
        other = stories.add(tx, "Another", make.now)
        keys = []
        for story, key in ((story_id, "k"), (story_id, "k"), (story_id, ""), (story_id, ""), (other, "k")):
            turn = stories.add_development(tx, story, key, "Turn", make.now, version_id=None, known=True)
            keys.append(stories.development(tx, turn).key)
        assert stories.development(tx, turn).known
    assert keys == ["k", "k#2", "#3", "#4", "k"]


def test_matches_and_revisions_are_kept_once(store: Store, make: Any) -> None:
    rule = replace(make.rule(), limit=(10, timedelta(hours=1)))
    with store.write() as tx:
        article_id, version_id = make.article(tx)
        rules.save_revision(tx, rule, "abc", {"ports": "Odesa OR Kherson"}, make.now)
        rules.save_revision(tx, rule, "abc", {}, make.now)
        rules.add_matches(tx, version_id, [make.match("b"), make.match("a")], make.now)
        rules.add_matches(tx, version_id, [make.match("a")], make.now)
        rules.add_matches(tx, version_id, [], make.now)
        assert rules.matches_of(tx, [version_id, 99]) == {version_id: (make.match("a"), make.match("b")), 99: ()}
        found = articles.by_id(tx, article_id)
    assert found is not None
    assert found.rules == ("a", "b")


def test_a_revision_can_be_read_back_as_it_matched(store: Store, make: Any) -> None:
    compiled = compile_query("@ports NEAR/3 перемир'я", {"ports": "Odesa OR Kherson"})
    with store.write() as tx:
        frozen = freeze_rule(compiled)
        rules.save_revision(tx, make.rule(), compiled.revision, {}, make.now, frozen=frozen)
        rules.save_revision(tx, make.rule("old"), "abc", {}, make.now)
        (kept,) = rules.revisions(tx, "port")
        (bare,) = rules.revisions(tx, "old")
        assert rules.revisions(tx, "other") == ()
    assert (kept.revision, kept.query, kept.frozen) == (compiled.revision, "port", frozen)
    assert bare.frozen is None
    assert thaw_rule(compiled.query, frozen) == compiled


def test_all_evidence_of_a_hit_is_kept(store: Store, make: Any) -> None:
    cue = Cue(0, 6, "denied")
    hits = (
        Hit("body", 22, 26, "port", "port"),
        Hit("title", 0, 4, "Sea’s", "sea", ("waters", "seas"), "sea", "title", cue),
    )
    with store.write() as tx:
        _, version_id = make.article(tx)
        rules.add_matches(tx, version_id, [Match("a", "abc", hits)], make.now)
        assert rules.matches_of(tx, [version_id])[version_id] == (Match("a", "abc", hits),)


def test_hits_of_an_older_archive_have_no_more_than_their_place(store: Store, make: Any) -> None:
    with store.write() as tx:
        _, version_id = make.article(tx)
        rules.add_matches(tx, version_id, [make.match("a")], make.now)
        tx.execute(update(tables.match).values(hits=[["body", 22, 26, "port", "port"]]))
        assert rules.matches_of(tx, [version_id])[version_id] == (make.match("a"),)


def test_a_rule_fires_once_for_a_development(store: Store, make: Any) -> None:
    with store.write() as tx:
        made = make.fired(tx)
        assert not alerts.fire(tx, made.development_id, make.rule(), made.version_id, make.now)
        assert alerts.fire(tx, made.development_id, make.rule("other"), made.version_id, make.now)


def test_an_alert_says_all_that_composing_needs(store: Store, make: Any) -> None:
    with store.write() as tx:
        before = make.fired(tx, "before")
        known = articles.latest(tx, before.article_id)
        turn = stories.add_development(tx, before.story_id, "k", "The turn", make.now, version_id=None, known=False)
        ids = []
        for key, level in (("copy", Level.COPY), ("first", Level.NEW)):
            _, version_id = articles.add(
                tx,
                make.reading("A lead.\n\nThe envoys met in the port.", title=key),
                key,
                key,
                make.judgement(level, known),
                make.now,
                story_id=before.story_id,
                development_id=turn,
                on_topic=True,
            )
            ids.append(version_id)
        stories.set_origin(tx, turn, ids[1])
        rules.add_matches(tx, ids[0], [make.match()], make.now)
        alerts.fire(tx, turn, make.rule(), ids[0], make.now)
        alerts.fire(tx, turn, replace(make.rule("loud"), severity=Severity.CRITICAL), ids[1], make.now)
        alert = alerts.alert(tx, turn)
    assert (alert.story_title, alert.title, alert.severity) == ("The talks", "The turn", Severity.CRITICAL)
    assert [(one.source_id, one.level, one.lead) for one in alert.reports] == [
        ("first", Level.NEW, "A lead."),
        ("copy", Level.COPY, "A lead."),
    ]
    assert {(one.rule_id, one.title, one.hits) for one in alert.firings} == {
        ("port", "copy", make.match().hits),
        ("loud", "first", ()),
    }
    assert (alert.against, alert.follows) == ("Envoys meet", 1)
    assert alert.sentences == ("They left at noon.",)
    assert alert.facts == make.judgement().facts


def test_texts_that_no_database_holds_are_mended(store: Store, make: Any) -> None:
    reading = make.reading("A\0B \ud800 done.", title="N\0UL")
    with store.write() as tx:
        article_id, version_id = make.article(tx, reading=reading)
        hit = replace(make.match().hits[0], text="\0port\udfff")
        rules.add_matches(tx, version_id, [replace(make.match(), hits=(hit,))], make.now)
        known = articles.latest(tx, article_id)
        assert rules.matches_of(tx, [version_id])[version_id][0].hits[0].text == "port?"
    assert (known.title, known.text) == ("NUL", "AB ? done.")
