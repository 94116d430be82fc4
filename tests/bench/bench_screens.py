"""The screens over a large archive while articles come in: `python tests/bench/bench_screens.py [N=20000]
[--keep FOLDER | --url URL]`.

Every page of the route table, and one of each kind of state that they link to, is asked for by another process, one
at a time, while a third files articles through the real pipeline, PACE a second. Told are milliseconds by the clock
and of the serving process's CPU (which includes its loop), and how late the loop that serves woke up meanwhile.
Goal at 200,000: p95 < 150 ms for each page.
"""

from __future__ import annotations

import asyncio
import runpy
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any

import httpx
import uvicorn
from desks import add_articles, copied, dress, moment, watch
from filling import archive, language

from monitor.store import open_store
from monitor.watch import Watch
from monitor.web.app import create_app

WALK = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "web" / "browser" / "walk.py")))
PACE = 2.0
TIMES, SECONDS = 40, 5.0
"""A page is asked for so often, but not for longer."""
GOAL = 150.0
TICK = 0.02


@dataclass
class Spent:
    """One page: milliseconds of each answer, CPU milliseconds of one on average, and its worst status."""

    address: str
    clock: list[float]
    cpu: float
    status: int

    def told(self) -> str:
        cuts = quantiles(self.clock, n=100, method="inclusive") if len(self.clock) > 1 else self.clock * 99
        late = " OVER" if cuts[94] > GOAL else ""
        times = f"p50 {cuts[49]:7.1f}  p95 {cuts[94]:7.1f}  p99 {cuts[98]:7.1f}"
        shown = f"{self.address[:58]:58} {len(self.clock):3}x  {times}"
        return f"{shown}  CPU {self.cpu:7.1f}  {self.status}{late}"


def asks(root: str, orders: Any) -> None:
    """A process: asks for what it is told to, and answers with milliseconds and the worst status."""
    with httpx.Client(base_url=root, timeout=120) as screens:
        while (order := orders.recv()) is not None:
            if order == "states":
                begin = orders.recv()
                with httpx.Client(base_url=root, timeout=120, headers={"connection": "close"}) as once:
                    orders.send(WALK.states(once, begin, 4))
                continue
            clock, worst, begun = [], 0, perf_counter()
            while len(clock) < TIMES and perf_counter() - begun < SECONDS:
                asked = perf_counter()
                try:
                    worst = max(worst, screens.get(order).status_code)
                except httpx.TransportError:  # the server shuts a connection on which it broke
                    worst = 599
                clock.append(1000 * (perf_counter() - asked))
            orders.send((clock, worst))


class Lag:
    """How late the loop woke up, in milliseconds, tick by tick."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def watched(self) -> None:
        while True:
            due = perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.late.append(1000 * max(0.0, perf_counter() - due))

    def told(self, when: str) -> None:
        cuts = quantiles(self.late, n=1000)
        print(f"loop lag {when}: p50 {cuts[499]:.1f} ms, p99 {cuts[989]:.1f}, worst {max(self.late):.1f}", flush=True)
        self.late.clear()


def pages(desk: Any) -> list[str]:
    """The route table with real ids, and searches: a frequent word, a rare one, a phrase, one source, an old page."""
    topic = language().topics[0]
    searches = (topic[0], f'"{topic[1]} {topic[2]}"', f"({topic[0]} OR {topic[1]}) NEAR/8 {topic[2]}")
    found = [f"/articles?{httpx.QueryParams(q=one)}" for one in searches]
    return [*WALK.pages(WALK.walked(desk)), *found, "/articles?source=wire3", "/articles?after=a5000"]


async def measure(url: str, found: Watch, count: int) -> list[Spent]:
    """Serve, and have every page asked for; the loop's lag is told."""
    store = open_store(url)
    app = create_app(store, lambda: found.config, lambda: "")
    app.state.screens = replace(app.state.screens, clock=lambda: moment(count))
    app.state.events.longest = 0.0
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", port=0, timeout_keep_alive=120))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    root = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=asks, args=(root, theirs), daemon=True)
    process.start()
    lag = Lag()
    ticking = asyncio.create_task(lag.watched())
    await asyncio.sleep(10.0)
    lag.told("while the census is read")
    spent = await _asked(ours, pages(SimpleNamespace(store=store, watch=found)))
    lag.told("while pages are asked for")
    ours.send(None)
    ticking.cancel()
    server.should_exit = True
    await serving
    await asyncio.to_thread(process.join)
    store.close()
    return spent


async def _asked(ours: Any, begin: list[str]) -> list[Spent]:
    def states() -> list[str]:
        ours.send("states")
        ours.send(begin)
        return list(ours.recv())

    spent = []
    for address in WALK.pages(await asyncio.to_thread(states)):
        busy = process_time()
        ours.send(address)
        waiting: Awaitable[Any] = asyncio.to_thread(ours.recv)
        clock, status = await waiting
        spent.append(Spent(address, clock, 1000 * (process_time() - busy) / len(clock), status))
        print(spent[-1].told(), flush=True)
    return spent


def main() -> None:
    """Fill, dress, copy; serve the copy while it is added to."""
    with archive("The screens over a large archive.") as (store, count), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = watch(folder)
        dress(store, found, count)
        with copied(store, folder) as url:
            context = get_context("spawn")
            ends, (told, tell) = context.Event(), context.Pipe(duplex=False)
            adding = context.Process(target=add_articles, args=(url, name, count, PACE, ends, tell))
            adding.start()
            # Only its own end is open, so that nobody waits for one that broke.
            tell.close()
            spent = asyncio.run(measure(url, found, count))
            ends.set()
            ingests = told.recv()
            adding.join()
    broken = [one.address for one in spent if one.status >= 500]
    over = [one.address for one in spent if len(one.clock) > 1 and quantiles(one.clock, n=20)[-1] > GOAL]
    print(f"{len(ingests)} articles filed meanwhile: median {median(ingests):.0f} ms, worst {max(ingests):.0f} ms")
    print(f"{len(spent)} pages, {len(over)} over {GOAL:.0f} ms at p95; errors: {broken}")


if __name__ == "__main__":
    main()
