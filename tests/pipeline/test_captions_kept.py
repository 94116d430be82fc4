"""Captions on their way through the pipeline: rules see them, novelty does not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from monitor import pipeline
from monitor.inquiry.search import search
from monitor.model import Document, Level
from monitor.pipeline.ingest import Ingested
from monitor.store import articles
from monitor.store.detail import article_detail
from monitor.store.tables import version_words

ONE = "\n\nThe harbour master, Ines Calder, signs 12 papers at the truce table on 9 May."
OTHER = "\n\nTugs wait on 14 June.\n\nPhoto of the 3 envoys in Dunmarrow."


def file(desk: Any, url: str, text: str, captions: str, source: str = "wire") -> Ingested:
    waiting = desk.claim(url, source)
    document = Document(
        url=url, title="Grain", text=text + captions, language="en", method="test", captions=len(captions)
    )
    return pipeline.ingest(desk.store, desk.watch, waiting, pipeline.read_document(document), "test-owner", desk.now)


def test_rules_see_captions_and_their_evidence_says_so(desk: Any, article: str) -> None:
    done = file(desk, "http://wire.example/a", article, ONE)
    assert done.rules == ("harbour", "truce")
    with desk.store.read() as tx:
        detail = article_detail(tx, done.article_id)
    assert detail is not None
    kept = detail.versions[-1]
    assert kept.document.captions == len(ONE) and kept.document.prose == article
    zones = {hit.zone for match in detail.matches[kept.id] for hit in match.hits if match.rule_id == "truce"}
    assert zones == {"caption"}
    assert not [one for one in kept.judgement.sentences if one.end > len(article)]
    assert not [one for one in kept.judgement.facts if one.end > len(article)]


def test_search_names_the_zone_from_frozen_words_and_from_the_text(desk: Any, article: str) -> None:
    done = file(desk, "http://wire.example/a", article, ONE)
    for _ in range(2):
        found = search(desk.store, {}, 'truce NEAR/1 table OR ="Calder"')
        assert {hit.zone for hit in found.hits[done.article_id]} == {"caption"}
        with desk.store.write() as tx:
            tx.execute(update(version_words).values(words=b"\x00" + b"old"))


def test_other_captions_alone_are_no_edit(desk: Any, article: str) -> None:
    first = file(desk, "http://wire.example/a", article, ONE)
    again = file(desk, "http://wire.example/a", article, OTHER)
    assert (again.article_id, again.recorded) == (first.article_id, False)


def test_an_edit_beside_other_captions_tells_nothing_of_them(desk: Any, article: str) -> None:
    file(desk, "http://wire.example/a", article, ONE)
    desk.tick(minutes=5)
    edited = file(desk, "http://wire.example/a", article.replace("watched from", "stood on"), OTHER)
    assert edited.level is Level.EDIT
    with desk.store.read() as tx:
        detail = article_detail(tx, edited.article_id)
        assert detail is not None
        old, new = (one.document for one in detail.versions)
        from monitor.store.edits import between

        edit = between(tx, old, new)
    assert [one.kinds for one in edit.alterations] == [("wording",)]
    assert not edit.material


def test_the_same_text_with_other_captions_is_the_same(desk: Any, article: str) -> None:
    file(desk, "http://wire.example/a", article, ONE)
    again = file(desk, "http://daily.example/b", article, OTHER, "daily")
    assert again.level is Level.SAME
    bare = file(desk, "http://daily.example/c", article, "", "daily")
    assert bare.level is Level.SAME
    with desk.store.read() as tx:
        known = articles.latest(tx, again.article_id)
    assert known.text == article
