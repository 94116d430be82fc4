"""Many sources due over a short window, a few of them changing: loop lag, memory, CPU, bytes, hosts over budget.

The whole way of a check runs: claim, crawl, parse in the pool, record, schedule, on SQLite; no page is read.
Each host is a port of a server in another process that answers a matching validator with 304 and counts what it sends.

Run: python tests/bench/bench_polling.py [SOURCES=2000] [SECONDS=60] [HOSTS=200]   (10000 600 1000 is the goal's case)
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
from sqlalchemy import update

from monitor.config import load
from monitor.runtime import reactor
from monitor.runtime.crawl import Crawler
from monitor.runtime.dispatch import Dispatcher
from monitor.runtime.manners import RobotsShelf
from monitor.runtime.pool import Pool
from monitor.runtime.services import Services, manners, utc_now
from monitor.store import Store, open_store, sources
from monitor.store.tables import source as source_table
from monitor.watch import Watch, compile_watch

CHANGING = 0.05
ITEMS = 20
HEAD = """
[watch]
id = "bench"
title = "Bench"
[archive]
url = "sqlite:///archive.db"
[fetch]
concurrency = 64
[[channels]]
id = "terminal"
kind = "console"
[[rules]]
id = "port"
query = "port"
"""


def feed(version: int) -> bytes:
    items = "".join(
        f"<item><title>Ship {version}-{n} is in port</title><link>/{version}/{n}</link><guid>{version}-{n}</guid>"
        f"<description>{'Tolls, lights and berths. ' * 8}</description></item>"
        for n in range(ITEMS)
    )
    return f"<rss version='2.0'><channel><title>Port</title>{items}</channel></rss>".encode()


def serve(wire: Connection, hosts: int) -> None:
    """Feeds with validators on so many ports; tells the bytes sent and the most open exchanges of a host at the end."""
    sent: Counter[str] = Counter()
    open_now: Counter[int] = Counter()
    most: Counter[int] = Counter()
    changed: set[str] = set()
    bodies = (feed(1), feed(2))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                open_now[port] += 1
                most[port] = max(most[port], open_now[port])
                path = head.split(None, 2)[1].decode()
                data, kind = page(path, head)
                sent[kind] += len(data)
                sent[f"{kind} answers"] += 1
                await asyncio.sleep(0.01)
                writer.write(data)
                await writer.drain()
                open_now[port] -= 1
        writer.close()

    def page(path: str, head: bytes) -> tuple[bytes, str]:
        if path == "/robots.txt":
            return b"HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n", "robots"
        version = int(path in changed)
        etag = f'"v{version}"'.encode()
        if b"If-None-Match: " + etag in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\nDate: x\r\nServer: bench\r\n\r\n", "unchanged"
        body = bodies[version]
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\nContent-Length: %d\r\n\r\n"
        return start % (etag, len(body)) + body, "full"

    async def main() -> None:
        servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in range(hosts)]
        wire.send([server.sockets[0].getsockname()[1] for server in servers])
        while True:
            word = await asyncio.to_thread(wire.recv)
            if word == "told":
                wire.send((dict(sent), max(most.values(), default=0)))
                sent.clear()
            else:
                changed.update(word)

    asyncio.run(main())


def memory() -> float:
    """Resident megabytes of this process now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


@dataclass
class Round:
    """One pass over all sources."""

    lags: list[float]
    checks: int = 0
    new: int = 0
    bad: int = 0

    def heard(self, brought: object) -> None:
        if (outcome := getattr(brought, "outcome", None)) is not None:
            self.checks += 1
            self.new += getattr(brought, "new", 0)
            self.bad += outcome.value not in ("ok", "unchanged")


def spread(store: Store, watch: Watch, window: float, chance: random.Random) -> None:
    """Make every source due at some moment of the window."""
    now = utc_now()
    with store.write() as tx:
        for one in watch.config.sources:
            due = now + timedelta(seconds=chance.uniform(0, window))
            tx.execute(update(source_table).where(source_table.c.id == one.id).values(due_at=due))


async def polled(services: Services, count: int, window: float) -> tuple[Round, float, float]:
    """Run the dispatcher until every source was checked; returns what it saw, the seconds, the CPU seconds."""
    found = Round([])
    dispatcher = Dispatcher(services, found.heard)
    began, cpu = time.monotonic(), time.process_time()
    ticked = 0.0
    while found.checks < count and time.monotonic() - began < 10 * window + 60:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        found.lags.append(max(0.0, time.monotonic() - before - 0.005) * 1000)
        if before - ticked >= 1:
            ticked = before
            await dispatcher.tick()
    took, spent = time.monotonic() - began, time.process_time() - cpu
    await dispatcher.drain(5)
    return found, took, spent


def told(name: str, found: Round, took: float, spent: float, wire: Connection) -> None:
    wire.send("told")
    sent, most = wire.recv()
    cuts = statistics.quantiles(found.lags, n=100)
    each = sent.get("unchanged", 0) / max(1, sent.get("unchanged answers", 0))
    print(
        f"{name}: {found.checks} checks in {took:.0f} s ({found.checks / took:.0f}/s), {found.bad} failed, {found.new}"
        f" new entries; loop lag p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, worst {max(found.lags):.0f} ms;"
        f" CPU {spent / took:.0%} of a core, {spent * 1000 / max(1, found.checks):.1f} ms a check; {memory():.0f} MB;"
        f" {sent.get('unchanged answers', 0)} unchanged at {each:.0f} bytes each, {sent.get('full answers', 0)} full,"
        f" {sent.get('robots answers', 0)} robots.txt; most exchanges at once on a host: {most}"
    )


@contextlib.contextmanager
def served(hosts: int) -> Iterator[tuple[Connection, list[int]]]:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there, hosts), daemon=True)
    server.start()
    yield here, here.recv()
    server.terminate()


async def main(count: int, window: float, hosts: int) -> int:
    chance = random.Random(1)
    with served(hosts) as (wire, ports), tempfile.TemporaryDirectory() as folder:
        urls = [f"http://127.0.0.1:{ports[n % hosts]}/feed{n}" for n in range(count)]
        blocks = "".join(
            f'[[sources]]\nid = "s{n}"\nkind = "feed"\nurl = "{url}"\nonly = "nothing"\n' for n, url in enumerate(urls)
        )
        file = Path(folder) / "storywatch.toml"
        file.write_text(HEAD + blocks, encoding="utf-8")
        watch = compile_watch(load(file, {}, Path(folder)))
        store = open_store(f"sqlite:///{folder}/archive.db")
        with store.write() as tx:
            sources.sync(tx, watch.config.sources, utc_now())
        writer = ThreadPoolExecutor(1)
        doors = tuple(f"127.0.0.1:{port}" for port in ports)
        own = replace(manners(watch.config), delay=timedelta(0), allow_private=doors)
        crawler = Crawler(own, RobotsShelf(store, writer, utc_now))
        services = Services(store, watch, {}, crawler, Pool(2), writer=writer)
        await crawler.warm_up()
        print(
            f"{count} sources on {hosts} hosts over {window:.0f} s, {CHANGING:.0%} changing;"
            f" {memory():.0f} MB at the start"
        )
        spread(store, watch, window, chance)
        told("first pass", *await polled(services, count, window), wire)
        wire.send({f"/feed{n}" for n in chance.sample(range(count), int(count * CHANGING))})
        spread(store, watch, window, chance)
        told("second pass", *await polled(services, count, window), wire)
        await crawler.stop()
        await services.pool.close()
        writer.shutdown()
        store.close()
    return 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    given = [int(one) for one in sys.argv[1:]] + [2000, 60, 200][len(sys.argv) - 1 :]
    sys.exit(reactor.run(main(given[0], float(given[1]), given[2])))
