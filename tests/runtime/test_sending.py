"""The senders: a result is recorded before the goodbye and for good, neither an end nor a reload leaves it half."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from alerts.channels.contract import Taken, unheard
from alerts.compose import Telling
from monitor.config import load
from monitor.errors import DeliveryError, StoreError
from monitor.model import Delivery, DeliveryState, Destination, Message, Receipt, Subject
from monitor.runtime.crawl import Crawler
from monitor.runtime.pool import Pool
from monitor.runtime.sending import Senders
from monitor.runtime.services import Services
from monitor.store import Store, deliveries, lanes, sending, stories
from monitor.watch import compile_watch

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
CONFIG = """
[watch]
id = "quay"

[archive]
url = "sqlite:///unused.db"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[channels]]
id = "desk"
kind = "console"

[[channels]]
id = "hook"
kind = "webhook"
url = "https://hooks.example/T7/kanarie-path?sig=kanarie-query"
secret = "file:key"
"""
KEY = "whsec_a2FuYXJpZS1rZXk="


@dataclass
class Receiver:
    """A channel whose receiver does what `acts` say, one for each try; afterwards it takes everything."""

    acts: list[Callable[[Taken], None]] = field(default_factory=list)
    reconciles: bool = False
    has: Receipt | None = None
    tries: list[Delivery] = field(default_factory=list)
    looks: int = 0
    id: str = "desk"
    kind: str = "test"
    telling: Telling = field(default_factory=lambda: Telling("Quay", "", "UTC", {}, "quay"))

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return Message("Headline", "Text")

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        self.tries.append(delivery)
        if self.acts:
            self.acts.pop(0)(taken)
        receipt = Receipt("root-1", "250 taken")
        taken(receipt)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        self.looks += 1
        return self.has

    def probe(self, destination: Destination) -> str:
        return "answers"


class FullDisk(Store):
    """An archive that cannot be written while `full`; reading goes on."""

    full = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.full:
            self.full -= 1
            raise StoreError("the disk is full")
        with super().write() as tx:
            yield tx


@dataclass
class Desk:
    services: Services
    senders: Senders
    receiver: Receiver
    time: list[datetime]

    def row(self) -> Delivery:
        with self.services.store.read() as tx:
            return deliveries.page(tx)[0][-1]

    def outcomes(self) -> list[str | None]:
        with self.services.store.read() as tx:
            return [one.outcome for one in sending.attempts_of(tx, self.row().id)]

    async def deliver(self, **later: float) -> None:
        """One round of the senders, some time later."""
        self.time[0] += timedelta(**later)
        await self.senders.deliver()
        await asyncio.gather(*self.senders.live.values())


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Callable[[Receiver, Callable[[Desk], Awaitable[None]]], Desk]:
    """Run something with a desk that owes one composed delivery, on a loop of its own."""
    (tmp_path / "storywatch.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    watch = compile_watch(load(tmp_path / "storywatch.toml", {}, tmp_path))
    archive = FullDisk(store.url, store.place, store._writing, store._reading)
    with archive.write() as tx:
        story = stories.add(tx, "Harbour", NOW)
        turn = stories.add_development(tx, story, "a", "Harbour opens", NOW, version_id=None, known=False)
        deliveries.owe(tx, [Destination("desk")], NOW, NOW, development_id=turn, story_id=story)
        deliveries.freeze(tx, 1, Message("Headline", "Text"), NOW)

    def go(receiver: Receiver, work: Callable[[Desk], Awaitable[None]]) -> Desk:
        time = [NOW]
        services = Services(
            archive, watch, {"desk": receiver}, cast(Crawler, None), cast(Pool, None), clock=lambda: time[0]
        )
        desk = Desk(services, Senders(services), receiver, time)

        async def all_of_it() -> None:
            await work(desk)

        asyncio.run(all_of_it())
        services.writer.shutdown()
        return desk

    return go


def fails(error: Exception) -> Callable[[Taken], None]:
    def act(_taken: Taken) -> None:
        raise error

    return act


def test_a_result_is_recorded_before_the_goodbye(run: Any) -> None:
    """The channel breaks after its receiver took the message, as at a QUIT that is answered badly."""
    seen: list[DeliveryState] = []

    def takes_and_breaks(taken: Taken) -> None:
        taken(Receipt("root-1", "250 taken"))
        seen.append(desk_of[0].row().state)
        raise ConnectionResetError

    desk_of: list[Desk] = []

    async def work(desk: Desk) -> None:
        desk_of.append(desk)
        await desk.deliver()
        await desk.deliver(days=1)

    desk = run(Receiver([takes_and_breaks]), work)
    assert seen == [DeliveryState.SENT]
    assert desk.row().state is DeliveryState.SENT and len(desk.receiver.tries) == 1


def test_a_result_that_the_archive_does_not_take_is_recorded_as_soon_as_it_does(run: Any) -> None:
    async def work(desk: Desk) -> None:
        def fills_up(_taken: Taken) -> None:
            cast(FullDisk, desk.services.store).full = 1

        desk.receiver.acts.append(fills_up)
        await desk.deliver()

    desk = run(Receiver(), work)
    assert desk.row().state is DeliveryState.SENT and len(desk.receiver.tries) == 1
    assert desk.outcomes() == ["sent"] and not desk.row().may_repeat


def test_an_end_during_a_send_is_journaled_and_a_late_answer_still_counts(run: Any) -> None:
    asked, answers, seen = threading.Event(), threading.Event(), []

    def silent(_taken: Taken) -> None:
        asked.set()
        answers.wait(60)

    async def work(desk: Desk) -> None:
        await desk.senders.deliver()
        await asyncio.to_thread(asked.wait, 60)
        await desk.senders.drain(0.05)
        seen.append((desk.row().state, desk.outcomes()))
        answers.set()
        for _ in range(600):
            if desk.row().state is DeliveryState.SENT:
                return
            await asyncio.sleep(0.02)

    desk = run(Receiver([silent]), work)
    assert seen == [(DeliveryState.AMBIGUOUS, ["ambiguous"])]
    assert desk.row().state is DeliveryState.SENT


def test_a_reload_that_takes_the_channel_away_does_not_touch_what_is_under_way(run: Any) -> None:
    async def work(desk: Desk) -> None:
        def reload(_taken: Taken) -> None:
            desk.services.channels = {}

        desk.receiver.acts.append(reload)
        await desk.deliver()

    assert run(Receiver(), work).row().state is DeliveryState.SENT


@pytest.mark.parametrize("has", [Receipt("root-1"), None])
def test_an_unclear_one_is_looked_for_after_5_and_30_seconds(run: Any, has: Receipt | None) -> None:
    async def work(desk: Desk) -> None:
        await desk.deliver()
        assert desk.row().state is DeliveryState.AMBIGUOUS
        await desk.deliver(seconds=4)
        assert desk.receiver.looks == 0
        await desk.deliver(seconds=1)
        assert desk.receiver.looks == 1
        await desk.deliver(seconds=24)
        assert desk.receiver.looks == 1 and len(desk.receiver.tries) == 1
        await desk.deliver(seconds=1)

    desk = run(Receiver([fails(DeliveryError("no answer", ambiguous=True))], reconciles=True, has=has), work)
    assert desk.row().state is DeliveryState.SENT and desk.row().provider_ref == "root-1"
    if has is None:
        assert desk.receiver.looks == 2 and [one.may_repeat for one in desk.receiver.tries] == [False, True]
    else:
        assert desk.receiver.looks == 1 and len(desk.receiver.tries) == 1 and not desk.row().may_repeat


def test_a_pause_is_no_try_and_holds_the_channel(run: Any) -> None:
    async def work(desk: Desk) -> None:
        await desk.deliver()
        assert (desk.row().state, desk.row().attempts) == (DeliveryState.PENDING, 0)
        with desk.services.store.read() as tx:
            (lane,) = lanes.lanes(tx, desk.time[0])
        assert lane.reason == "slow down" and lane.paused_until is not None
        assert timedelta(seconds=90) <= lane.paused_until - NOW <= timedelta(seconds=99)
        await desk.deliver(seconds=89)
        assert len(desk.receiver.tries) == 1
        await desk.deliver(seconds=10)

    desk = run(Receiver([fails(DeliveryError("slow down", retry_after=90.0))]), work)
    assert (desk.row().state, desk.row().attempts) == (DeliveryState.SENT, 1)


def test_what_a_lasting_refusal_stops_waits_for_its_mending(run: Any) -> None:
    async def work(desk: Desk) -> None:
        await desk.deliver()
        await desk.deliver(days=9)
        assert (desk.row().state, desk.row().attempts) == (DeliveryState.PENDING, 0)
        assert len(desk.receiver.tries) == 1
        with desk.services.store.write() as tx:
            assert lanes.on(tx) == ("desk",)
        await desk.deliver()

    desk = run(Receiver([fails(DeliveryError("token revoked", off=True))]), work)
    assert desk.row().state is DeliveryState.SENT


def test_a_clock_that_is_set_back_delays_nothing(run: Any) -> None:
    async def work(desk: Desk) -> None:
        await desk.deliver()
        assert desk.row().state is DeliveryState.PENDING
        await desk.deliver(hours=-3)

    desk = run(Receiver([fails(DeliveryError("451 later"))]), work)
    assert desk.row().state is DeliveryState.SENT


@pytest.mark.parametrize("reconciles", [False, True])
def test_what_an_unforeseen_error_quotes_is_recorded_without_secrets(run: Any, reconciles: bool) -> None:
    said = f"POST /T7/kanarie-path?sig=kanarie-query failed; key {KEY} {KEY.removeprefix('whsec_')} at https://u:kanarie@h/"

    def broken(_taken: Taken) -> None:
        raise ValueError(said)

    desk = run(Receiver([broken, broken], reconciles=reconciles), lambda desk: desk.deliver())
    row = desk.row()
    assert row.last_error.startswith("ValueError: POST ***") and "failed" in row.last_error
    assert "kanarie" not in row.last_error and "a2Fu" not in row.last_error
    with desk.services.store.read() as tx:
        assert "kanarie" not in sending.attempts_of(tx, row.id)[0].detail
