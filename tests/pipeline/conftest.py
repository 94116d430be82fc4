"""A small watch, articles to order, and the steps of the pipeline as one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels import Channel
from monitor import pipeline
from monitor.config import load
from monitor.model import Document, Entry, EntryState, Fetch, Outcome, Reading, WaitingEntry
from monitor.pipeline.ingest import Ingested
from monitor.store import Store, entries, sources
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

NOW = datetime(2025, 3, 20, 9, 0, tzinfo=UTC)
OWNER = "test-owner"
CONFIG = """
[watch]
id = "talks"
title = "Talks"
about = 'truce OR harbour OR pipeline'

[archive]
url = "sqlite:///unused.db"

[alerts]
group_wait = "30s"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[sources]]
id = "daily"
kind = "feed"
url = "http://daily.example/feed"

[[rules]]
id = "harbour"
query = 'harbour'

[[rules]]
id = "truce"
query = 'truce'
severity = "critical"

[[channels]]
id = "terminal"
kind = "console"
"""

PARAGRAPHS = (
    "Negotiators from both coastal states agreed on Tuesday to open the harbour of Varn to grain ships for 40 days.",
    "The accord was read out by envoy Marta Lindqvist after nine hours of talks in the town hall of Osterby.",
    "Shipping insurers said premiums would fall by a third once the first 12 vessels had left the quay unharmed.",
    "Fishermen who had been kept ashore since autumn watched from the breakwater and asked who would clear the mines.",
    "A second meeting is planned for the spring, when the fate of 260 detained sailors is to be settled.",
)


@dataclass
class Desk:
    """A store, a watch and a hand that files articles into it."""

    store: Store
    watch: Watch
    channels: Mapping[str, Channel]
    now: datetime = NOW
    filed: int = field(default=0)

    def tick(self, **passed: float) -> datetime:
        self.now += timedelta(**passed)
        return self.now

    def claim(self, url: str, source: str = "wire", *, first_import: bool = False, title: str = "") -> WaitingEntry:
        entry = Entry(url=url, guid=url, title=title, updated_raw=str(self.filed))
        self.filed += 1
        item = Listed(entry, url_key(url), host_of(url), EntryState.WAITING, first_import, self.now)
        with self.store.write() as tx:
            entries.add(tx, source, [item], self.now)
            claimed = entries.claim_waiting(tx, OWNER, timedelta(minutes=5), 10, set(), self.now)
        return next(waiting for waiting in claimed if waiting.entry.url == url)

    def file(self, url: str, title: str, text: str, source: str = "wire", *, first_import: bool = False) -> Ingested:
        waiting = self.claim(url, source, first_import=first_import, title=title)
        return pipeline.ingest(self.store, self.watch, waiting, self.reading(url, title, text), OWNER, self.now)

    def reading(self, url: str, title: str, text: str) -> Reading:
        return pipeline.read_document(Document(url=url, title=title, text=text, language="en", method="test"))

    def flush(self) -> int:
        pipeline.summarise_imports(self.store, self.watch, self.now)
        return pipeline.flush(self.store, self.watch, self.channels, self.now)


@pytest.fixture
def article() -> str:
    return "\n\n".join(PARAGRAPHS)


@pytest.fixture
def make_watch(tmp_path: Path) -> Callable[[str], Watch]:
    def make(extra: str = "") -> Watch:
        file = tmp_path / "storywatch.toml"
        file.write_text(CONFIG + extra, encoding="utf-8")
        return compile_watch(load(file, {}, tmp_path))

    return make


@pytest.fixture
def make_desk(store: Store, make_watch: Callable[[str], Watch]) -> Callable[..., Desk]:
    def make(extra: str = "", *, checked: bool = True) -> Desk:
        from alerts.channels import open_channels

        watch = make_watch(extra)
        desk = Desk(store, watch, open_channels(watch.config))
        with store.write() as tx:
            sources.sync(tx, watch.config.sources, NOW)
        if checked:
            for source_id in watch.sources:
                check(desk, source_id)
        return desk

    return make


def check(desk: Desk, source_id: str) -> None:
    """Let a source have had its first, empty check, so that what comes later is news."""
    with desk.store.write() as tx:
        (state,) = sources.claim_due(tx, OWNER, timedelta(minutes=5), 5, set(), desk.now, only={source_id}, force=True)
    source = desk.watch.sources[source_id]
    fetch = Fetch(source.url, Outcome.UNCHANGED, desk.now, status=304)
    pipeline.check(desk.store, desk.watch, source, state, fetch, None, OWNER, desk.now, jitter=0.0)


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
