"""Polls: a daemon without its metronome, on a virtual clock, against a server that writes every request down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load
from monitor.model import SourceState
from monitor.pipeline import Checked
from monitor.runtime.crawl import Crawler
from monitor.runtime.jobs import check_source, read_entries
from monitor.runtime.manners import RobotsShelf, remember_hosts
from monitor.runtime.pool import Pool
from monitor.runtime.services import Services, manners
from monitor.store import Store, entries, fetches, sources
from monitor.store.fetches import FetchRow
from monitor.watch import Watch, compile_watch

# A Tuesday noon.
START = datetime(2026, 3, 3, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
CONFIG = """
[watch]
id = "port"
title = "Port"

[archive]
url = "sqlite:///unused.db"

[fetch]
contact = "https://desk.example/bot"

[[channels]]
id = "terminal"
kind = "console"

[[rules]]
id = "port"
query = "port"
"""


@dataclass
class Polls:
    """A daemon without its metronome: what is due at `now` is checked, and nothing else."""

    engine: Any
    store: Store
    watch: Watch
    site: Any
    now: datetime = START
    running: list[Services] = field(default_factory=list)

    def start(self) -> None:
        """A new process on the same archive."""
        self.stop()
        self.engine.run(self._start())

    async def _start(self) -> None:
        writer = ThreadPoolExecutor(1)
        own = replace(manners(self.watch.config), delay=timedelta(0), allow_private=(self.site.door,))
        crawler = Crawler(own, RobotsShelf(self.store, writer, self.clock))
        services = Services(self.store, self.watch, {}, crawler, Pool(0), clock=self.clock, writer=writer)
        with self.store.write() as tx:
            sources.sync(tx, self.watch.config.sources, self.now)
            sources.free_leases(tx)
            entries.free_leases(tx)
        remember_hosts(self.store, crawler.hosts, self.now)
        self.running.append(services)

    def stop(self) -> None:
        for services in self.running:
            self.engine.run(services.pool.close())
            services.writer.shutdown()
        self.running.clear()

    def clock(self) -> datetime:
        return self.now

    def poll(self, *, force: bool = False) -> list[Checked]:
        """Check what is due now."""
        services = self.running[-1]
        busy = services.crawler.hosts.resting(self.now)
        done = []
        while True:
            with self.store.write() as tx:
                claimed = sources.claim_due(tx, services.owner, LEASE, 5, busy, self.now, force=force)
            if not claimed:
                return done
            for state in claimed:
                done.append(self.engine.run(check_source(services, self.watch.sources[state.source_id], state)))
            if force:
                return done

    def read(self) -> None:
        """Read the pages that wait now."""
        services = self.running[-1]
        busy = services.crawler.hosts.resting(self.now)
        with self.store.write() as tx:
            batch = entries.claim_waiting(tx, services.owner, LEASE, 20, busy, self.now)
        if batch:
            self.engine.run(read_entries(services, batch))

    def after(self, wait: timedelta) -> list[Checked]:
        self.now += wait
        return self.poll()

    def until_due(self) -> list[Checked]:
        """Move on to the next check, and make it."""
        self.now = max(self.now, self.state.due_at)
        return self.poll()

    @property
    def state(self) -> SourceState:
        with self.store.read() as tx:
            return sources.states(tx)[0]

    @property
    def wait(self) -> timedelta:
        return self.state.due_at - self.now

    def fetches(self, kind: str = "check") -> tuple[FetchRow, ...]:
        with self.store.read() as tx:
            return fetches.recent(tx, self.state.source_id, kind=kind)


@pytest.fixture
def begin(engine: Any, sqlite_store: Store, site: Any, tmp_path: Path) -> Iterator[Callable[..., Polls]]:
    """Starts polling the paths of the site, one source each (by default every 15 minutes)."""
    made: list[Polls] = []

    def start(*paths: str, every: str = "15m") -> Polls:
        lines = [
            f'[[sources]]\nid = "s{number}"\nkind = "feed"\nurl = "{site.url(path)}"\nevery = "{every}"\n'
            for number, path in enumerate(paths or ("/feed",))
        ]
        file = tmp_path / "storywatch.toml"
        file.write_text(CONFIG + "\n".join(lines), encoding="utf-8")
        made.append(Polls(engine, sqlite_store, compile_watch(load(file, {}, tmp_path)), site))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()
