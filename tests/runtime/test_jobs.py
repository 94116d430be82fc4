"""The jobs over hostile input: whatever breaks a reader is recorded, and nothing is asked again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.config import load
from monitor.errors import StoreError
from monitor.model import Entry, EntryState, Fetch, Outcome, Source, WaitingEntry
from monitor.runtime.dispatch import Dispatcher
from monitor.runtime.hosts import HostGate
from monitor.runtime.jobs import check_source, read_entries
from monitor.runtime.pool import Pool
from monitor.runtime.services import Services
from monitor.store import Store, entries, fetches, review, sources, tables
from monitor.store.entries import Listed
from monitor.watch import compile_watch
from spiders.settings import Manners

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
URL = "http://wire.example/a"
PAGE = (
    b"<html><body><article><p>" + b"The ferry sails again from the old quay on Monday. " * 9 + b"</p></article></body>"
)
FEED = b"<rss version='2.0'><channel><title>W</title><item><link>http://wire.example/a</link></item></channel></rss>"
# No config would let it in: the reader of every page and feed breaks over it.
NO_PATTERN: Any = 5
BROKEN = Source("wire", "feed", "http://wire.example/feed", utc_offset=timedelta(hours=99), guid_strip=NO_PATTERN)
CONFIG = """
[watch]
id = "quay"

[archive]
url = "sqlite:///unused.db"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"
"""


class Answers:
    """In the crawler's place: everybody answers this."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.hosts = HostGate(timedelta(0))

    def _fetch(self, url: str) -> Fetch:
        return Fetch(url, Outcome.OK, NOW, status=200, body=self.body)

    async def check(self, source: Source, _state: Any, _now: datetime) -> Fetch:
        return self._fetch(source.url)

    async def read(self, requests: Sequence[Any]) -> AsyncIterator[tuple[Any, Fetch]]:
        for tag, request in requests:
            yield tag, self._fetch(request.url)


Within = Callable[[bytes, Callable[[Services], Awaitable[Any]]], Any]


@pytest.fixture
def within(store: Store, tmp_path: Path) -> Within:
    """Do something with running services whose servers all answer the same."""
    file = tmp_path / "storywatch.toml"
    file.write_text(CONFIG, encoding="utf-8")
    watch = compile_watch(load(file, {}, tmp_path))
    with store.write() as tx:
        sources.sync(tx, [BROKEN], NOW)

    def run(body: bytes, work: Callable[[Services], Awaitable[Any]]) -> Any:
        async def scene() -> Any:
            services = Services(store, watch, {}, Answers(body), Pool(1), owner="me", clock=lambda: NOW)  # type: ignore[arg-type]
            try:
                return await work(services)
            finally:
                await services.pool.close()
                services.writer.shutdown()

        return asyncio.run(scene())

    return run


def claimed(store: Store) -> tuple[WaitingEntry, ...]:
    entry = Listed(Entry(URL, title="Ferry"), URL, "wire.example", EntryState.WAITING, False, NOW)
    with store.write() as tx:
        entries.add(tx, "wire", [entry], NOW)
        return entries.claim_waiting(tx, "me", timedelta(minutes=5), 10, (), NOW)


def test_a_feed_that_breaks_its_parser_is_a_recorded_outcome(store: Store, within: Within) -> None:
    with store.write() as tx:
        (state,) = sources.claim_due(tx, "me", timedelta(minutes=5), 1, (), NOW)
    checked = within(FEED, lambda services: check_source(services, BROKEN, state))
    assert checked.outcome is Outcome.UNREADABLE
    with store.read() as tx:
        (row,) = fetches.recent(tx, "wire")
        (after,) = sources.states(tx)
    assert row.error.startswith("its parser broke: TypeError")
    assert after.due_at > NOW and after.failures == 1


def test_a_page_that_breaks_its_reader_is_archived_as_listed(store: Store, within: Within) -> None:
    batch = claimed(store)

    async def work(services: Services) -> Any:
        object.__setattr__(services.watch, "sources", {"wire": BROKEN})
        return await read_entries(services, batch)

    assert within(PAGE, work).archived == 1
    with store.read() as tx:
        row = review.entry_by_key(tx, URL)
    assert row is not None and row.state is EntryState.DONE and "ValueError" in row.error


def test_a_job_that_breaks_is_counted_and_not_started_again_at_once(store: Store, within: Within) -> None:
    class Broken(Answers):
        async def check(self, source: Source, _state: Any, _now: datetime) -> Fetch:
            raise ZeroDivisionError("no crawler does this")

    async def work(services: Services) -> Dispatcher:
        services.crawler = Broken(b"")  # type: ignore[assignment]
        dispatcher = Dispatcher(services)
        await dispatcher.check_now({"wire"})
        for _ in range(3):
            await dispatcher.tick()
        return dispatcher

    assert within(b"", work).broken == 1
    with store.read() as tx:
        assert sources.states(tx)[0].lease_owner == "me"


def test_what_the_archive_did_not_take_is_free_for_the_next_claim(store: Store, within: Within) -> None:
    class Away(Answers):
        async def check(self, source: Source, _state: Any, _now: datetime) -> Fetch:
            raise StoreError("the archive is away")

    async def work(services: Services) -> int:
        crawler, services.crawler = services.crawler, Away(b"")  # type: ignore[assignment]
        dispatcher = Dispatcher(services)
        await dispatcher.check_now({"wire"})
        services.crawler = crawler
        # Somebody else's job that never ends does not keep it waiting.
        dispatcher.live["slow.example"] = asyncio.create_task(asyncio.sleep(60))
        await dispatcher.tick()
        await asyncio.wait({task for host, task in dispatcher.live.items() if host == "wire.example"})
        dispatcher.live.pop("slow.example").cancel()
        return dispatcher.broken

    assert within(FEED, work) == 1
    with store.read() as tx:
        assert [row.kind for row in fetches.recent(tx, "wire")] == ["check"]


def test_a_lease_outlasts_the_slowest_job(store: Store, within: Within) -> None:
    async def work(services: Services) -> Any:
        dispatcher = Dispatcher(services)
        asked: list[Any] = []

        class Looking(Answers):
            async def read(self, requests: Sequence[Any]) -> AsyncIterator[tuple[Any, Fetch]]:
                with store.read() as tx:
                    asked.extend(tx.execute(select(tables.entry.c.lease_until)).scalars())
                for tag, request in requests:
                    yield tag, self._fetch(request.url)

        services.crawler = Looking(PAGE)  # type: ignore[assignment]
        await dispatcher.check_now(set())
        return asked

    listed = [
        Listed(Entry(f"{URL}{number}", title="Ferry"), f"{URL}{number}", "wire.example", EntryState.WAITING, False, NOW)
        for number in range(20)
    ]
    with store.write() as tx:
        entries.add(tx, "wire", listed, NOW)
    (until,) = set(within(PAGE, work))
    assert until - NOW > 20 * Manners().deadline


@dataclass
class Noted(Services):
    """Notes which steps of judging ran, in order."""

    steps: list[str] = field(default_factory=list)

    async def look(self, question: Any, *args: Any, **kwargs: Any) -> Any:
        self.steps.append(question.__name__)
        return await super().look(question, *args, **kwargs)

    async def record(self, step: Any, *args: Any, **kwargs: Any) -> Any:
        self.steps.append(step.__name__)
        return await super().record(step, *args, **kwargs)


def test_nothing_is_recorded_between_foreseeing_an_article_and_recording_it(store: Store, within: Within) -> None:
    told = [
        Entry(f"{URL}{n}", title=f"Ferry {n}", text=f"Ferry {n} sails from quay {n * n} again. " * 9) for n in range(6)
    ]
    listed = [Listed(one, one.url, "wire.example", EntryState.WAITING, False, NOW) for one in told]
    with store.write() as tx:
        entries.add(tx, "wire", listed, NOW)
        batch = entries.claim_waiting(tx, "me", timedelta(minutes=5), 10, (), NOW)
    whole = Source("wire", "feed", "http://wire.example/feed", text="feed")

    async def work(services: Services) -> tuple[Any, list[str]]:
        object.__setattr__(services.watch, "sources", {"wire": whole})
        parts = (services.store, services.watch, {}, services.crawler, services.pool)
        noted = Noted(*parts, owner="me", clock=lambda: NOW, writer=services.writer)
        return await read_entries(noted, batch), noted.steps

    read, steps = within(b"", work)
    assert read.archived == 6
    assert steps == ["foresee", "ingest"] * 6
