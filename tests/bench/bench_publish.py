"""From publication to archive: by interval polling and by WebSub, through the real command.

One outlet publishes N articles, one after another and at random moments; each counts from the moment it stands in the
feed (polling) or its hub is told (WebSub) until its version is in the archive, which is looked at every 20 ms. `delay`
is [fetch] delay, the pause between two requests to one host.

Run: python tests/bench/bench_publish.py [N=10] [INTERVAL_SECONDS=5]
"""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from monitor.newsroom.hub import HubDouble
from monitor.newsroom.loopback import Loopback, Reply, Request, missing

WORDS = (
    "harbour",
    "pilot",
    "grain",
    "mole",
    "basin",
    "convoy",
    "tariff",
    "lantern",
    "anchor",
    "quay",
    "manifest",
    "envoy",
)
RSS = "application/rss+xml; charset=utf-8"
LISTED = 30


class Outlet:
    """A feed that grows, and a page for each of its entries."""

    def __init__(self, hub: str = "") -> None:
        self.hub = hub
        self.titles = ["The port opens"]
        self.server = Loopback(self._route)
        self.topic = f"{self.server.url}feed"

    def feed(self) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><link>{self.server.url}story/{title.replace(' ', '-')}</link></item>"
            for title in reversed(self.titles[-LISTED:])
        )
        hub = f'<a:link rel="hub" href="{self.hub}"/><a:link rel="self" href="{self.topic}"/>' if self.hub else ""
        space = 'xmlns:a="http://www.w3.org/2005/Atom"'
        return f'<rss version="2.0" {space}><channel><title>Port</title>{hub}{items}</channel></rss>'.encode()

    def _route(self, request: Request) -> Reply:
        if request.path == "/feed":
            return Reply(body=self.feed(), content_type=RSS)
        if not request.path.startswith("/story/"):
            return missing()
        title = request.path.rpartition("/")[2].replace("-", " ")
        chance = random.Random(title)
        text = "".join(f"<p>{title} {' '.join(chance.choices(WORDS, k=40))}.</p>" for _ in range(6))
        html = (
            f'<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body>'
        )
        return Reply(body=html.encode())


class Desk:
    """The daemon before one outlet."""

    def __init__(self, folder: Path, outlet: Outlet, hub: HubDouble, every: float, delay: str) -> None:
        self.archive = folder / "archive.db"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        doors = ", ".join(f'"127.0.0.1:{url.split(":")[2].split("/")[0]}"' for url in (outlet.topic, hub.url))
        (folder / "storywatch.toml").write_text(
            f'[watch]\nid = "port"\npublic_url = "http://127.0.0.1:{port}"\n[archive]\nurl = "sqlite:///archive.db"\n'
            f'[fetch]\ndelay = "{delay}"\nfloor = "{every:g}s"\nallow_private = [{doors}]\n'
            f'[web]\nlisten = "127.0.0.1:{port}"\n[[sources]]\nid = "port"\nkind = "feed"\nevery = "{every:g}s"\n'
            f'url = "{outlet.topic}"\n[[channels]]\nid = "log"\nkind = "console"\n',
            encoding="utf-8",
        )
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "monitor", "run"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=dict(os.environ))

    def ask(self, question: str) -> bool:
        try:
            with closing(sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True, timeout=10)) as archive:
                return bool(archive.execute(question).fetchone())
        except sqlite3.OperationalError:
            return False

    def wait(self, question: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.ask(question):
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {seconds:g} s in vain for: {question}")
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(40)


def measured(name: str, count: int, every: float, delay: str, *, push: bool) -> None:
    hub = HubDouble()
    outlet = Outlet(hub.url if push else "")
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), outlet, hub, every, delay)
        try:
            desk.wait("select 1 from version where title = 'The port opens'", 60)
            if push:
                desk.wait("select 1 from subscription where state = 'active'", 30)

            def tell() -> None:
                if push and hub.publish(outlet.topic, outlet.feed(), RSS) != [200]:
                    raise SystemExit("a push was not taken")

            report(name, [one(desk, outlet, tell, number, every) for number in range(count)])
        finally:
            desk.stop()
            hub.stop()
            outlet.server.stop()


def one(desk: Desk, outlet: Outlet, tell: Callable[[], None], number: int, every: float) -> float:
    """Publish one article and wait for it; returns the seconds."""
    time.sleep(random.Random(number).uniform(0.1, min(every, 10.0)))
    title = f"Notice {number} to mariners"
    began = time.monotonic()
    outlet.titles.append(title)
    tell()
    desk.wait(f"select 1 from version where title = '{title}'", 10 * every + 60)
    return time.monotonic() - began


def report(name: str, taken: list[float]) -> None:
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    print(
        f"{name}: {len(taken)} publications, p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s, max {max(taken):.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    many = int(given[0]) if given else 10
    seconds = float(given[1]) if len(given) > 1 else 5.0
    measured(f"polling every {seconds:g} s, delay 1s", many, seconds, "1s", push=False)
    for pause in ("1s", "0s"):
        measured(f"WebSub, delay {pause}", many, 3600, pause, push=True)
