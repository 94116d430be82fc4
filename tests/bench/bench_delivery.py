"""From due to accepted: Slack, mail, webhook and console side by side, in calm and with a backlog.

    python tests/bench/bench_delivery.py [BACKLOG] [CALM]      60 and 40 alerts, unless said otherwise

In calm one alert falls due every 1.3 s and the daemon's own senders look every second, as they do when it runs: half of
that second is the floor of the median. Slack takes one message a second, so a backlog of 1,000 needs 17 minutes there.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import structlog
from sqlalchemy import func, select

from alerts.channels import open_channels
from monitor import pipeline
from monitor.config import load
from monitor.model import Document, Entry, EntryState, Fetch, Outcome
from monitor.newsroom.loopback import Loopback, Reply, Request
from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.slack import SlackDouble
from monitor.runtime.crawl import Crawler
from monitor.runtime.pool import Pool
from monitor.runtime.sending import Senders
from monitor.runtime.services import Services
from monitor.store import Store, entries, open_store, sources
from monitor.store.entries import Listed
from monitor.store.tables import delivery
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

APART = timedelta(seconds=1.3)
LEASE = timedelta(minutes=5)
CONFIG = """
[watch]
id = "quays"

[archive]
url = "sqlite:///archive.db"

[fetch]
allow_private = ["127.0.0.1:{hook}"]

[alerts]
group_wait = "0s"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[rules]]
id = "harbour"
query = "harbour"

[[channels]]
id = "slack"
kind = "slack"
token = "env:TOKEN"
channel = "C0NEWSDESK"
api_url = "{slack}"

[[channels]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {mail}
tls = "none"
from = "Desk <desk@quays.example>"
to = ["ann@quays.example"]
pace = "100000/h"

[[channels]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:{hook}/news"
secret = "env:KEY"

[[channels]]
id = "console"
kind = "console"
"""
SYLLABLES = ("ka", "ren", "to", "mil", "dor", "esh", "vi", "lan", "gus", "per")


@dataclass
class Office:
    """An archive with its senders."""

    store: Store
    watch: Watch
    senders: Senders

    def file(self, number: int, now: datetime) -> None:
        """Archive a report of an event of its own, which every channel is owed from `now` on."""
        place, person = name(number), name(number * 7919 + 13)
        text = (
            f"The harbour of {place} was closed after {100 + number} barrels of resin had burst near gate {number + 7}."
            f"\n\nMayor {person} told {3 * number + 200} residents of {name(number * 31 + 5)} to keep windows shut."
        )
        entry = Entry(f"http://wire.example/{number}", str(number), f"{place}: harbour closed")
        listed = Listed(entry, url_key(entry.url), host_of(entry.url), EntryState.WAITING, False, now)
        with self.store.write() as tx:
            entries.add(tx, "wire", [listed], now)
            (waiting,) = entries.claim_waiting(tx, "bench", LEASE, 1, set(), now)
        document = Document(entry.url, entry.title, text, language="en", method="bench")
        pipeline.ingest(self.store, self.watch, waiting, pipeline.read_document(document), "bench", now)

    def owed(self) -> int:
        with self.store.read() as tx:
            return tx.scalar(select(func.count()).where(delivery.c.state != "sent")) or 0

    def waits(self, channel: str) -> list[float]:
        """Seconds from due to accepted, as recorded."""
        query = select(delivery.c.created, delivery.c.sent_at).where(delivery.c.channel == channel)
        with self.store.read() as tx:
            return [(sent - due).total_seconds() for due, sent in tx.execute(query) if sent is not None]

    async def drain(self) -> None:
        """The daemon's round, once a second, until nothing is owed."""
        while self.owed():
            begun = time.monotonic()
            await self.senders.deliver()
            await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - begun)))
        await self.senders.drain()


def name(number: int) -> str:
    digits = [SYLLABLES[int(one)] for one in f"{number * 48271 % 100003:05d}"]
    return "".join(digits).capitalize()


def taken(_request: Request) -> Reply:
    return Reply(204)


@contextlib.contextmanager
def office() -> Iterator[Office]:
    slack, mail, hook = SlackDouble(), Mailbox(), Loopback(taken, 0)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as parts:
        for one in (slack, mail, hook):
            parts.callback(one.stop)
        file = Path(folder) / "storywatch.toml"
        file.write_text(CONFIG.format(slack=slack.api_url, mail=mail.port, hook=hook.port), encoding="utf-8")
        environ = {**os.environ, "TOKEN": slack.token, "KEY": "whsec_a2V5LW9mLXRoZS1iZW5jaA=="}
        watch = compile_watch(load(file, environ, Path(folder)))
        store = parts.enter_context(contextlib.closing(open_store(watch.config.archive.url)))
        channels = open_channels(watch.config, io.StringIO())
        services = Services(store, watch, channels, cast(Crawler, None), cast(Pool, None))
        parts.callback(services.writer.shutdown)
        _first_check(store, watch)
        yield Office(store, watch, Senders(services))


def _first_check(store: Store, watch: Watch) -> None:
    now, source = datetime.now(UTC), watch.sources["wire"]
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, now)
        (state,) = sources.claim_due(tx, "bench", LEASE, 1, set(), now, force=True)
    fetch = Fetch(source.url, Outcome.UNCHANGED, now, status=304)
    pipeline.check(store, watch, source, state, fetch, None, "bench", now, jitter=0.0)


def calm(count: int) -> None:
    """One alert at a time: what a reader waits for."""
    with office() as desk:
        begin = datetime.now(UTC) + timedelta(seconds=2 + 0.05 * count)
        for number in range(count):
            desk.file(number, begin + number * APART)
        time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()))
        worked = time.process_time()
        asyncio.run(desk.drain())
        worked = time.process_time() - worked
        print(f"calm: {count} alerts to 4 channels, one every {APART.total_seconds()} s; due to accepted, seconds")
        every = []
        for channel in desk.watch.config.channels:
            found = sorted(desk.waits(channel.id))
            every += found
            print(f"  {channel.id:<8} p50 {statistics.median(found):6.3f}  p99 {found[int(0.99 * len(found))]:6.3f}")
        every.sort()
        p50, p99 = statistics.median(every), every[int(0.99 * len(every))]
        print(f"  all      p50 {p50:6.3f}  p99 {p99:6.3f}  goal p50 < 1, p99 < 5: {met(p50 < 1 and p99 < 5)}")
        print(f"  CPU {1000 * worked / max(1, len(every)):.1f} ms for each delivery, the receivers' share included")


def backlog(count: int) -> None:
    """All at once: Slack goes at its own pace, and nobody else waits for it."""
    with office() as desk:
        begin = datetime.now(UTC)
        for number in range(count):
            desk.file(number, begin)
        started = datetime.now(UTC)
        asyncio.run(desk.drain())
        print(f"backlog: {count} alerts to each of 4 channels at once")
        slack = desk.waits("slack")
        ends = {
            one.id: max(desk.waits(one.id)) - (started - begin).total_seconds() for one in desk.watch.config.channels
        }
        for channel, seconds in ends.items():
            print(f"  {channel:<8} all accepted after {seconds:7.1f} s, {count / seconds:6.1f}/s")
        pace = (count - 1) / (max(slack) - min(slack))
        others = max(value for key, value in ends.items() if key != "slack")
        print(f"  goal Slack at 1/s: {pace:.3f}/s, {met(0.95 <= pace <= 1.05)}")
        print(f"  goal others not held up: {met(others < ends['slack'] / 2)}")


def met(good: bool) -> str:
    return "met" if good else "MISSED"


if __name__ == "__main__":
    # The figures are the output.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asked = [int(one) for one in sys.argv[1:]]
    calm(asked[1] if len(asked) > 1 else 40)
    backlog(asked[0] if asked else 60)
