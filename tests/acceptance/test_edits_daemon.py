"""Edits seen by the real command: a page changes behind its back, the daemon is killed in the middle of looking."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitor.newsroom.loopback import Loopback, Reply, Request, missing

PAGE = """<!doctype html><html lang="en"><head><title>Pilots return to Varn</title></head><body><article>
<h1>Pilots return to Varn</h1><p>{stamp}</p>
<p>The harbour master of Varn opened the northern basin to grain ships on the word of both coastal states.</p>
<p>Pilots will board again from Monday, and {ships} vessels are waiting off the mole, envoy Marta Lindqvist said.</p>
<p>Insurers expect the premium to fall by a third as soon as the first of them is out of the bay again.</p>
</article></body></html>"""
LONG_AGO = "2001-01-01 00:00:00.000000"


@dataclass
class Outlet:
    """One article in a feed. Its page knows ETags; while `held` is not set, an answer is kept back."""

    stamp: str = "Updated 10:15"
    ships: int = 31
    asked: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self.server = Loopback(self._route)

    def _route(self, request: Request) -> Reply:
        if request.path == "/feed":
            item = f"<item><title>Pilots return</title><link>{self.server.url}story</link></item>"
            feed = f'<rss version="2.0"><channel><title>Varn</title>{item}</channel></rss>'
            return Reply(body=feed.encode(), content_type="application/rss+xml; charset=utf-8")
        if request.path != "/story":
            return missing()
        tag = f'"{self.stamp} {self.ships}"'
        self.asked.append(request.headers.get("if-none-match", ""))
        self.held.wait(30)
        if request.headers.get("if-none-match") == tag:
            return Reply(304, headers={"ETag": tag})
        return Reply(body=PAGE.format(stamp=self.stamp, ships=self.ships).encode(), headers={"ETag": tag})


@dataclass
class Desk:
    """The outlet's watcher, and the processes that were started for it."""

    folder: Path
    outlet: Outlet
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self) -> None:
        url = self.outlet.server.url
        door = f"127.0.0.1:{self.outlet.server.port}"
        (self.folder / "storywatch.toml").write_text(
            '[watch]\nid = "varn"\n[archive]\nurl = "sqlite:///archive.db"\nwarc = ""\n[alerts]\ngroup_wait = "0s"\n'
            f'[fetch]\ndelay = "0s"\nfirst_check = "alert"\nallow_private = ["{door}"]\n[web]\nlisten = "127.0.0.1:0"\n'
            f'[[sources]]\nid = "varn"\nkind = "feed"\nevery = "6h"\nurl = "{url}feed"\n'
            '[[rules]]\nid = "pilots"\nquery = "pilots"\n[[channels]]\nid = "log"\nkind = "console"\n',
            encoding="utf-8",
        )

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "monitor", "-v", "run"]
            environ = os.environ | {"NO_COLOR": "1"}
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environ)
        self.processes.append(process)
        return process

    def told(self, *words: str) -> Any:
        command = [sys.executable, "-m", "monitor", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "archive.db", timeout=20)) as archive:
            return archive.execute(question).fetchall()

    def look_again(self) -> None:
        """Make the next re-check due now: what the clock would do in a quarter of an hour."""
        with closing(sqlite3.connect(self.folder / "archive.db", timeout=20)) as archive, archive:
            changed = archive.execute(f"update recheck set due_at = '{LONG_AGO}' where due_at is not null")
            assert changed.rowcount == 1

    def sent(self, kind: str) -> int:
        return int(self.ask(f"select count(*) from delivery where kind = '{kind}' and state = 'sent'")[0][0])

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            if time.monotonic() > deadline:
                log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                pytest.fail(f"waited {seconds} s for {what}; the daemon said:\n{log[-4000:]}")
            time.sleep(0.05)

    def _holds(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except sqlite3.OperationalError:
            return False  # the archive is being made

    def settled(self, asked: int) -> bool:
        """Whether that many questions for the page came, and the last of them is dealt with."""
        done = self.ask("select count(*) from entry where state = 'done'")[0][0] == 1
        return len(self.outlet.asked) == asked and done and not self.ask("select 1 from recheck where open")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, Outlet())
    made.write()
    yield made
    made.outlet.held.set()
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)
    made.outlet.server.stop()


@pytest.mark.long
def test_a_changed_figure_is_told_once_and_a_changed_stamp_never(desk: Desk) -> None:
    process = desk.start()
    desk.wait(lambda: desk.sent("development") == 1, "the alert")
    first = '"Updated 10:15 31"'

    desk.look_again()
    desk.wait(lambda: desk.settled(2), "the first re-check")
    assert desk.outlet.asked == ["", first], "an unchanged page is asked for conditionally"
    assert desk.ask("select count(*) from version") == [(1,)]

    desk.outlet.stamp = "Updated 14:05"
    desk.look_again()
    desk.wait(lambda: desk.settled(3), "the second re-check")

    desk.outlet.ships = 13
    desk.outlet.held.clear()
    desk.look_again()
    desk.wait(lambda: len(desk.outlet.asked) == 4, "the third re-check to begin")
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    desk.outlet.held.set()
    assert desk.ask("select count(*) from delivery where kind = 'edit'") == [(0,)], "the stamp was told"

    desk.start()
    desk.wait(lambda: desk.sent("edit") == 1, "the notice")
    desk.look_again()
    desk.wait(lambda: desk.settled(6), "a re-check after the notice")
    assert desk.outlet.asked[-1] == '"Updated 14:05 13"'
    assert desk.ask("select kind, count(*) from delivery group by kind order by kind") == [
        ("development", 1),
        ("edit", 1),
    ]
    log = (desk.folder / "log").read_text(encoding="utf-8", errors="replace")
    notice = log.partition("Edited after its alert")[2]
    assert "31 vessels" in notice and "13 vessels" in notice
    told = json.loads(desk.told("diff", "a1", "--json"))
    assert told["material"] and told["changes"][0]["kinds"] == ["number"] and told["rules"] == ["pilots"]
    assert "It was edited" in desk.told("why", "a1")
    assert "31 vessels" in desk.told("diff", "a1")
    assert desk.ask("select asked from recheck") == [(4,)]
