"""A root says how many outlets carry its news by now: without a ping, at most once a minute, never for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from alerts.channels.contract import counting
from monitor.model import Destination
from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault
from monitor.store import lanes, tables, threads

JSON = "application/json"


def refused(error: str) -> Fault:
    return Fault(Reply(200, json.dumps({"ok": False, "error": error}).encode(), JSON), call="chat.update")


@pytest.fixture
def office(slack_office: Callable[..., Any], article: str) -> Any:
    """An office whose first root is out."""
    made = slack_office()
    made.announce(1, "Harbour opens", article)
    assert made.steps() == ["sent"]
    return made


def copied(office: Any, article: str, number: int = 2, source: str = "daily") -> None:
    """Another outlet carries the same words."""
    office.desk.file(f"http://{source}.example/{number}", "Harbour opens", article, source)


def says(office: Any) -> str:
    (root,) = office.slack.posted
    return json.dumps(root.payload)


def thread(office: Any) -> Any:
    with office.desk.store.read() as tx:
        return tx.execute(select(tables.thread)).one()


def test_a_copy_elsewhere_is_told_in_the_root_and_pings_nobody(office: Any, article: str) -> None:
    assert "Carried by 1 source:" in says(office) and office.recount() == ""
    before = office.slack.posted[0]
    copied(office, article)
    assert office.recount() == "", "a minute is left to those who follow"
    office.desk.tick(seconds=61)
    assert [office.recount(), office.recount()] == ["told", ""]
    (root,) = office.slack.posted
    assert "Carried by 2 sources, 1 independent:" in says(office) and (root.ts, root.edits) == (before.ts, 1)
    assert root.payload["metadata"] == before.payload["metadata"] and root.specials == ()
    assert len(office.slack.calls("chat.postMessage")) == 1
    assert (thread(office).told, thread(office).count_due, thread(office).count_error) == (2, None, "")


def test_many_copies_within_a_minute_are_one_update(office: Any, article: str) -> None:
    for number in range(2, 6):
        copied(office, article, number, "daily" if number % 2 else "wire")
        office.desk.tick(seconds=10)
    office.desk.tick(seconds=61)
    assert [office.recount(), office.recount()] == ["told", ""]
    assert len(office.slack.calls("chat.update")) == 1


def test_a_second_article_of_an_outlet_that_was_told_changes_nothing(office: Any, article: str) -> None:
    copied(office, article, 2, "wire")
    office.desk.tick(minutes=5)
    assert office.recount() == "" and thread(office).count_due is None


def test_a_copy_that_came_before_the_root_was_composed_is_in_it_already(
    slack_office: Callable[..., Any], article: str
) -> None:
    office = slack_office()
    office.desk.file("http://wire.example/1", "Harbour opens", article)
    copied(office, article)
    office.desk.tick(minutes=1)
    office.desk.flush()
    assert office.steps() == ["sent"] and "Carried by 2 sources" in says(office)
    office.desk.tick(minutes=2)
    assert office.recount() == "" and thread(office).told == 2 and office.slack.calls("chat.update") == ()


def test_a_copy_between_composing_and_sending_is_told_after_it(slack_office: Callable[..., Any], article: str) -> None:
    office = slack_office()
    office.announce(1, "Harbour opens", article)
    copied(office, article)
    assert office.steps() == ["sent"] and "Carried by 1 source:" in says(office)
    office.desk.tick(minutes=2)
    assert office.recount() == "told" and "Carried by 2 sources" in says(office)


def test_a_copy_while_the_update_is_under_way_is_not_forgotten(office: Any, article: str) -> None:
    copied(office, article)
    office.desk.tick(seconds=61)
    with office.desk.store.write() as tx:
        claimed = threads.claim_count(tx, "slack", office.desk.now)
    assert claimed is not None
    with office.desk.store.write() as tx:
        # As if a third outlet had just been recorded.
        assert threads.count_again(tx, development(office), office.desk.now) == 1
        threads.counted(tx, claimed, 1)
    assert thread(office).count_due == office.desk.now + threads.CALM


def development(office: Any) -> int:
    return int(office.rows()[0].development_id)


def test_an_update_that_fails_is_tried_three_times_and_then_shown(office: Any, article: str) -> None:
    copied(office, article)
    office.slack.script(*[refused("fatal_error")] * 3)
    for _ in range(3):
        office.desk.tick(seconds=61)
        assert office.recount() == "failed"
    office.desk.tick(hours=1)
    assert office.recount() == ""
    with office.desk.store.read() as tx:
        (shown,) = threads.miscounts(tx)
    assert shown.told == 1 and "fatal_error" in shown.error
    # The next report gives it another chance.
    office.desk.file("http://wire.example/9", "Harbour opens again", article, "wire")
    office.desk.tick(seconds=61)
    assert office.recount() == "told" and thread(office).count_error == ""


def test_a_root_that_is_gone_gets_no_successor_for_a_count(office: Any, article: str) -> None:
    office.slack.delete(office.slack.posted[0].ts)
    copied(office, article)
    office.desk.tick(seconds=61)
    assert [office.recount(), office.recount()] == ["failed", ""]
    assert office.slack.posted == () and "message_not_found" in thread(office).count_error


def test_a_pause_is_no_try(office: Any, article: str) -> None:
    copied(office, article)
    office.slack.script(Fault(Reply(429, b"", headers={"Retry-After": "100"}), call="chat.update"))
    office.desk.tick(seconds=61)
    assert office.recount() == "failed" and thread(office).count_tries == 0
    office.desk.tick(seconds=99)
    assert office.recount() == ""
    office.desk.tick(seconds=2)
    assert office.recount() == "told"


def test_a_form_that_is_refused_is_updated_as_plain_text(office: Any, article: str) -> None:
    copied(office, article)
    office.slack.script(refused("invalid_blocks"))
    office.desk.tick(seconds=61)
    assert office.recount() == "told" and "Carried by 2 sources" in office.slack.posted[0].payload["text"]


def test_a_lane_that_is_off_is_left_alone(office: Any, article: str) -> None:
    copied(office, article)
    office.desk.tick(seconds=61)
    with office.desk.store.write() as tx:
        lanes.off(tx, Destination("slack"), "revoked", office.desk.now)
    assert office.recount() == ""
    with office.desk.store.write() as tx:
        lanes.on(tx)
    assert office.recount() == "told"


def test_a_webhook_counts_nothing(slack_office: Callable[..., Any], article: str) -> None:
    office = slack_office(hook=True)
    assert not counting(office.channel)
    office.announce(1, "Harbour opens", article)
    assert office.steps() == ["sent"]
    copied(office, article)
    office.desk.tick(minutes=2)
    assert office.recount() == ""


def test_the_mark_of_a_root_that_may_be_a_repeat_stays(slack_office: Callable[..., Any], article: str) -> None:
    office = slack_office()
    office.slack.script(Fault(Reply(502, b"broken")))
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "not found", "not found", "sent"]
    assert "(may repeat)" in says(office)
    copied(office, article)
    office.desk.tick(seconds=61)
    assert office.recount() == "told" and "(may repeat)" in says(office)
