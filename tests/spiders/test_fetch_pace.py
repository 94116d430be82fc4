"""Politeness across crawls: one job per host at a time, and a pause between any two requests to it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

from monitor.model import Outcome
from monitor.runtime.hosts import HostGate
from spiders.exchange import Ask
from spiders.page import PageRequest

PAGE = b"<p>The ferry sails again.</p>"


def pause(site: Any, first: int = 0) -> float:
    """Seconds between two visits from the `first` on, on average: a busy machine brings single ones late."""
    times = [one.at for one in site.asked[first:]]
    return (times[-1] - times[0]) / (len(times) - 1)


def test_one_request_at_a_time_with_a_pause(engine: Any, build: Any, site: Any) -> None:
    def slowly(connection: Any, asked: Any) -> None:
        time.sleep(0.05)
        site.reply(PAGE)(connection, asked)

    urls = [site.script(f"/{number}", slowly) for number in range(6)]

    async def crowd() -> list[Outcome]:
        crawler = build_crawler
        reading = [one async for one in crawler.read([(url, PageRequest(url)) for url in urls[:3]])]
        others = await asyncio.gather(*(crawler.fetch(Ask(url)) for url in urls[3:]))
        return [fetch.outcome for _tag, fetch in reading] + [fetch.outcome for fetch in others]

    build_crawler = build(delay=timedelta(seconds=0.3))
    assert engine.run(crowd()) == [Outcome.OK] * 6
    assert site.most_open == 1 and len(site.asked) == 7
    assert pause(site) > 0.2


def test_a_redirect_on_the_same_host_waits_too(engine: Any, build: Any, site: Any) -> None:
    site.answer("/page", PAGE)
    url = site.answer("/old", b"", 302, Location="/page")
    engine.run(build(delay=timedelta(seconds=0.5)).fetch(Ask(url)))
    assert len(site.asked) == 3 and pause(site) > 0.25


def test_crawl_delay_is_kept(engine: Any, build: Any, site: Any) -> None:
    site.answer("/robots.txt", b"User-agent: *\nCrawl-delay: 0.6")
    urls = [site.answer(f"/{number}", PAGE) for number in range(3)]

    async def read() -> int:
        return len([one async for one in crawler.read([(url, PageRequest(url)) for url in urls])])

    crawler = build()
    assert engine.run(read()) == 3
    assert pause(site, first=1) > 0.3


def test_different_hosts_do_not_wait_for_each_other(engine: Any, build: Any, site: Any, other_site: Any) -> None:
    def slowly(connection: Any, asked: Any) -> None:
        time.sleep(1)
        site.reply(PAGE)(connection, asked)

    async def both() -> None:
        await asyncio.gather(*(crawler.fetch(Ask(one.script("/p", slowly))) for one in (site, other_site)))

    crawler = build(obey_robots=False, allow_private=(site.door, other_site.door))
    engine.run(both())
    # The second was asked before the first had answered.
    assert abs(site.asked[0].at - other_site.asked[0].at) < 1


def test_concurrency_bounds_all_hosts(engine: Any, build: Any, site: Any, other_site: Any) -> None:
    def slowly(connection: Any, asked: Any) -> None:
        time.sleep(0.3)
        site.reply(PAGE)(connection, asked)

    async def both() -> float:
        began = time.monotonic()
        await asyncio.gather(*(crawler.fetch(Ask(one.script("/p", slowly))) for one in (site, other_site)))
        return time.monotonic() - began

    crawler = build(obey_robots=False, concurrency=1, allow_private=(site.door, other_site.door))
    assert engine.run(both()) > 0.6


def test_the_gate_counts_jobs() -> None:
    async def scene() -> list[Any]:
        gate = HostGate(timedelta(0), per_host=2)
        seen: list[Any] = []

        async def work(name: str) -> None:
            async with gate.job("a.example"):
                seen.append((name, sorted(gate.busy())))
                await asyncio.sleep(0.01)

        await asyncio.gather(*(work(name) for name in "xyz"))
        return [*seen, sorted(gate.busy())]

    first, second, third, after = asyncio.run(scene())
    assert first == ("x", []) and second == ("y", ["a.example"]) and third[0] == "z" and after == []


def test_a_cancelled_job_gives_its_place_back() -> None:
    async def scene() -> bool:
        gate = HostGate(timedelta(0))

        async def forever() -> None:
            async with gate.job("a.example"):
                await asyncio.sleep(60)

        tasks = [asyncio.ensure_future(forever()) for _ in range(2)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with gate.job("a.example"):
            return True

    assert asyncio.run(scene())


def test_crawl_delays_of_hosts_that_are_not_asked_any_more_are_forgotten() -> None:
    async def scene() -> tuple[int, float]:
        gate = HostGate(timedelta(0))
        for number in range(2500):
            gate.slow_to(f"host{number}.example", 30.0)
        gate.slow_to("a.example", 0.2)
        begun = asyncio.get_running_loop().time()
        for _ in range(2):
            await gate.turn("a.example")
        return len(vars(gate)["_slow"]), asyncio.get_running_loop().time() - begun

    kept, waited = asyncio.run(scene())
    assert kept <= 1000 and waited >= 0.2
