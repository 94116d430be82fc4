"""A small watch, articles to order, and the steps of the pipeline as one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import Channel
from monitor import pipeline
from monitor.config import load
from monitor.errors import DeliveryError
from monitor.model import Delivery, Document, Entry, EntryState, Fetch, Outcome, Reading, WaitingEntry
from monitor.newsroom.slack import SlackDouble
from monitor.pipeline.ingest import Ingested
from monitor.store import Store, deliveries, entries, sources
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


SLACK = """
[[channels]]
id = "slack"
kind = "slack"
{way}
api_url = "{url}"
"""
BOT = """token = "file:{secrets}/token"
channel = "C0NEWSDESK\""""
HOOK = 'webhook = "file:{secrets}/webhook"'


@dataclass
class SlackOffice:
    """A desk whose alerts go to a Slack double, sent the way the daemon sends them but on the desk's own clock."""

    desk: Desk
    slack: SlackDouble
    extra: str

    @property
    def channel(self) -> Any:
        return self.desk.channels["slack"]

    def announce(self, number: int, title: str, text: str, source: str = "wire") -> None:
        """File an article, and compose what is due a minute later."""
        self.desk.file(f"http://{source}.example/{number}", title, text, source)
        self.desk.tick(minutes=1)
        self.desk.flush()

    def step(self) -> str:
        """Look for or send what is due next: "sent", "found", "not found", "failed", or "" when nothing is due."""
        store, now, reconciles = self.desk.store, self.desk.now, self.channel.reconciles
        unclear = pipeline.to_look(store, "slack", now) if reconciles else None
        if unclear is not None:
            return self._look(unclear)
        delivery = pipeline.claim_delivery(store, OWNER, now, channel="slack", reconciles=reconciles)
        if delivery is None:
            return ""
        try:
            self.channel.send(delivery, lambda receipt: pipeline.record_sent(store, delivery, receipt, now))
        except DeliveryError as error:
            first = timedelta(seconds=5)
            pipeline.record_failure(store, delivery, error, first, now, jitter=0.0, reconciles=reconciles)
            return "failed"
        return "sent"

    def _look(self, unclear: Delivery) -> str:
        receipt, said = None, "not there"
        try:
            receipt = self.channel.find(unclear)
        except DeliveryError as error:
            said = str(error)
        pipeline.record_look(self.desk.store, unclear, receipt, said, self.desk.now)
        return "found" if receipt is not None else "not found"

    def steps(self) -> list[str]:
        """Everything that is due now."""
        return list(iter(self.step, ""))

    def drain(self, seconds: float = 3600.0) -> list[str]:
        """Everything that becomes due within some time."""
        done = self.steps()
        for _ in range(int(seconds / 5)):
            self.desk.tick(seconds=5)
            done += self.steps()
        return done

    def recount(self) -> str:
        """Put right the next root: "told", "failed", or "" when all are right."""
        due = pipeline.claim_count(self.desk.store, self.channel, self.desk.now)
        if due is None:
            return ""
        try:
            self.channel.recount(due.delivery, due.count.ref, due.message)
        except DeliveryError as error:
            pipeline.record_miscount(self.desk.store, due, error, self.desk.now)
            return "failed"
        pipeline.record_count(self.desk.store, due)
        return "told"

    def rows(self) -> list[Delivery]:
        """Every delivery to Slack, oldest first."""
        with self.desk.store.read() as tx:
            found = deliveries.page(tx, limit=500)[0]
        return [one for one in found[::-1] if one.destination.channel == "slack"]


@pytest.fixture
def slack_office(make_desk: Callable[..., Desk], tmp_path: Path) -> Iterator[Callable[..., SlackOffice]]:
    """Opens an office with a bot, or (hook=True) an incoming webhook."""
    doubles: list[SlackDouble] = []

    def make(*, hook: bool = False) -> SlackOffice:
        doubles.append(double := SlackDouble())
        (tmp_path / "token").write_text(double.token, encoding="utf-8")
        (tmp_path / "webhook").write_text(double.webhook_url, encoding="utf-8")
        way = (HOOK if hook else BOT).format(secrets=tmp_path)
        # Only what goes to Slack is looked at here.
        extra = SLACK.format(way=way, url=double.api_url)
        office = SlackOffice(make_desk(extra), double, extra)
        office.desk.channels = {"slack": office.channel}
        office.channel.interval = 0.0
        return office

    yield make
    for double in doubles:
        double.stop()


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
