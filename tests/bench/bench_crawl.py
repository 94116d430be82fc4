"""What crawling costs: memory after 50 and 500 crawls, CPU per crawl, and the loop's lag while 12 crawls run.

One crawl is one job as the daemon runs it: a feed, or the five pages of a host. The servers run in another process.

Run: python tests/bench/bench_crawl.py
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.model import Outcome, Source, SourceState
from monitor.runtime import reactor
from monitor.runtime.crawl import Crawler, PageRequest
from spiders.settings import Manners

HOSTS = 12
PAGES = 5
BODY = b"<html><p>" + b"The ferry sails again. " * 1700 + b"</p></html>"


def serve(ports: Connection) -> None:
    """Answer everything with 38 KB on so many ports, each a host of its own to the crawler."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(head + BODY)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in range(HOSTS)]
        ports.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    asyncio.run(main())


def memory() -> float:
    """Resident megabytes of this process now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


async def crawl(crawler: Crawler, door: str) -> int:
    """A check and a batch of pages: two crawls. Returns how many exchanges were good."""
    url = f"http://{door}/feed"
    now = datetime.now(UTC)
    good = (await crawler.check(Source("s", "feed", url), SourceState("s", url, now), now)).outcome is Outcome.OK
    pages = [(number, PageRequest(f"http://{door}/{number}")) for number in range(PAGES)]
    return int(good) + sum([fetch.outcome is Outcome.OK async for _tag, fetch in crawler.read(pages)])


async def lags(step: float = 0.005) -> AsyncIterator[float]:
    """Milliseconds by which each short sleep came back too late."""
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(step)
        yield max(0.0, loop.time() - before - step) * 1000


async def sampled(into: list[float]) -> None:
    async for lag in lags():
        into.append(lag)


async def series(crawler: Crawler, doors: list[str]) -> None:
    print(f"memory at the start: {memory():.0f} MB")
    for crawls, until in ((0, 50), (50, 500)):
        began, cpu, good = time.monotonic(), time.process_time(), 0
        for number in range(crawls // 2, until // 2):
            good += await crawl(crawler, doors[number % HOSTS])
        done = until - crawls
        spent = (time.process_time() - cpu) * 1000 / done
        print(
            f"after {until} crawls: {memory():.0f} MB, {spent:.1f} ms CPU a crawl, "
            f"{done / (time.monotonic() - began):.0f} crawls/s one after another, "
            f"{good} of {done // 2 * (PAGES + 1)} exchanges good"
        )


async def crowd(crawler: Crawler, doors: list[str]) -> None:
    samples: list[float] = []
    sampling = asyncio.create_task(sampled(samples))
    began = time.monotonic()
    for _ in range(5):
        await asyncio.gather(*(crawl(crawler, door) for door in doors))
    took = time.monotonic() - began
    sampling.cancel()
    cuts = statistics.quantiles(samples, n=100)
    print(
        f"loop lag while {HOSTS} crawls run: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"worst {max(samples):.1f} ms; {5 * HOSTS * 2 / took:.0f} crawls/s"
    )


async def main() -> int:
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    doors = [f"127.0.0.1:{port}" for port in here.recv()]
    crawler = Crawler(Manners(delay=timedelta(0), allow_private=tuple(doors)))
    began = time.monotonic()
    await crawler.warm_up()
    await reactor.self_check(crawler)
    print(f"warm-up and self-check: {time.monotonic() - began:.2f} s")
    await series(crawler, doors)
    await crowd(crawler, doors)
    await crawler.stop()
    server.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(reactor.run(main()))
