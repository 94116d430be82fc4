"""Trials: an archive, a few lives that are killed, one that is not, and the verdict."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import shutil
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from life import Death, Trace, World, file_all, in_child, live
from receivers import FAULTS, Receivers
from script import config_file
from sqlalchemy import select, update
from verdict import Verdict, judge

from monitor.config import load
from monitor.model import Fetch, Outcome
from monitor.pipeline import check
from monitor.store import Store, open_store, sources
from monitor.store.tables import delivery, meta
from monitor.watch import Watch, compile_watch

# Before the real time, so that receivers' own stamps are never older than what was made.
START = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=30)
_LONGEST_LIFE = 120.0
# Reached only when a receiver does this.
NEEDS = {"D10": "pause", "D11": "degrade"}
# Reached only by a life that follows a death in an unclear moment.
AFTERWARDS = ("R1", "R2", "R3")
AGAIN = ("", *AFTERWARDS, "L1", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9")


@dataclass(frozen=True)
class Plan:
    """One trial: deaths in order, faults of receivers, how the clock jumps between lives, what is there at first."""

    deaths: tuple[Death, ...]
    faults: tuple[str, ...] = ()
    lose_root: bool = False
    jump: timedelta = timedelta(minutes=10)
    begins: str = "bare"


@dataclass
class Trial:
    """What a trial came to: the points where lives really ended, and the verdict."""

    killed: tuple[str, ...]
    verdict: Verdict
    seconds: float


class Bench:
    """Everything that trials share: receivers, the compiled watch, an archive that is laid anew for each of them."""

    def __init__(self, folder: Path, postgres: str = "") -> None:
        self.folder = folder
        self.postgres, self.name = postgres, f"crash_{os.getpid()}"
        self.receivers = Receivers()
        self.watch: Watch = compile_watch(load(config_file(folder, self.receivers.ask("places")), {}, folder))
        self.store = self._first_archive()
        self.trace = Trace()
        self.expected, self.reached, self.life_seconds = 0, Counter[str](), 0.5
        self._rehearse()

    def stop(self) -> None:
        self.receivers.stop()
        self.store.close()
        if self.postgres:
            self._sql(*(f"DROP DATABASE IF EXISTS {self.name}{one} WITH (FORCE)" for one in ("", "_bare", "_owed")))

    def _first_archive(self) -> Store:
        """An archive whose sources had their first check, and one with all articles read and nothing sent."""
        url = f"sqlite:///{self.folder}/{self.name}.db"
        if self.postgres:
            self._sql(f"CREATE DATABASE {self.name}")
            url = _database(self.postgres, self.name)
        store = open_store(url, synchronous="OFF")
        with store.write() as tx:
            sources.sync(tx, self.watch.config.sources, START)
            (state,) = sources.claim_due(tx, "bench", timedelta(minutes=5), 5, set(), START)
        fetch = Fetch(self.watch.sources["wire"].url, Outcome.UNCHANGED, START, status=304)
        check(store, self.watch, self.watch.sources["wire"], state, fetch, None, "bench", START, jitter=0.0)
        store.close()
        self._copy(self.name, f"{self.name}_bare")
        file_all(store, self.watch, START)
        store.close()
        self._copy(self.name, f"{self.name}_owed")
        return store

    def _copy(self, what: str, name: str) -> None:
        if self.postgres:
            self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {what}")
            return
        for file in self.folder.glob(f"{name}.db*"):
            file.unlink()
        shutil.copy(self.folder / f"{what}.db", self.folder / f"{name}.db")

    def _sql(self, *statements: str) -> None:
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            for one in statements:
                connection.execute(one.encode())

    def lay(self, kind: str = "bare") -> None:
        """A fresh archive, with a mark of its own, as keys are made from it. `kind`: bare, or owed (all is read)."""
        self.store.close()
        self._copy(f"{self.name}_{kind}", self.name)
        with self.store.write() as tx:
            archive = uuid.uuid4().hex
            tx.execute(update(meta).where(meta.c.key == "archive").values(value=archive))
            for row in tx.execute(select(delivery.c.id)).all():
                tx.execute(update(delivery).where(delivery.c.id == row.id).values(key=f"{archive}{row.id:032}"))
        self.store.close()
        self.receivers.ask("begin")

    def _rehearse(self) -> None:
        """Two trials in which nothing dies: they tell what there is to reach, and warm what the lives inherit."""
        self.lay()
        self.reached = live(World(self.store, self.watch, START), Death(), self.trace)
        gc.collect()
        # Lives share what stands in memory now; collecting it there would copy all of it.
        gc.freeze()
        report = self.receivers.ask("report")
        self.expected = len(report.slack) * len(self.watch.config.channels)
        verdict = judge(self.store, report, self.expected, [])
        if verdict.broken or len(report.slack) < 4:
            raise SystemExit(f"a trial in which nothing died went wrong: {verdict.broken}, {report}")
        begun = time.monotonic()
        outcome = self.run(Plan(()), random.Random(0))
        self.life_seconds = time.monotonic() - begun
        if outcome.verdict.broken:
            raise SystemExit(f"a trial in which nothing died went wrong: {outcome.verdict.broken}")

    def run(self, plan: Plan, chance: random.Random) -> Trial:
        """One trial; planned deaths come in turn until a life comes to its end."""
        begun = time.monotonic()
        self.lay(plan.begins)
        for fault in plan.faults:
            self.receivers.ask("fault", fault)
        killed: list[str] = []
        unclear: list[dict[str, str]] = []
        start, broken = START, ""
        for death in (*plan.deaths, None):
            lose = (lambda: self.receivers.ask("lose_root")) if plan.lose_root and not killed else None
            code = self._live(World(self.store, self.watch, start, lose), death, chance)
            self.receivers.ask("settle")
            start += plan.jump
            if code == -signal.SIGKILL and death is not None:
                killed.append(death.point)
                unclear.append(self.trace.last())
                continue
            if code != 0:
                broken = (self.folder / "said").read_text(encoding="utf-8")[-1500:]
            # It came to its end: all is told, and the deaths that were left would find nothing to do, but for a few.
            if code != 0 or chance.random() < 0.9:
                break
        verdict = judge(self.store, self.receivers.ask("report"), self.expected, unclear)
        if broken:
            verdict.add(f"a life broke: {broken}")
        return Trial(tuple(killed), verdict, time.monotonic() - begun)

    def _live(self, world: World, death: Death | None, chance: random.Random) -> int:
        said = self.folder / "said"
        said.write_text("died without a word", encoding="utf-8")
        self.trace.begin()
        pid = in_child(world, death or Death(), self.trace, said)
        if death is None or death.point:
            return self._end_of(pid)
        time.sleep(chance.uniform(0, 1.1 * self.life_seconds))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self._end_of(pid)

    def _end_of(self, pid: int) -> int:
        until = time.monotonic() + _LONGEST_LIFE
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > until:
                os.kill(pid, signal.SIGABRT)
                os.waitpid(pid, 0)
                return -signal.SIGABRT
            time.sleep(0.002)


def _database(dsn: str, name: str) -> str:
    head, _, tail = dsn.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")


def plans(bench: Bench, chance: random.Random) -> Iterator[Plan]:
    """Endless: every point in turn, random moments, double and triple deaths, faults beside them, clocks that jump."""
    points = [*(name for name in bench.reached if name not in AFTERWARDS), *NEEDS, "T3", *AFTERWARDS, "", "", "", ""]
    while True:
        chance.shuffle(points)
        for point in points:
            yield _plan(bench, chance, point)


def _plan(bench: Bench, chance: random.Random, point: str) -> Plan:
    first = _death(bench, chance, point)
    deaths = [first]
    if point in AFTERWARDS:
        deaths = [_death(bench, chance, chance.choice(("D3", "D4", "D5", "D6", "D7", "D8"))), Death(point)]
    # The recovery dies, too, and its own recovery, and so on.
    for _ in range(chance.choice((0, 1, 2, 5, 10, 15, 25))):
        deaths.append(Death(chance.choice(AGAIN), chance.randint(1, 3)))
    faults = [NEEDS[point]] if point in NEEDS else []
    if point != "T3" and chance.random() < 0.25:
        faults.append(chance.choice(FAULTS))
    jump = chance.choice((timedelta(minutes=10),) * 4 + (timedelta(days=1), -timedelta(hours=3)))
    # Most of them need no reading, which takes longest.
    begins = "bare" if point[:1] in ("I", "T") or chance.random() < 0.25 else "owed"
    return Plan(tuple(deaths), tuple(faults), point == "T3", jump, begins)


def _death(bench: Bench, chance: random.Random, point: str) -> Death:
    return Death(point, chance.randint(1, max(1, bench.reached[point])) if point not in NEEDS else 1)


@dataclass
class Table:
    """Kills and what came of them, by point ("random" for moments)."""

    kills: Counter[str] = field(default_factory=Counter)
    repeats: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: int = 0
    roots: int = 0
    trials: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, plan: Plan, outcome: Trial) -> None:
        self.trials += 1
        for point in outcome.killed:
            self.kills[point or "random"] += 1
        self.repeats.update(outcome.verdict.repeats)
        self.lost += outcome.verdict.lost
        self.roots += outcome.verdict.roots
        self.broken += [f"{plan}: {what}" for what in outcome.verdict.broken]

    def join(self, other: Table) -> None:
        self.kills += other.kills
        self.repeats += other.repeats
        self.lost += other.lost
        self.roots += other.roots
        self.trials += other.trials
        self.broken += other.broken

    def shown(self) -> str:
        channels = ("mail", "evening", "hook", "slack")
        lines = [
            f"{'killed at':12}{'kills':>8}    repeats after their own sender was at that point: {', '.join(channels)}"
        ]
        for point in sorted({*self.kills, *(where for where, _ in self.repeats)}):
            told = "".join(f"{self.repeats[point, one]:8}" for one in channels)
            lines.append(f"{point:12}{self.kills[point]:8}{told}")
        total = "".join(
            f"{sum(count for (_, one), count in self.repeats.items() if one == channel):8}" for channel in channels
        )
        lines.append(f"{'all':12}{self.kills.total():8}{total}")
        counted = f"lost {self.lost}, second roots {self.roots}, violations {len(self.broken)}"
        lines.append(f"{self.trials} trials: {counted}")
        return "\n".join(lines)
