"""`make crash`: kill senders at every named point and at random moments, and see that nothing is lost or repeated."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from trials import Bench, Table, plans


def run(job: int, kills: int, seed: int, postgres: str, seconds: float) -> Table:
    """As many kills as asked for, or as fit into the time."""
    # What dies says nothing of use, and a log takes time.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *said: ""])
    place = "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None
    table, chance = Table(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="storywatch-crash-", dir=place) as folder:
        bench = Bench(Path(folder), postgres)
        print(f"{job}: a life takes {bench.life_seconds:.2f} s and owes {bench.expected}; seed {seed}", flush=True)
        begun = said = time.monotonic()
        for plan in plans(bench, chance):
            told = len(table.broken)
            table.add(plan, bench.run(plan, chance))
            for one in table.broken[told:]:
                print(f"{job}: VIOLATION {one}", flush=True)
            now = time.monotonic()
            if table.kills.total() >= kills or now - begun > seconds or len(table.broken) > 50:
                break
            if now - said > 20:
                said = now
                rate = table.kills.total() / (now - begun)
                print(f"{job}: {table.kills.total()} kills, {rate:.1f}/s, {len(table.broken)} violations", flush=True)
        bench.stop()
    return table


def together(jobs: int, kills: int, seed: int, postgres: str, seconds: float) -> Table:
    """The same in several processes, each with receivers and archives of its own."""
    table = Table()
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
        share = -(-kills // jobs)
        for one in [pool.submit(run, job, share, seed + job, postgres, seconds) for job in range(jobs)]:
            table.join(one.result())
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--postgres", default="", help="the DSN of a server where databases may be made")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time, whatever was reached")
    parser.add_argument("--jobs", type=int, default=2, help="how many kill beside each other")
    asked = parser.parse_args()
    begun = time.monotonic()
    table = together(asked.jobs, asked.kills, asked.seed, asked.postgres, asked.seconds)
    print(table.shown())
    print(f"{table.kills.total()} kills in {time.monotonic() - begun:.0f} s")
    for one in table.broken[:20]:
        print(f"VIOLATION {one}")
    return 1 if table.broken else 0


if __name__ == "__main__":
    sys.exit(main())
