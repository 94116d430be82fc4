"""Trouble reaches the owner through the real rows: once, over restarts, by a channel that works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination, Fetch, Outcome, Receipt, Topic
from monitor.store import deliveries, lanes, sources

FIRST = timedelta(seconds=5)
SECOND = '\n[[channels]]\nid = "other"\nkind = "console"\n'
QUIET = 'quiet = "22:00-07:00"\ntimezone = "UTC"\n'


class Owner:
    """A desk that fetches, fails and sends as it is told, and what its owner hears."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    def check(self, outcome: Outcome, source: str = "wire", error: str = "") -> None:
        desk = self.desk
        with desk.store.write() as tx:
            (state,) = sources.claim_due(
                tx, "owner", timedelta(minutes=5), 1, set(), desk.now, only={source}, force=True
            )
        fetch = Fetch(desk.watch.sources[source].url, outcome, desk.now, error=error)
        pipeline.check(
            desk.store, desk.watch, desk.watch.sources[source], state, fetch, None, "owner", desk.now, jitter=0.0
        )

    def look(self) -> int:
        """What the daemon does once a minute, and again as a daemon that was started anew."""
        made: int = pipeline.tell_owner(self.desk.store, self.desk.watch, self.desk.now)
        assert pipeline.tell_owner(self.desk.store, self.desk.watch, self.desk.now) == 0
        return made

    def notices(self) -> list[Delivery]:
        with self.desk.store.read() as tx:
            rows, _ = deliveries.page(tx, limit=100)
        return [one for one in reversed(rows) if one.kind is DeliveryKind.NOTICE]

    def topics(self) -> list[tuple[Topic, str, str]]:
        return [(one.notice.topic, one.notice.about, one.destination.channel) for one in self.notices() if one.notice]

    def send(self, channel: str, error: DeliveryError | None = None) -> Delivery | None:
        store, now = self.desk.store, self.desk.now
        self.desk.flush()
        one = pipeline.claim_delivery(store, "owner", now, channel=channel)
        if one is not None and error is None:
            pipeline.record_sent(store, one, Receipt(), now)
        elif one is not None and error is not None:
            pipeline.record_failure(store, one, error, FIRST, now, jitter=0.0)
        return one


@pytest.fixture
def owner(make_desk: Callable[..., Any]) -> Owner:
    return Owner(make_desk(SECOND))


def test_a_source_that_fails_for_a_day_is_told_once_and_so_is_its_recovery(owner: Owner) -> None:
    sent: list[Delivery] = []
    for _hour in range(26):
        owner.desk.tick(hours=1)
        owner.check(Outcome.TIMEOUT, error="no answer in 30 s")
        owner.check(Outcome.UNCHANGED, "daily")
        owner.look()
        sent += [one for _once in "12" if (one := owner.send("terminal")) is not None]
    assert owner.topics() == [(Topic.SOURCE_DEAD, "wire", "terminal")]
    (row,), (told,) = owner.notices(), sent
    assert row.notice is not None and "timeout no answer in 30 s" in " ".join(row.notice.lines)
    assert told.message is not None and "Source wire brings nothing" in told.message.body
    owner.desk.tick(hours=1)
    owner.check(Outcome.UNCHANGED)
    assert owner.look() == 1
    assert owner.topics()[1:] == [(Topic.SOURCE_BACK, "wire", "terminal")]
    owner.send("terminal")
    for _hour in range(30):
        owner.desk.tick(hours=1)
        owner.check(Outcome.TIMEOUT)
        owner.check(Outcome.UNCHANGED, "daily")
        owner.look()
        owner.send("terminal")
    assert [topic for topic, _about, _channel in owner.topics()] == [
        Topic.SOURCE_DEAD,
        Topic.SOURCE_BACK,
        Topic.SOURCE_DEAD,
    ]


def test_days_without_the_daemon_are_nobodys_silence(owner: Owner) -> None:
    owner.desk.tick(days=3)
    owner.check(Outcome.UNCHANGED, "daily")
    owner.check(Outcome.TIMEOUT)
    assert owner.look() == 0
    owner.desk.tick(hours=24)
    owner.check(Outcome.UNCHANGED, "daily")
    owner.check(Outcome.TIMEOUT)
    assert owner.look() == 1


def test_a_source_that_is_gone_or_was_stale_from_the_start_is_told_after_a_day(owner: Owner) -> None:
    from monitor.coverage import Window
    from monitor.store import coverage

    owner.desk.tick(minutes=1)
    owner.check(Outcome.GONE)
    with owner.desk.store.write() as tx:
        stale = owner.desk.now - timedelta(days=90)
        coverage.keep_window(tx, "daily", "http://daily.example/feed", Window((1,)), stale)
    owner.check(Outcome.UNCHANGED, "daily")
    assert owner.look() == 0
    owner.desk.tick(hours=24)
    owner.check(Outcome.UNCHANGED, "daily")
    assert owner.look() == 1
    assert owner.topics() == [(Topic.SOURCE_DEAD, "daily, wire", "terminal")]
    said = owner.notices()[0].notice
    assert said is not None and "gone for good" in said.lines[1] and "lists nothing new" in said.lines[0]


def test_source_trouble_waits_for_the_morning_and_is_dropped_when_it_ends_before(
    make_desk: Callable[..., Any],
) -> None:
    owner = Owner(make_desk(QUIET))
    owner.desk.now = owner.desk.now.replace(hour=23)
    owner.check(Outcome.UNCHANGED, "daily")
    owner.check(Outcome.UNCHANGED)
    for _hour in range(25):
        owner.desk.tick(hours=1)
        owner.check(Outcome.REFUSED)
        owner.check(Outcome.UNCHANGED, "daily")
    assert owner.look() == 1
    owner.desk.flush()
    (row,) = owner.notices()
    assert row.state is DeliveryState.HELD and "quiet hours" in row.reason
    owner.check(Outcome.UNCHANGED)
    assert owner.look() == 0
    (row,) = owner.notices()
    assert row.state is DeliveryState.SUPPRESSED and row.reason == "mended before anybody was told"
    owner.desk.tick(hours=24)
    assert owner.look() == 0 or all(topic is Topic.SOURCE_DEAD for topic, _a, _c in owner.topics())


def test_a_channel_switched_off_is_told_by_the_other_one_even_at_night(
    make_desk: Callable[..., Any], article: str
) -> None:
    owner = Owner(make_desk(QUIET + SECOND + QUIET))
    owner.desk.now = owner.desk.now.replace(hour=23)
    with owner.desk.store.write() as tx:
        lanes.off(tx, Destination("terminal"), "invalid_auth", owner.desk.now)
    assert owner.look() == 1
    assert owner.topics() == [(Topic.CHANNEL_OFF, "terminal", "other")]
    assert owner.send("other") is not None
    pipeline.open_lanes(owner.desk.store, ["terminal"])
    assert owner.look() == 1
    assert owner.topics()[1:] == [(Topic.CHANNEL_BACK, "terminal", "other")]
    assert owner.send("other") is not None


def test_without_another_channel_nobody_is_told_until_there_is_one(
    make_desk: Callable[..., Any], make_watch: Callable[[str], Any]
) -> None:
    owner = Owner(make_desk())
    with owner.desk.store.write() as tx:
        lanes.off(tx, Destination("terminal"), "invalid_auth", owner.desk.now)
    assert owner.look() == 0 and owner.notices() == []
    owner.desk.watch = make_watch(SECOND)
    assert owner.look() == 1


def test_a_reader_who_wants_no_more_is_no_trouble(owner: Owner) -> None:
    with owner.desk.store.write() as tx:
        lanes.unsubscribe(tx, Destination("terminal", "desk@example.org"), owner.desk.now)
        lanes.unsubscribe(tx, Destination("other"), owner.desk.now)
    assert owner.look() == 0


def test_what_is_tried_in_vain_for_an_hour_is_told_once_a_day(owner: Owner, article: str) -> None:
    owner.desk.file("http://wire.example/1", "Harbour of Varn opens", article)
    owner.desk.tick(minutes=1)
    for _minute in range(59):
        owner.send("terminal", DeliveryError("nobody answers"))
        assert owner.look() == 0
        owner.desk.tick(minutes=1)
    assert owner.send("other") is not None
    owner.desk.tick(minutes=2)
    assert owner.look() == 1
    assert owner.topics() == [(Topic.UNDELIVERED, "terminal", "other")]
    told = owner.notices()[0].notice
    assert told is not None and "1 alert not delivered since 2025-03-20 09:01 UTC to terminal: nobody answers." in (
        told.lines
    )
    owner.send("other")
    for _hour in range(25):
        owner.desk.tick(hours=1)
        owner.send("terminal", DeliveryError("nobody answers"))
        for source in ("wire", "daily"):
            owner.check(Outcome.UNCHANGED, source)
        owner.look()
        owner.send("other")
    assert owner.topics() == [(Topic.UNDELIVERED, "terminal", "other")] * 2


def test_dead_ones_that_are_given_another_chance_are_not_stuck_at_once(owner: Owner, article: str) -> None:
    from monitor.store import sending

    owner.desk.file("http://wire.example/1", "Harbour of Varn opens", article)
    owner.desk.tick(minutes=1)
    owner.send("terminal", DeliveryError("gone", permanent=True))
    owner.send("other")
    owner.desk.tick(hours=5)
    with owner.desk.store.write() as tx:
        assert sending.resend(tx, None, owner.desk.now) == 1
    assert owner.look() == 0
    owner.send("terminal", DeliveryError("nobody answers"))
    assert owner.look() == 1


def test_what_quiet_hours_put_off_is_not_stuck(make_desk: Callable[..., Any], article: str) -> None:
    owner = Owner(make_desk(QUIET + SECOND))
    owner.desk.now = owner.desk.now.replace(hour=21, minute=58)
    owner.desk.file("http://wire.example/1", "Harbour of Varn opens", article)
    owner.desk.tick(minutes=1)
    owner.send("terminal", DeliveryError("nobody answers"))
    owner.send("other")
    owner.desk.tick(hours=3)
    owner.desk.flush()
    assert owner.look() == 0
    owner.desk.now = owner.desk.now.replace(hour=7, minute=0) + timedelta(days=int(owner.desk.now.hour > 7))
    assert owner.look() == 0
