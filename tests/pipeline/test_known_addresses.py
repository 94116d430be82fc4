"""An address that the archive knows already: an article that grew on the topic, and pages that share one name."""

from __future__ import annotations

from typing import Any

from monitor import pipeline
from monitor.model import DeliveryKind, DeliveryState, Document, Level
from monitor.store import Store, articles, deliveries

CUP = "The home side won 3-1 in front of 9,000 people, and the keeper was carried round the ground by his team. " * 3


def owed(store: Store) -> list[DeliveryState]:
    with store.read() as tx:
        rows, _next = deliveries.page(tx, limit=100)
    return [row.state for row in rows if row.kind is DeliveryKind.DEVELOPMENT]


def test_an_article_that_comes_on_topic_gets_its_story_and_its_alert(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/live", "Live page", CUP)
    assert not first.on_topic and owed(desk.store) == []
    desk.tick(minutes=20)
    later = desk.file("http://wire.example/live", "Harbour opens", article)
    assert later.article_id == first.article_id and later.on_topic
    assert later.made_development
    assert owed(desk.store) == [DeliveryState.PENDING]
    with desk.store.read() as tx:
        row = articles.by_id(tx, first.article_id)
    assert row is not None and row.on_topic and row.story_id is not None and row.versions == 2
    desk.tick(minutes=20)
    copy = desk.file("http://daily.example/b", "Harbour of Varn", "By our desk\n\n" + article, "daily")
    assert copy.level is Level.COPY
    assert len(owed(desk.store)) == 1


def test_a_partial_article_is_told_when_its_text_comes(desk: Any, article: str) -> None:
    url = "http://wire.example/a"
    waiting = desk.claim(url)
    listed = pipeline.read_document(Document(url=url, title="Grain", text="Grain news", partial=True, method="feed"))
    pipeline.ingest(desk.store, desk.watch, waiting, listed, "test-owner", desk.now, note="timeout")
    assert owed(desk.store) == []
    desk.tick(minutes=20)
    full = desk.file(url, "Grain", article)
    assert full.level is Level.NEW and full.made_development
    assert owed(desk.store) == [DeliveryState.PENDING]


def named(desk: Any, url: str, title: str, text: str, canonical: str) -> Any:
    waiting = desk.claim(url, title=title)
    document = Document(url=url, title=title, text=text, language="en", canonical=canonical, method="test")
    return pipeline.ingest(desk.store, desk.watch, waiting, pipeline.read_document(document), "test-owner", desk.now)


def test_pages_that_all_name_one_address_stay_articles_of_their_own(desk: Any, article: str) -> None:
    news = "http://wire.example/news"
    truce = "A truce was signed at dawn by envoys of the two valleys, ending 11 weeks of shelling along the river. " * 3
    first = named(desk, "http://wire.example/news/1", "Harbour opens", article, news)
    second = named(desk, "http://wire.example/news/2", "Truce signed", truce, news)
    assert second.article_id != first.article_id
    assert second.level is Level.NEW and second.made_development
    assert len(owed(desk.store)) == 2


def test_two_addresses_of_one_article_stay_one(desk: Any, article: str) -> None:
    page = "http://wire.example/harbour-opens-today"
    first = named(desk, page, "Harbour opens", article, page)
    again = named(desk, "http://wire.example/m/771", "Harbour opens", article.replace("40 days", "45 days"), page)
    assert again.article_id == first.article_id and again.level is Level.EDIT
    assert len(owed(desk.store)) == 1


def test_the_text_of_a_partial_article_may_name_another_address(desk: Any, article: str) -> None:
    url, page = "http://wire.example/r/771", "http://wire.example/harbour-opens-today"
    waiting = desk.claim(url)
    listed = Document(url=url, title="Harbour opens", text="Harbour opens", partial=True, method="feed")
    partial = pipeline.ingest(
        desk.store, desk.watch, waiting, pipeline.read_document(listed), "test-owner", desk.now, note="timeout"
    )
    desk.tick(minutes=20)
    full = named(desk, url, "Harbour opens at last", article, page)
    assert full.article_id == partial.article_id
    assert len(owed(desk.store)) == 1
