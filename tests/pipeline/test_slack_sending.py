"""The Slack cases that need the ledger, by name: from an article to what stands in the channel, on a virtual clock.

S08, S09, S32 to S36 and S44; the others stand with the channel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import open_channels
from monitor import pipeline
from monitor.crashpoint import arm
from monitor.model import DeliveryState
from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault
from monitor.store import lanes

JSON = "application/json"
LOST = Fault(Reply(hang_up=True), accept=True)
SILENT = Fault(Reply(502, b"<html>Bad gateway</html>"))
MORE = (
    "Late on Wednesday the harbour master of Varn called for three tugs from Kessel, as the channel had silted up.",
    "Captain Ines Aldous said the deepest berth had lost 2.4 metres since October and needs 19 days of dredging.",
    "A barge with fuel for the lighthouse at Cape Torrin is to enter first, on Friday, with 600 tonnes on board.",
)
OTHER = "A truce was signed at dawn by envoys of the two valleys, ending 11 weeks of shelling along the river. " * 3


def busy(seconds: str) -> Fault:
    return Fault(Reply(429, b"", headers={"Retry-After": seconds}), call="chat.postMessage")


def refused(error: str, call: str = "") -> Fault:
    return Fault(Reply(200, json.dumps({"ok": False, "error": error}).encode(), JSON), call=call)


@pytest.fixture
def office(slack_office: Callable[..., Any]) -> Any:
    return slack_office()


def two_turns(office: Any, article: str) -> None:
    """Two developments of one story, composed at the same instant."""
    office.desk.file("http://wire.example/1", "Harbour opens", article)
    office.desk.file("http://daily.example/2", "Harbour: tugs called", "\n\n".join((article, *MORE)), "daily")
    office.desk.tick(minutes=1)
    office.desk.flush()


def states(office: Any) -> list[str]:
    return [one.state.value for one in office.rows()]


def test_s08_twice_too_many_and_then_taken(office: Any, article: str) -> None:
    office.slack.script(busy("40"), busy("20"))
    office.announce(1, "Harbour opens", article)
    office.desk.file("http://daily.example/2", "Truce signed", OTHER, "daily")
    office.desk.tick(minutes=1)
    office.desk.flush()
    started = office.desk.now
    assert office.steps() == ["failed"], "the pause is the whole channel's"
    done = office.drain(100)
    assert done == ["failed", "sent", "sent"] and len(office.slack.posted) == 2
    assert len(office.slack.requests) == 4
    # Neither pause counts as a try, and each was sat out.
    assert [one.attempts for one in office.rows()] == [1, 1]
    assert 60 <= (office.rows()[0].sent_at - started).total_seconds() <= 75


def test_s09_a_burst_of_thirty_alerts(slack_office: Callable[..., Any]) -> None:
    office = slack_office()
    office.channel.interval = 0.1
    for number in range(30):
        title = f"Harbour {name(number)} opens its gates"
        office.desk.file(f"http://wire.example/{number}", title, f"{title} to ships of the {name(number)} line. " * 8)
    office.desk.tick(minutes=1)
    office.desk.flush()
    owed = len(office.rows())
    assert owed >= 20 and office.steps() == ["sent"] * owed
    assert len(office.slack.posted) == len(office.slack.requests) == owed
    moments = [float(one.ts) for one in office.slack.posted]
    assert moments[-1] - moments[0] >= (owed - 1) * 0.1 * 0.95


def name(number: int) -> str:
    """A word of its own for each number, unlike the others."""
    return "".join(chr(97 + (number * step + step) % 26) for step in (3, 7, 11, 5, 17, 9)).capitalize()


def test_s32_a_root_that_was_deleted_gets_one_successor(office: Any, article: str) -> None:
    office.announce(1, "Harbour opens", article)
    assert office.steps() == ["sent"]
    office.slack.delete(office.slack.posted[0].ts)
    turn = "\n\n".join((article, *MORE))
    office.announce(2, "Harbour: tugs called", turn, "daily")
    assert office.steps() == ["sent"]
    more = "\n\n".join(
        (turn, "On Sunday 14 trawlers left Varn under escort; two of them struck debris and turned back.")
    )
    office.announce(3, "Harbour: trawlers leave", more, "wire")
    assert office.steps() == ["sent"]
    root, reply = office.slack.posted
    assert (root.thread, reply.thread) == ("", root.ts)


def test_s33_replies_wait_for_a_root_that_is_unclear(office: Any, article: str) -> None:
    office.slack.script(LOST)
    two_turns(office, article)
    assert office.steps() == ["failed"] and states(office) == ["ambiguous", "pending"]
    assert office.drain(60) == ["found", "sent"]
    root, reply = office.slack.posted
    assert (root.thread, reply.thread) == ("", root.ts)
    assert states(office) == ["sent", "sent"] and not any(one.may_repeat for one in office.rows())


def test_s33_a_reply_that_is_unclear_is_found_in_its_thread(office: Any, article: str) -> None:
    two_turns(office, article)
    assert office.step() == "sent"
    office.slack.script(LOST)
    assert office.step() == "failed"
    assert office.drain(60) == ["found"] and len(office.slack.posted) == 2
    assert office.slack.calls("conversations.replies") and office.rows()[1].provider_ref == office.slack.posted[0].ts


def test_s34_history_has_it(office: Any, article: str) -> None:
    office.slack.script(LOST)
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "found"]
    assert len(office.slack.posted) == 1 and not office.rows()[0].may_repeat


def test_s34_history_lacks_it(office: Any, article: str) -> None:
    office.slack.script(SILENT)
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "not found", "not found", "sent"]
    (posted,) = office.slack.posted
    assert office.rows()[0].may_repeat and posted.payload["text"].endswith("(may repeat)")


def test_s34_history_asks_for_a_pause_itself(office: Any, article: str) -> None:
    pause = Reply(429, b"", headers={"Retry-After": "3"})
    office.slack.script(LOST, Fault(pause, call="conversations.history"))
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "not found", "found"] and len(office.slack.posted) == 1


def test_s34_the_scope_is_missing(office: Any, article: str) -> None:
    office.slack.scopes = ("chat:write",)
    office.slack.script(LOST)
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "not found", "not found", "sent"]
    first, second = office.slack.posted
    assert office.rows()[0].may_repeat and "(may repeat)" in second.payload["text"]
    # The same name on both, so that a reader can tell.
    assert first.payload["metadata"] == second.payload["metadata"]
    with office.desk.store.read() as tx:
        assert lanes.lanes(tx, office.desk.now) == (), "what cannot be read can still be written"


def test_s34_it_stands_on_a_later_page(office: Any, article: str) -> None:
    office.slack.script(LOST)
    office.announce(1, "Harbour opens", article)
    assert office.steps() == ["failed"]
    for number in range(60):
        office.slack.room.post({"channel": "C0NEWSDESK", "text": f"somebody says {number}"})
    assert office.drain(60) == ["found"]
    assert len(office.slack.calls("conversations.history")) == 2


def test_s34_it_appears_only_after_ten_seconds(office: Any, article: str) -> None:
    office.slack.room.lagging = True
    office.slack.script(LOST)
    office.announce(1, "Harbour opens", article)
    assert office.drain(10) == ["failed", "not found"]
    office.slack.room.lagging = False
    assert office.drain(60) == ["found"] and len(office.slack.posted) == 1


def test_s34_a_page_that_is_no_history(office: Any, article: str) -> None:
    pages = (b'{"ok":true,"messages":{"a":1}}', b'{"ok":true,"messages":[1,{"ts":7,"metadata":[]}]}')
    office.slack.script(LOST, *(Fault(Reply(200, page, JSON), call="conversations.history") for page in pages))
    office.announce(1, "Harbour opens", article)
    assert office.drain(60) == ["failed", "not found", "not found", "sent"]


def test_s35_two_turns_at_the_same_instant_are_one_root_and_one_reply(office: Any, article: str) -> None:
    two_turns(office, article)
    assert office.steps() == ["sent", "sent"]
    root, reply = office.slack.posted
    assert (root.thread, reply.thread) == ("", root.ts)


def test_s36_the_token_is_rotated_while_the_queue_is_full(
    office: Any, article: str, tmp_path: Path, make_watch: Callable[[str], Any]
) -> None:
    two_turns(office, article)
    office.slack.token = "xoxb-rotated"
    assert office.steps() == ["failed"], "the channel is off: nobody knocks again with the old token"
    assert office.drain(120) == [] and states(office) == ["pending", "pending"]
    (tmp_path / "token").write_text("xoxb-rotated", encoding="utf-8")
    office.desk.channels = {"slack": open_channels(make_watch(office.extra).config)["slack"]}
    office.channel.interval = 0.0
    pipeline.open_lanes(office.desk.store, ["slack"])
    assert office.steps() == ["sent", "sent"]
    assert [one.attempts for one in office.rows()] == [1, 1]


def test_an_unknown_code_is_dead_after_a_day(office: Any, article: str) -> None:
    office.slack.script(*[refused("new_error_2027", "chat.postMessage")] * 60)
    office.announce(1, "Harbour opens", article)
    assert office.steps() == ["failed"]
    for _ in range(23):
        office.desk.tick(hours=1)
        office.steps()
    assert states(office) == ["pending"]
    for _ in range(3):
        office.desk.tick(hours=1)
        office.steps()
    assert states(office) == ["dead"] and "new_error_2027" in office.rows()[0].last_error


def test_a_webhook_marks_what_it_sends_again(slack_office: Callable[..., Any], article: str) -> None:
    office = slack_office(hook=True)
    office.slack.script(LOST)
    office.announce(1, "Harbour opens", article)
    frozen = office.rows()[0].message
    assert office.drain(60) == ["failed", "sent"]
    first, second = office.slack.posted
    assert "may repeat" not in json.dumps(first.payload) and second.payload["text"].endswith("(may repeat)")
    assert office.rows()[0].message == frozen and office.rows()[0].state is DeliveryState.SENT


def until(true: Callable[[], bool]) -> None:
    """The other end goes on with what it has read."""
    for _ in range(200):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


class Dead(BaseException):
    """The process is no more."""


@pytest.fixture
def dies_at() -> Iterator[Callable[[str], None]]:
    """Makes this process die once at a named point, as far as one process can."""
    armed: list[str] = []

    def die(point: str) -> None:
        if point in armed:
            armed.remove(point)
            raise Dead(point)

    arm(die)
    yield armed.append
    armed.clear()


@pytest.mark.parametrize(
    ("point", "marked"),
    [
        pytest.param("D3", True, id="S44-D3-intent-recorded"),
        pytest.param("D4", True, id="S44-D4-connected"),
        pytest.param("D5", True, id="S44-D5-half-written"),
        pytest.param("D6", False, id="S44-D6-all-written"),
        pytest.param("D7", False, id="S44-D7-answer-read"),
        pytest.param("D8", False, id="S44-D8-before-commit"),
        pytest.param("D9", False, id="S44-D9-after-commit"),
        pytest.param("D11", True, id="S44-D11-before-the-plain-form"),
    ],
)
def test_a_death_leaves_one_message(
    point: str, marked: bool, dies_at: Callable[[str], None], office: Any, article: str
) -> None:
    if point == "D11":
        office.slack.script(refused("invalid_blocks", "chat.postMessage"))
    two_turns(office, article)
    dies_at(point)
    with pytest.raises(Dead):
        office.steps()
    pipeline.recover(office.desk.store, office.desk.now)
    until(lambda: point != "D6" or bool(office.slack.posted))
    office.drain(60)
    keys = [one.payload["metadata"]["event_payload"]["delivery_id"] for one in office.slack.posted]
    assert len(keys) == len(set(keys)) == 2, "nothing twice, nothing lost"
    assert [one.thread for one in office.slack.posted] == ["", office.slack.posted[0].ts]
    # What was looked for and not seen goes marked, although it is the only one.
    assert office.rows()[0].may_repeat is marked and states(office) == ["sent", "sent"]
