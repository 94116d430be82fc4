"""WebSub by the real command: subscribe, be told at once, be killed, be lied to, be switched off."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from monitor.newsroom.hub import HubDouble
from monitor.newsroom.loopback import Loopback, Reply, Request, missing

RSS = "application/rss+xml; charset=utf-8"
PAGE = """<!doctype html><html lang="en"><head><title>{0}</title></head><body><article><h1>{0}</h1>
<p>The harbour master of Varn opened the northern basin to grain ships on the word of both coastal states.</p>
<p>{0}, the envoy Marta Lindqvist said in Osterby, and {1} vessels are waiting off the mole for a pilot.</p>
<p>Insurers expect the premium to fall by a third as soon as the first of them is out of the bay again.</p>
</article></body></html>"""


@dataclass
class Outlet:
    """A site that names a hub; only what is `listed` stands in its feed."""

    hub: str
    topic: str = ""
    listed: list[str] = field(default_factory=lambda: ["Pilots return to Varn"])
    polled: int = 0

    def __post_init__(self) -> None:
        self.server = Loopback(self._route)
        self.topic = f"{self.server.url}feed"

    def feed(self, titles: list[str]) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><link>{self.server.url}story/{title.replace(' ', '-')}</link></item>"
            for title in titles
        )
        links = f'<atom:link rel="self" href="{self.topic}"/><atom:link rel="hub" href="{self.hub}"/>'
        space = 'xmlns:atom="http://www.w3.org/2005/Atom"'
        return f'<rss version="2.0" {space}><channel><title>Varn</title>{links}{items}</channel></rss>'.encode()

    def _route(self, request: Request) -> Reply:
        if request.path == "/feed":
            self.polled += 1
            return Reply(body=self.feed(self.listed), content_type=RSS)
        if request.path.startswith("/story/"):
            title = request.path.rpartition("/")[2].replace("-", " ")
            return Reply(body=PAGE.format(title, 10 + len(title)).encode())
        return missing()


@dataclass
class Desk:
    """One outlet, its hub, and the daemons that were started before them."""

    folder: Path
    outlet: Outlet
    hub: HubDouble
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self, *, enabled: bool = True, public_url: str = "here") -> None:
        address = f"http://127.0.0.1:{self.port}" if public_url == "here" else public_url
        doors = ", ".join(f'"127.0.0.1:{url.split(":")[2].split("/")[0]}"' for url in (self.outlet.topic, self.hub.url))
        text = (
            f'[watch]\nid = "varn"\npublic_url = "{address}"\n[archive]\nurl = "sqlite:///archive.db"\nwarc = ""\n'
            f'[fetch]\ndelay = "0s"\nallow_private = [{doors}]\n[web]\nlisten = "127.0.0.1:{self.port}"\n'
            f'[[sources]]\nid = "varn"\nkind = "feed"\nevery = "6h"\nurl = "{self.outlet.topic}"\n'
            f'enabled = {str(enabled).lower()}\n[[channels]]\nid = "log"\nkind = "console"\n'
        )
        (self.folder / "storywatch.toml").write_text(text, encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        command = [sys.executable, "-m", "monitor", "-v", "run"]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=os.environ | {"NO_COLOR": "1"})
        log.close()
        self.processes.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def told(self, *words: str) -> Any:
        command = [sys.executable, "-m", "monitor", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.folder / 'archive.db'}?mode=ro", uri=True, timeout=10)) as archive:
            return archive.execute(question).fetchall()

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            if time.monotonic() > deadline:
                pytest.fail(f"waited {seconds} s for {what}; the daemon said:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    def _holds(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except sqlite3.OperationalError:
            return False  # the archive is being made

    def archived(self, title: str) -> bool:
        return bool(self.ask(f"select 1 from version where title = '{title}'"))

    def state(self) -> str:
        rows = self.ask("select state from subscription")
        return str(rows[0][0]) if rows else ""

    def push(self, title: str, **more: Any) -> list[int]:
        return self.hub.publish(self.outlet.topic, self.outlet.feed([title]), RSS, **more)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hub = HubDouble()
    outlet = Outlet(hub.url)
    made = Desk(tmp_path, outlet, hub, port)
    made.write()
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)
    hub.stop()
    outlet.server.stop()


def subscribed(desk: Desk) -> None:
    desk.wait(lambda: desk.state() == "active" and bool(desk.hub.subscribers), "the subscription")


def test_what_is_pushed_is_archived_at_once_and_a_killed_daemon_stays_subscribed(desk: Desk) -> None:
    process = desk.start()
    subscribed(desk)
    form = desk.hub.asked[0]
    assert form["hub.topic"] == desk.outlet.topic and len(form["hub.secret"]) == 43
    assert desk.push("Grain ships sail") == [200]
    desk.wait(lambda: desk.archived("Grain ships sail"), "the pushed article")
    process.send_signal(signal.SIGKILL)
    process.wait(10)

    desk.start()
    desk.wait(lambda: desk.log().count('"event": "ready"') == 2, "the second daemon")
    desk.wait(lambda: desk.push("Second convoy leaves") == [200], "the daemon to answer")
    desk.wait(lambda: desk.archived("Second convoy leaves"), "the article pushed after the restart")
    assert len(desk.hub.asked) == 1 and desk.outlet.polled == 1
    shown = json.loads(desk.told("sources", "show", "varn", "--json"))
    assert shown["push"]["state"] == "active" and shown["push"]["relied_on"]
    assert "last pushed" in desk.told("sources", "show", "varn")
    assert [one["kind"] for one in shown["fetches"] if one["kind"] in ("pushed", "hub")][-1] == "hub"
    secret, callback = form["hub.secret"], form["hub.callback"]
    everything = desk.log() + json.dumps(shown) + desk.told("sources", "show", "varn")
    assert secret not in everything and callback.rpartition("/")[2] not in everything


def test_lies_are_ignored_and_recorded(desk: Desk) -> None:
    desk.start()
    subscribed(desk)
    assert desk.push("Forged by nobody", signature="sha256=" + "0" * 64) == [202]
    assert desk.push("Signed by rumour", signature="md5=00") == [202]
    callback, form = next(iter(desk.hub.subscribers)), desk.hub.asked[0]
    for mode, topic in (("unsubscribe", form["hub.topic"]), ("subscribe", "http://127.0.0.1/other"), ("", "")):
        query = urlencode({"hub.mode": mode, "hub.topic": topic, "hub.challenge": "echo-me", "hub.lease_seconds": "9"})
        status, said = desk.hub.call("GET", f"{callback}?{query}")
        assert status == 404 and "echo-me" not in said
    stranger = callback[:-43] + "A" * 43
    query = urlencode({"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "echo-me"})
    assert desk.hub.call("GET", f"{stranger}?{query}")[0] == 404
    assert desk.hub.call("POST", stranger, b"x" * 1000)[0] == 404
    assert desk.hub.call("PUT", callback, b"x")[0] == 405
    assert desk.hub.call("GET", callback, headers={"Host": "evil.example"})[0] == 421
    rows = desk.ask("select outcome, new from fetch where kind = 'pushed'")
    assert rows == [("wrong-signature", 0), ("wrong-signature", 0)]
    assert not desk.archived("Forged by nobody") and desk.state() == "active"
    # What is true but cannot be read makes the source due at once, at most a minute after its last check.
    before = desk.ask("select due_at from source")[0][0]
    assert desk.hub.publish(desk.outlet.topic, b"something happened", "text/plain") == [200]
    assert desk.ask("select due_at from source")[0][0] < before
    assert desk.ask("select error from fetch where kind = 'pushed' order by id desc limit 1")[0][0].endswith("at once")


@pytest.mark.long
def test_a_source_that_is_switched_off_is_unsubscribed_and_back_again(desk: Desk) -> None:
    process = desk.start()
    subscribed(desk)
    desk.write(enabled=False)
    process.send_signal(signal.SIGHUP)
    desk.wait(lambda: not desk.hub.subscribers, "the end of the subscription")
    desk.wait(lambda: desk.state() == "offered", "the archive to know")
    desk.write()
    process.send_signal(signal.SIGHUP)
    subscribed(desk)
    modes = [form["hub.mode"] for form in desk.hub.asked]
    assert modes == ["subscribe", "unsubscribe", "subscribe"]
    assert desk.hub.asked[0]["hub.callback"] != desk.hub.asked[2]["hub.callback"]


def test_without_a_public_address_a_hub_is_only_noted(desk: Desk) -> None:
    desk.write(public_url="")
    desk.start()
    desk.wait(lambda: desk.state() == "offered" and desk.archived("Pilots return to Varn"), "the first check")
    time.sleep(4)
    assert desk.hub.asked == []
    assert "hub offered; set [watch] public_url to be told at once" in desk.told("sources", "show", "varn")


@pytest.mark.long
def test_a_hub_that_leads_inside_is_not_asked_and_one_that_refuses_is_told_apart(desk: Desk) -> None:
    inside = Loopback(lambda _request: missing())
    try:
        desk.outlet.hub = f"{inside.url}hub"
        process = desk.start()
        desk.wait(lambda: bool(desk.ask("select 1 from fetch where kind = 'hub'")), "the guard's word")
        assert desk.ask("select outcome, status from fetch where kind = 'hub'") == [("refused-by-guard", None)]
        assert "refused-by-guard" in desk.told("sources", "show", "varn")
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    finally:
        inside.stop()
    desk.outlet.hub, desk.hub.refuses = desk.hub.url, "not on our list"
    with closing(sqlite3.connect(desk.folder / "archive.db")) as archive:
        archive.execute("update source set due_at = first_checked")
        archive.commit()
    desk.start()
    desk.wait(lambda: desk.state() == "denied", "the refusal")
    assert "refused by its hub; the hub refuses: not on our list" in desk.told("sources", "show", "varn")
    assert len(desk.hub.asked) == 1
