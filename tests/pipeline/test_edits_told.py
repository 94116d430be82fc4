"""Edits of announced articles: the material ones are told once, to those who were told; re-checks keep their times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.model import Delivery, DeliveryKind, DeliveryState, EntryState, Receipt, Validators, WaitingEntry
from monitor.pipeline.ingest import Ingested
from monitor.schedule import RECHECKS
from monitor.store import deliveries, entries, rechecks, review, sending

PAGE = "http://wire.example/a"
TITLE = "Harbour of Varn opens"


def read(desk: Any, text: str, title: str = TITLE, *, source: str = "wire", url: str = PAGE) -> Ingested:
    """File a page as the crawler reads it: with the validators of its answer."""
    waiting = desk.claim(url, source, title=title)
    return again(desk, waiting, text, title, url)


def again(desk: Any, waiting: WaitingEntry, text: str, title: str = TITLE, url: str = PAGE) -> Ingested:
    waiting = replace(waiting, validators=Validators('"v1"'))
    return pipeline.ingest(desk.store, desk.watch, waiting, desk.reading(url, title, text), "test-owner", desk.now)


def rows(desk: Any, kind: DeliveryKind = DeliveryKind.EDIT) -> list[Delivery]:
    with desk.store.read() as tx:
        return [row for row in reversed(deliveries.page(tx, limit=100)[0]) if row.kind is kind]


def wake(desk: Any) -> WaitingEntry | None:
    """What the daemon does at every tick: wake what is due, claim it, say what is a re-check."""
    with desk.store.write() as tx:
        rechecks.wake(tx, desk.now)
        claimed = entries.claim_waiting(tx, "test-owner", timedelta(minutes=5), 10, set(), desk.now)
        opened = rechecks.opened(tx, [one.id for one in claimed])
    found = [replace(one, recheck=one.id in opened, validators=opened.get(one.id)) for one in claimed]
    return found[0] if found else None


def test_a_changed_figure_is_told_with_both_texts(desk: Any, article: str) -> None:
    assert read(desk, article).announced
    desk.tick(minutes=1)
    desk.flush()
    assert read(desk, article.replace("40 days", "14 days")).recorded
    (notice,) = rows(desk)
    (alert,) = rows(desk, DeliveryKind.DEVELOPMENT)
    assert notice.story_id == alert.story_id and notice.development_id == alert.development_id
    desk.tick(minutes=1)
    assert desk.flush() == 1
    (notice,) = rows(desk)
    assert notice.message is not None and TITLE in notice.message.subject
    assert "was:" in notice.message.body and "40 days" in notice.message.body and "14 days" in notice.message.body
    assert "harbour" in notice.message.body


@pytest.mark.parametrize(
    "change",
    [
        lambda text: f"Updated 14:05\n\n{text}",
        lambda text: text.replace("grain ships", "grain-ships"),
        lambda text: text.replace("Negotiators", "Negotiatiors"),
        lambda text: f"{text}\n\nMore on this: Ten harbours to love",
        lambda text: f"By Petra Holm\n\n{text}",
    ],
)
def test_a_cosmetic_edit_is_silent(desk: Any, article: str, change: Any) -> None:
    read(desk, article)
    read(desk, change(article))
    assert rows(desk) == []
    assert len(rows(desk, DeliveryKind.DEVELOPMENT)) == 1


def test_each_version_is_told_once(desk: Any, article: str) -> None:
    read(desk, article)
    for days in ("14", "14", "15"):
        read(desk, article.replace("40 days", f"{days} days"))
    assert len(rows(desk)) == 2


def test_an_edit_of_an_article_that_nobody_heard_of_is_silent(desk: Any, article: str) -> None:
    read(desk, article)
    copy = "http://daily.example/copy"
    read(desk, article, source="daily", url=copy)
    assert read(desk, article.replace("40 days", "14 days"), source="daily", url=copy).recorded
    assert rows(desk) == []


def test_a_removed_sentence_that_a_rule_matched_is_told(desk: Any, article: str) -> None:
    read(desk, article)
    read(desk, article.partition("\n\n")[2])
    desk.tick(minutes=1)
    desk.flush()
    (notice,) = rows(desk)
    assert notice.message is not None
    assert "Removed" in notice.message.body and "matched by: harbour" in notice.message.body


def test_another_wording_is_told_only_where_a_rule_matched(desk: Any, article: str) -> None:
    read(desk, article)
    read(desk, article.replace("watched from the breakwater", "looked on from the breakwater"))
    assert rows(desk) == []
    read(desk, article.replace("agreed on Tuesday to open", "decided on Tuesday to close"))
    assert len(rows(desk)) == 1


def test_added_news_is_an_alert_and_no_edit(desk: Any, article: str) -> None:
    read(desk, article)
    more = (
        "\n\nA mine sank the tug Alva off the harbour on Friday and killed 7 of its crew.\n\n"
        "Parliament in Osterby recalled its 118 members from holiday and postponed the vote on the accord."
    )
    assert read(desk, article + more).announced
    assert rows(desk) == []
    assert len(rows(desk, DeliveryKind.DEVELOPMENT)) == 2


def test_the_page_of_an_announced_article_is_asked_for_eight_times_at_most(desk: Any, article: str) -> None:
    read(desk, article)
    start, asked = desk.now, []
    for _ in range(60 * 4):
        desk.tick(minutes=15)
        if (waiting := wake(desk)) is not None:
            assert waiting.recheck and waiting.validators == Validators('"v1"')
            asked.append(desk.now - start)
            pipeline.end_recheck(desk.store, waiting, "test-owner", desk.now)
    assert tuple(asked) == RECHECKS
    assert len(asked) <= 8


def test_what_was_missed_while_nobody_ran_is_asked_for_once(desk: Any, article: str) -> None:
    read(desk, article)
    desk.tick(hours=11)
    waiting = wake(desk)
    assert waiting is not None
    assert not again(desk, waiting, article).recorded
    assert wake(desk) is None
    desk.tick(hours=7)
    assert wake(desk) is not None


def test_a_re_check_survives_the_death_of_its_reader(desk: Any, article: str) -> None:
    read(desk, article)
    desk.tick(minutes=15)
    assert wake(desk) is not None
    with desk.store.write() as tx:
        assert entries.free_leases(tx) == 1
    waiting = wake(desk)
    assert waiting is not None and waiting.recheck
    assert again(desk, waiting, article.replace("12 vessels", "21 vessels")).recorded
    assert len(rows(desk)) == 1
    assert wake(desk) is None


def test_an_article_without_an_alert_is_not_asked_for_again(desk: Any) -> None:
    text = "A pipeline was laid through the marshes of Holm last week, engineers of the district office said. " * 3
    read(desk, text, "Pipeline laid")
    desk.tick(hours=1)
    assert wake(desk) is None


def test_a_failed_re_check_leaves_the_article_as_it_is(desk: Any, article: str) -> None:
    result = read(desk, article)
    desk.tick(minutes=15)
    waiting = wake(desk)
    assert waiting is not None
    pipeline.end_recheck(desk.store, waiting, "test-owner", desk.now, error="re-check: gone")
    with desk.store.read() as tx:
        row = review.entry_by_key(tx, waiting.url_key)
    assert row is not None and row.state is EntryState.DONE and row.article_id == result.article_id
    assert rows(desk) == []


def test_who_could_not_be_told_of_the_article_hears_of_no_edit(desk: Any, article: str) -> None:
    read(desk, article)
    desk.tick(minutes=1)
    desk.flush()
    (alert,) = rows(desk, DeliveryKind.DEVELOPMENT)
    with desk.store.write() as tx:
        sending.claim(tx, "test-owner", desk.now)
        sending.sent(tx, alert.id, Receipt("root-1"), desk.now)
    read(desk, article.replace("40 days", "14 days"))
    (notice,) = rows(desk)
    assert notice.thread_ref == "root-1"
    assert notice.state is DeliveryState.PENDING
