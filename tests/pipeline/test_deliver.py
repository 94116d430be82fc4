"""Sending what is owed, through the real channels to a real mail server and Slack double, with every end recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Fetch, Outcome
from monitor.newsroom.loopback import Reply
from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.store import deliveries, sending, sources

FIRST = timedelta(seconds=5)
MORE = (
    "Late on Wednesday the harbour master of Varn called for three tugs from Kessel, as the channel had silted up.",
    "Captain Ines Aldous said the deepest berth had lost 2.4 metres since October and needs 19 days of dredging.",
    "A barge with fuel for the lighthouse at Cape Torrin is to enter first, on Friday, with 600 tonnes on board.",
)
CHANNELS = """
[[channels]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Desk <desk@example.org>"
to = ["one@example.org"]

[[channels]]
id = "slack"
kind = "slack"
token = "file:{token}"
channel = "C0NEWSDESK"
api_url = "{slack}"
"""


@dataclass
class Office:
    """A desk with a mail server and a Slack workspace at the other end."""

    desk: Any
    mailbox: Mailbox
    slack: SlackDouble

    def announce(self, title: str, text: str, number: int = 1) -> None:
        """File an article of its own and freeze what it owes."""
        self.desk.file(f"http://wire.example/{number}", title, text)
        self.desk.tick(minutes=1)
        self.desk.flush()

    def claim(self, channel: str, owner: str = "sender") -> Delivery | None:
        return pipeline.claim_delivery(self.desk.store, owner, self.desk.now, channel=channel)

    def send(self, channel: str, *, jitter: float = 0.0) -> bool | None:
        """What the daemon does for one due delivery: whether it was taken, None when nothing is due."""
        delivery = self.claim(channel)
        if delivery is None:
            return None
        try:
            receipt = self.desk.channels[channel].send(delivery)
        except DeliveryError as error:
            pipeline.record_failure(self.desk.store, delivery, error, FIRST, self.desk.now, jitter=jitter)
            return False
        pipeline.record_sent(self.desk.store, delivery, receipt, self.desk.now)
        return True

    def row(self, channel: str, state: DeliveryState | None = None) -> Delivery:
        """The newest delivery of a channel."""
        with self.desk.store.read() as tx:
            found = deliveries.page(tx, state=state)[0]
        return next(one for one in found if one.destination.channel == channel)

    def journal(self, channel: str) -> list[str | None]:
        with self.desk.store.read() as tx:
            return [attempt.outcome for attempt in sending.attempts_of(tx, self.row(channel).id)]


@pytest.fixture
def open_office(make_desk: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., Office]]:
    opened: list[Office] = []

    def make(*, checked: bool = True) -> Office:
        mailbox, slack = Mailbox(), SlackDouble()
        (tmp_path / "token").write_text(slack.token, encoding="utf-8")
        extra = CHANNELS.format(port=mailbox.port, token=tmp_path / "token", slack=slack.api_url)
        opened.append(Office(make_desk(extra, checked=checked), mailbox, slack))
        # The pause between two Slack messages is tested where it is made.
        opened[-1].desk.channels["slack"].interval = 0.0
        return opened[-1]

    yield make
    for office in opened:
        office.mailbox.stop()
        office.slack.stop()


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()


def checked(desk: Any, source_id: str, outcome: Outcome) -> None:
    """Record a poll of a source that brought nothing."""
    with desk.store.write() as tx:
        lease = timedelta(minutes=5)
        (state,) = sources.claim_due(tx, "checker", lease, 1, set(), desk.now, only={source_id}, force=True)
    source = desk.watch.sources[source_id]
    fetch = Fetch(source.url, outcome, desk.now)
    pipeline.check(desk.store, desk.watch, source, state, fetch, None, "checker", desk.now, jitter=0.0)


def names(office: Office) -> list[str]:
    return [mail.message["X-Storywatch-Delivery"].strip() for mail in office.mailbox.mails]


def test_a_dead_letter_stays_shown_and_is_sent_again_on_demand(office: Office, article: str) -> None:
    office.mailbox.script("RCPT", "550 5.1.1 No such person here")
    office.announce("Harbour opens", article)
    assert office.send("mail") is False
    dead = office.row("mail", DeliveryState.DEAD)
    assert "No such person here" in dead.last_error and dead.attempts == 1 and dead.message is not None
    # Nobody takes it up by itself, however long it lies there, and no other channel waits for it.
    office.desk.tick(days=40)
    office.desk.flush()
    assert office.send("mail") is None and office.send("slack") is True
    with office.desk.store.write() as tx:
        assert sending.resend(tx, [dead.id], office.desk.now) == 1
    assert office.send("mail") is True
    assert office.send("mail") is None
    sent = office.row("mail")
    assert (sent.state, sent.attempts, sent.message, sent.key) == (DeliveryState.SENT, 2, dead.message, dead.key)
    assert names(office) == [dead.key]
    assert office.journal("mail") == ["failed", "sent"]


def test_the_waits_grow_until_it_is_dead_after_three_days(office: Office, article: str) -> None:
    office.announce("Harbour opens", article)
    began = office.desk.now
    waits = [5, 25, 125, 625, 3125, 3600, 3600]
    for number, seconds in enumerate(waits, start=1):
        office.mailbox.script("MAIL", "451 4.3.0 Later, please")
        assert office.send("mail", jitter=0.5) is False
        row = office.row("mail", DeliveryState.PENDING)
        assert row.attempts == number and "Later, please" in row.last_error
        wait = row.due_at - office.desk.now
        assert wait == timedelta(seconds=seconds * 1.05)
        office.desk.now = row.due_at - timedelta(milliseconds=1)
        assert office.send("mail") is None, "asked before its time"
        office.desk.now = row.due_at
    office.desk.now = began + timedelta(days=3)
    office.mailbox.script("MAIL", "451 4.3.0 Later, please")
    assert office.send("mail") is False
    assert office.row("mail").state is DeliveryState.DEAD
    assert office.mailbox.mails == ()
    assert office.journal("mail") == ["failed"] * (len(waits) + 1)


def test_slack_says_itself_how_long_to_wait(office: Office, article: str) -> None:
    office.slack.script(Fault(Reply(429, b"", headers={"Retry-After": "90"})))
    office.announce("Harbour opens", article)
    assert office.send("slack") is False
    row = office.row("slack", DeliveryState.PENDING)
    assert row.due_at - office.desk.now == timedelta(seconds=90) and not row.may_repeat


def test_a_start_on_a_clock_that_was_set_back_delays_nothing(office: Office, article: str) -> None:
    office.announce("Harbour opens", article)
    office.mailbox.script("RCPT", "450 4.2.0 Later, please")
    assert office.send("mail") is False
    waiting = office.row("mail", DeliveryState.PENDING).due_at
    assert waiting > office.desk.now
    pipeline.recover(office.desk.store, office.desk.now)
    assert office.row("mail", DeliveryState.PENDING).due_at == waiting
    office.desk.now -= timedelta(hours=12)
    pipeline.recover(office.desk.store, office.desk.now)
    assert office.row("mail", DeliveryState.PENDING).due_at == office.desk.now
    assert office.send("mail") is True


@pytest.mark.parametrize("channel", ["mail", "slack"])
def test_what_a_dying_process_had_sent_goes_again_with_the_same_bytes(
    office: Office, article: str, channel: str
) -> None:
    office.announce("Harbour opens", article)
    half = office.claim(channel, "the dead one")
    assert half is not None
    office.desk.channels[channel].send(half)  # and then nothing is recorded any more
    assert office.claim(channel) is None, "it is being sent, as far as the archive knows"
    with office.desk.store.write() as tx:
        assert sending.recover(tx, office.desk.now, office.desk.now) == 1
    again = office.claim(channel)
    assert again is not None
    assert again.may_repeat and again.attempts == 2
    assert (again.message, again.key) == (half.message, half.key)
    receipt = office.desk.channels[channel].send(again)
    pipeline.record_sent(office.desk.store, again, receipt, office.desk.now)
    assert office.row(channel).may_repeat
    assert office.journal(channel) == ["ambiguous", "sent"]
    if channel == "mail":
        one, two = office.mailbox.mails
        assert one.raw == two.raw and one.message["Message-ID"]
    else:
        one, two = office.slack.posted
        # The frozen body is sent with a mark behind it.
        assert two.payload["text"] == one.payload["text"] + "\n(may repeat)"
        assert two.payload["blocks"][:-1] == one.payload["blocks"]
        assert one.payload["client_msg_id"] == two.payload["client_msg_id"]


def test_an_answer_that_may_mean_sent_is_marked_and_tried_again(office: Office, article: str) -> None:
    broken = Fault(Reply(502, b"<html>bad gateway</html>"), accept=True)
    office.slack.script(broken)
    office.announce("Harbour opens", article)
    assert office.send("slack") is False
    row = office.row("slack")
    assert (row.state, row.may_repeat) == (DeliveryState.AMBIGUOUS, False) and "502" in row.last_error
    office.desk.tick(seconds=6)
    assert office.send("slack") is True and office.row("slack").may_repeat
    # Slack had taken the first one: the copy names itself, so that a reader or a reconcile can tell.
    first, second = office.slack.posted
    assert first.payload["metadata"] == second.payload["metadata"]


def test_a_later_turn_joins_the_thread_of_its_story_and_does_not_overtake_it(office: Office, article: str) -> None:
    office.slack.script(Fault(Reply(200, b'{"ok": false, "error": "service_unavailable"}', "application/json")))
    office.announce("Harbour opens", article)
    assert office.send("slack") is False and office.send("mail") is True
    office.desk.file("http://daily.example/2", "Harbour: tugs called", "\n\n".join((article, *MORE)), "daily")
    office.desk.tick(minutes=1)
    office.desk.flush()
    assert [office.send("slack") for _ in range(3)] == [True, True, None]
    root, reply = office.slack.posted
    assert "Harbour opens" in json.dumps(root.payload) and "tugs called" in json.dumps(reply.payload)
    assert (root.thread, reply.thread) == ("", root.ts)
    assert office.send("mail") is True
    opening, turn = (mail.message for mail in office.mailbox.mails)
    assert opening["References"] == turn["References"] and opening["Message-ID"] != turn["Message-ID"]


def test_another_story_gets_a_thread_of_its_own(office: Office, article: str) -> None:
    office.announce("Harbour opens", article)
    other = "A truce was signed at dawn by envoys of the two valleys, ending 11 weeks of shelling along the river. " * 3
    office.announce("Truce signed", other, 2)
    assert [office.send("slack") for _ in range(3)] == [True, True, None]
    assert [one.thread for one in office.slack.posted] == ["", ""]
    assert [office.send("mail") for _ in range(3)] == [True, True, None]
    first, second = (mail.message["References"] for mail in office.mailbox.mails)
    assert first != second


def test_a_channel_that_comes_back_sends_what_died_without_it(office: Office, article: str) -> None:
    office.announce("Harbour opens", article)
    without = {name: one for name, one in office.desk.channels.items() if name != "mail"}
    pipeline.flush(office.desk.store, office.desk.watch, without, office.desk.now)
    dead = office.row("mail", DeliveryState.DEAD)
    assert "'mail' is not in the config any more" in dead.last_error and dead.attempts == 0
    assert office.send("slack") is True
    with office.desk.store.write() as tx:
        assert sending.resend(tx, None, office.desk.now) == 1
    office.desk.flush()
    assert [office.send("mail") for _ in range(2)] == [True, None]
    assert names(office) == [dead.key]


def test_the_summary_of_a_first_import_goes_out_once(open_office: Callable[..., Office], article: str) -> None:
    office = open_office(checked=False)
    desk = office.desk
    desk.file("http://wire.example/1", "Harbour opens", article, first_import=True)
    desk.file("http://daily.example/2", "Truce signed", "A truce was signed at dawn. " * 9, "daily", first_import=True)
    desk.tick(minutes=1)
    desk.flush()
    assert office.send("mail") is None, "told before every source was tried"
    # A source that cannot be reached does not keep the others waiting.
    for source_id, outcome in (("wire", Outcome.UNCHANGED), ("daily", Outcome.REFUSED)):
        checked(desk, source_id, outcome)
    desk.flush()
    assert [office.send("mail") for _ in range(2)] == [True, None]
    (mail,) = office.mailbox.mails
    text = mail.message.get_body(("plain",)).get_content()
    assert "Harbour opens" in text and "Truce signed" in text
    # Neither later rounds nor a copy of what was told say it again.
    desk.file("http://daily.example/3", "Harbour opens", article, "daily")
    desk.tick(hours=1)
    desk.flush()
    assert office.send("mail") is None
    assert len(office.mailbox.mails) == 1
