"""What becomes of one reading: level, story, development, and who is owed what."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import LeaseLost
from monitor.model import DeliveryState, Document, Level, Origin
from monitor.store import Store, articles, deliveries, handwork

EXTRA = (
    "Port captain Ivo Kestrel said 18 tugs and 3 icebreakers would work through the night from 4 April.",
    "In Dunmarrow the opposition called for a vote, and 75 deputies signed the motion within the hour.",
)


def owed(store: Store, state: DeliveryState | None = None) -> list[Any]:
    with store.read() as tx:
        rows, _next = deliveries.page(tx, state=state, limit=1000)
    return list(rows)


def test_two_copies_give_one_alert(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/a", "Harbour opens", article)
    second = desk.file("http://daily.example/b", "Harbour of Varn opens", "By our desk\n\n" + article, "daily")
    assert (first.level, second.level) == (Level.NEW, Level.COPY)
    assert second.development_id == first.development_id
    assert len(owed(desk.store)) == 1


def test_the_same_text_elsewhere_is_the_same(desk: Any, article: str) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article)
    again = desk.file("http://daily.example/b", "Other headline", article, "daily")
    assert again.level is Level.SAME
    assert len(owed(desk.store)) == 1


def test_the_same_address_with_the_same_text_is_only_seen_again(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/a", "Harbour opens", article)
    desk.tick(minutes=5)
    again = desk.file("http://wire.example/a?utm_source=x", "Harbour opens", article)
    assert not again.recorded
    assert again.article_id == first.article_id


def test_an_extended_copy_with_new_facts_is_a_turn_of_the_same_story(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/a", "Harbour opens", article)
    longer = desk.file("http://daily.example/b", "Harbour: tugs called", "\n\n".join((article, *EXTRA)), "daily")
    assert longer.level is Level.EXTENDED
    assert longer.made_development
    with desk.store.read() as tx:
        one, two = articles.by_id(tx, first.article_id), articles.by_id(tx, longer.article_id)
    assert one is not None and two is not None
    assert one.story_id == two.story_id
    assert len(owed(desk.store)) == 2


def test_an_edit_is_a_version_and_no_alert(desk: Any, article: str) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article)
    desk.tick(minutes=5)
    edited = desk.file("http://wire.example/a", "Harbour opens", article.replace("watched from", "stood on"))
    assert edited.level is Level.EDIT
    with desk.store.read() as tx:
        row = articles.by_id(tx, edited.article_id)
    assert row is not None and row.versions == 2
    assert len(owed(desk.store)) == 1


def test_a_rule_that_matches_later_is_owed_at_its_first_version(desk: Any, article: str) -> None:
    without = article.replace("harbour", "port").replace("Harbour", "Port") + "\n\nThe pipeline is not part of it."
    desk.file("http://wire.example/a", "Grain accord", without)
    assert owed(desk.store) == []
    copy = desk.file("http://daily.example/b", "Harbour accord", without, "daily")
    assert not copy.made_development
    assert len(owed(desk.store)) == 1


def test_off_topic_is_archived_in_no_story(desk: Any) -> None:
    result = desk.file("http://wire.example/a", "Cup final", "The home side won 3-1 in front of 9,000 people. " * 6)
    assert not result.on_topic
    with desk.store.read() as tx:
        row = articles.by_id(tx, result.article_id)
    assert row is not None and row.story_id is None
    assert owed(desk.store) == []


def test_a_copy_of_the_corpus_is_no_news(desk: Any, article: str) -> None:
    known = Document(url="", title="Harbour opens", text=article, language="en", method="test")
    learnt = pipeline.learn(desk.store, desk.watch, known, desk.now)
    again = pipeline.learn(desk.store, desk.watch, known, desk.now)
    assert learnt.recorded and not again.recorded
    copy = desk.file("http://wire.example/a", "Harbour of Varn opens", "By our desk\n\n" + article)
    assert copy.level is Level.COPY
    (row,) = owed(desk.store)
    assert row.state is DeliveryState.SUPPRESSED
    assert "corpus" in row.reason
    with desk.store.read() as tx:
        corpus_row = articles.by_id(tx, learnt.article_id)
    assert corpus_row is not None and corpus_row.origin is Origin.CORPUS


def test_a_first_import_is_silent_and_told_in_one_summary(make_desk: Callable[..., Any], article: str) -> None:
    desk = make_desk()
    desk.file("http://wire.example/a", "Harbour opens", article, first_import=True)
    other = "A truce was signed at dawn by envoys of the two valleys, ending 11 weeks of shelling along the river. " * 3
    desk.file("http://daily.example/b", "Truce signed", other, "daily", first_import=True)
    assert {row.state for row in owed(desk.store)} == {DeliveryState.HELD}
    desk.tick(minutes=1)
    desk.flush()
    rows = owed(desk.store)
    assert sorted(row.state.value for row in rows) == ["merged", "merged", "pending"]
    (summary,) = [row for row in rows if row.state is DeliveryState.PENDING]
    claimed = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert claimed is not None and claimed.id == summary.id
    assert "Harbour opens" in claimed.message.body and "Truce signed" in claimed.message.body


def test_a_first_import_waits_until_every_source_was_tried(make_desk: Callable[..., Any], article: str) -> None:
    desk = make_desk(checked=False)
    desk.file("http://wire.example/a", "Harbour opens", article, first_import=True)
    desk.flush()
    assert [row.state for row in owed(desk.store)] == [DeliveryState.HELD]


@pytest.mark.parametrize("mode", ["developments", "articles", "everything"])
def test_in_every_mode_a_rule_that_matches_first_in_a_copy_is_owed_it(
    make_desk: Callable[..., Any], article: str, mode: str
) -> None:
    desk = make_desk(f'\n[[rules]]\nid = "late"\nquery = \'title:flotilla\'\nalert = "{mode}"\n')
    text = article.replace("harbour", "pipeline")
    desk.file("http://wire.example/a", "Grain accord", text)
    desk.file("http://daily.example/b", "Flotilla may sail", "By our desk\n\n" + text, "daily")
    assert len(owed(desk.store)) == 1


@pytest.mark.parametrize(("mode", "alerts"), [("developments", 1), ("articles", 1), ("everything", 2)])
def test_alert_modes_on_a_copy(make_desk: Callable[..., Any], article: str, mode: str, alerts: int) -> None:
    extra = f'\n[[rules]]\nid = "quay"\nquery = \'quay\'\nalert = "{mode}"\n'
    desk = make_desk(extra)
    desk.file("http://wire.example/a", "Harbour opens", article)
    desk.file("http://daily.example/b", "Harbour of Varn", "By our desk\n\n" + article, "daily")
    assert len(owed(desk.store)) == alerts


def test_a_lost_lease_records_nothing(desk: Any, article: str) -> None:
    waiting = desk.claim("http://wire.example/a")
    reading = desk.reading("http://wire.example/a", "Harbour opens", article)
    with pytest.raises(LeaseLost):
        pipeline.ingest(desk.store, desk.watch, waiting, reading, "somebody else", desk.now)
    with desk.store.read() as tx:
        assert articles.by_key(tx, waiting.url_key) is None
    assert owed(desk.store) == []


def test_two_copies_at_once_give_one_alert(desk: Any, article: str) -> None:
    items = [
        (desk.claim(f"http://{source}.example/x", source), desk.reading(f"http://{source}.example/x", "Harbour", text))
        for source, text in (("wire", article), ("daily", "By our desk\n\n" + article))
    ]
    gate = threading.Barrier(2)
    broke: list[BaseException] = []

    def run(item: Any) -> None:
        try:
            gate.wait()
            pipeline.ingest(desk.store, desk.watch, item[0], item[1], "test-owner", desk.now)
        except BaseException as error:
            broke.append(error)

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broke == []
    assert len(owed(desk.store)) == 1


def test_an_alert_names_both_outlets_after_the_group_wait(desk: Any, article: str) -> None:
    desk.file("http://wire.example/a", "Harbour opens", article)
    desk.tick(seconds=10)
    desk.file("http://daily.example/b", "Harbour of Varn opens", "By our desk\n\n" + article, "daily")
    assert desk.flush() == 0
    desk.tick(seconds=25)
    assert desk.flush() == 1
    delivery = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert delivery is not None and delivery.message is not None
    assert "wire" in delivery.message.body and "daily" in delivery.message.body
    assert pipeline.claim_delivery(desk.store, "sender", desk.now + timedelta(hours=1)) is None


def test_what_was_foreseen_is_judged_again_when_a_report_came_between(desk: Any, article: str) -> None:
    ready = [_foreseen(desk, f"http://{source}.example/x", article, source) for source in ("wire", "daily")]
    one, two = [
        pipeline.ingest(desk.store, desk.watch, waiting, item.reading, "test-owner", desk.now, ready=item)
        for waiting, item in ready
    ]
    assert (one.level, two.level) == (Level.NEW, Level.SAME)
    assert one.development_id == two.development_id


def test_what_was_foreseen_is_judged_again_when_the_story_was_split(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/a", "Harbour opens", article)
    desk.file("http://wire.example/b", "Harbour of Varn opens", "By our desk\n\n" + article)
    waiting, item = _foreseen(desk, "http://daily.example/c", article, "daily")
    with desk.store.write() as tx:
        story = articles.by_id(tx, first.article_id).story_id
        made = handwork.split(tx, story, [first.article_id], "somebody", desk.now)
    found = pipeline.ingest(desk.store, desk.watch, waiting, item.reading, "test-owner", desk.now, ready=item)
    with desk.store.read() as tx:
        assert articles.by_id(tx, found.article_id).story_id == made != story


def test_what_was_foreseen_stands_when_nothing_came_between(desk: Any, article: str) -> None:
    first = desk.file("http://wire.example/a", "Harbour opens", article)
    waiting, item = _foreseen(desk, "http://daily.example/b", article, "daily")
    with desk.store.read() as tx:
        assert articles.stand(tx) == item.foreseen.stand
    assert item.foreseen.judgement.level is Level.SAME
    found = pipeline.ingest(desk.store, desk.watch, waiting, item.reading, "test-owner", desk.now, ready=item)
    assert (found.level, found.development_id) == (Level.SAME, first.development_id)


def _foreseen(desk: Any, url: str, text: str, source: str) -> tuple[Any, Any]:
    waiting = desk.claim(url, source)
    return waiting, pipeline.foresee(desk.store, desk.watch, waiting, desk.reading(url, "Harbour opens", text))
