"""A small archive, filled through the pipeline, to ask questions of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels import Channel
from monitor import pipeline
from monitor.config import load
from monitor.errors import DeliveryError
from monitor.model import Document, Entry, EntryState, Fetch, Outcome, Receipt
from monitor.pipeline.ingest import Ingested
from monitor.runtime.services import open_channels
from monitor.store import Store, entries, sources
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

OWNER = "desk"
CONFIG = """
[watch]
id = "ferries"
title = "Ferries"
timezone = "Europe/Kyiv"
about = 'ferry OR "Тихий пором"'

[alerts]
group_wait = "30s"

[lists]
strait = 'Ossel OR strait'

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[sources]]
id = "daily"
name = "The Daily"
kind = "feed"
url = "http://daily.example/feed"

[[rules]]
id = "strait-ferry"
query = '@strait AND ferry'

[[channels]]
id = "terminal"
kind = "console"
"""


@dataclass
class Desk:
    """A store, a watch and a hand that files articles into it."""

    store: Store
    watch: Watch
    channels: Mapping[str, Channel]
    now: datetime = datetime(2025, 5, 6, 9, 0, tzinfo=UTC)
    filed: int = field(default=0)

    def check(self, source_id: str) -> None:
        """Let a source have had a first, empty check, so that what comes later is news."""
        source = self.watch.sources[source_id]
        lease = timedelta(minutes=5)
        with self.store.write() as tx:
            (state,) = sources.claim_due(tx, OWNER, lease, 1, set(), self.now, only={source_id}, force=True)
        fetch = Fetch(source.url, Outcome.UNCHANGED, self.now, status=304)
        pipeline.check(self.store, self.watch, source, state, fetch, None, OWNER, self.now, jitter=0.0)

    def list(self, url: str, source: str, state: EntryState = EntryState.WAITING, *, first: bool = False) -> None:
        self.filed += 1
        entry = Entry(url=url, guid=url, title="Listed", updated_raw=str(self.filed))
        item = Listed(entry, url_key(url), host_of(url), state, first, self.now)
        with self.store.write() as tx:
            entries.add(tx, source, [item], self.now)

    def file(
        self, url: str, title: str, text: str, source: str = "wire", *, language: str = "en", first: bool = False
    ) -> Ingested:
        self.list(url, source, first=first)
        with self.store.write() as tx:
            (waiting,) = entries.claim_waiting(tx, OWNER, timedelta(minutes=5), 1, set(), self.now)
        reading = pipeline.read_document(Document(url=url, title=title, text=text, language=language, method="test"))
        return pipeline.ingest(self.store, self.watch, waiting, reading, OWNER, self.now)

    def learn(self, title: str, text: str) -> Ingested:
        document = Document(url="", title=title, text=text, language="en", method="test")
        return pipeline.learn(self.store, self.watch, document, self.now)

    def flush(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        pipeline.summarise_imports(self.store, self.watch, self.now)
        pipeline.flush(self.store, self.watch, self.channels, self.now)

    def deliver(self, error: DeliveryError | None = None) -> None:
        """Send the next delivery, or let its channel answer with an error."""
        claimed = pipeline.claim_delivery(self.store, OWNER, self.now)
        assert claimed is not None
        if error is None:
            pipeline.record_sent(self.store, claimed, Receipt("ref"), self.now)
        else:
            pipeline.record_failure(self.store, claimed, error, timedelta(seconds=5), self.now, jitter=0.0)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    file = tmp_path / "storywatch.toml"
    file.write_text(CONFIG, encoding="utf-8")
    watch = compile_watch(load(file, {}, tmp_path))
    made = Desk(store, watch, open_channels(watch.config))
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, made.now)
    for source_id in watch.sources:
        made.check(source_id)
    return made


@pytest.fixture
def ferry() -> str:
    return "\n\n".join(
        (
            "The night ferry across the strait of Ossel will sail again from 11 May, the harbour board of Tamm said.",
            "Its captain, Jorun Beck, had refused to leave port since 84 mines were counted off the northern pier.",
            "Tickets for the first crossing were gone within 20 minutes, and a queue formed along the breakwater.",
            "Insurers want a pilot boat ahead of every sailing until the last of the anchored mines is raised.",
        )
    )
