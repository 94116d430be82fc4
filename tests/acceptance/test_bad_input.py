"""Bad input from the web: every broken source and page gets a named outcome, and the good ones beside them are read."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

MAX_BODY = 2_000_000
Script = Callable[[socket.socket], None]

TITLES = (
    "Harbour pilots of Varn end their strike after nine days",
    "Мережа порту Варн знову працює після ремонту причалу",
    "Third dredger sails for the Osterby channel",
)
TEXT = """The pilots of the harbour of Varn went back to work on Tuesday, nine days after they had laid down their caps.
A settlement was read out on the quay by envoy Marta Lindqvist, who had met both sides in the town hall of Osterby.
The first of 14 waiting ships, a grain carrier under the flag of Malta, was brought in shortly before noon."""


def reply(body: bytes = b"", status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> Script:
    """A well-formed answer; an underscore in a header's name stands for a hyphen."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    return lambda connection: connection.sendall(data)


def truncated(body: bytes, kind: str) -> Script:
    """Half of what the header promises."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {2 * len(body)}\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def drip(connection: socket.socket) -> None:
    """A byte now and then, for longer than anybody should wait."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(300):
        time.sleep(0.1)
        connection.sendall(b"x")


def endless(connection: socket.socket) -> None:
    """More than the limit, without saying how much beforehand."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    for _ in range(400):
        connection.sendall(b"<p>" + b"long " * 2_000)


@dataclass
class Web:
    """A server that listens on a port for each source and answers each path as it was told, also badly."""

    scripts: dict[str, Script] = field(default_factory=dict)
    visits: list[str] = field(default_factory=list)
    listeners: list[socket.socket] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        return [listener.getsockname()[1] for listener in self.listeners]

    def listen(self) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        self.listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self.ports[-1]

    def close(self) -> None:
        for listener in self.listeners:
            # Closing alone does not wake the thread that waits in accept.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            path = lines.readline().split()[1].decode("latin-1")
            while lines.readline().strip():
                pass
            self.visits.append(path)
            self.scripts.get(path, reply(b"", 404))(connection)
            connection.shutdown(socket.SHUT_WR)


def rss(items: str, *, prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    return f'{prolog}\n<rss version="2.0"><channel><title>Port news</title>{items}</channel></rss>'.encode()


def item(title: str, link: str, summary: str = "Word from the quay.") -> str:
    return f"<item><title>{escape(title)}</title><link>{link}</link><description>{summary}</description></item>"


def article(title: str, text: str = TEXT) -> bytes:
    body = "".join(f"<p>{line}</p>" for line in text.splitlines())
    html = f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>"
    return f"<!DOCTYPE html>{html}".encode()


def bomb_of_entities(link: str) -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    prolog = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "boom">{levels}]>'
    return rss(f"<item><title>&e9;</title><link>{link}</link></item>", prolog=prolog)


def many_attributes() -> bytes:
    """A megabyte of these costs a feed parser more than a minute of CPU."""
    attributes = " ".join(f'a{n}="v"' for n in range(100_000))
    return rss(f"<item {attributes}><title>Attributes</title></item>")


@dataclass
class Desk:
    """A config over a bad web, and the real command on it."""

    folder: Path
    web: Web
    sources: dict[str, str] = field(default_factory=dict)
    doors: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "storywatch.db"

    def source(self, name: str, script: Script, **pages: Script) -> str:
        """Serve a feed at a port of its own, and pages beside it; returns the address of its root."""
        root = f"http://127.0.0.1:{self.web.listen()}"
        self.web.scripts[f"/{name}.xml"] = script
        self.web.scripts |= {f"/{name}/{page}": answer for page, answer in pages.items()}
        self.sources[name] = f"{root}/{name}.xml"
        return root

    def write_config(self) -> None:
        blocks = [f'[[sources]]\nid = "{name}"\nkind = "feed"\nurl = "{url}"' for name, url in self.sources.items()]
        fetch = f'timeout = "2s"\nmax_body = "{MAX_BODY}B"\ndelay = "10ms"\nallow_private = {json.dumps(self.doors)}'
        rest = '[[rules]]\nid = "harbour"\nquery = "harbour"\n[[channels]]\nid = "terminal"\nkind = "console"'
        head = '[watch]\nid = "port"\n[archive]\nwarc = ""\n[web]\nlisten = "127.0.0.1:0"'
        text = "\n".join((head, f"[fetch]\n{fetch}", *blocks, rest))
        (self.folder / "storywatch.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "monitor", *words]
        environ = {**os.environ, "NO_COLOR": "1"}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.folder, env=environ)

    def json(self, *words: str, code: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr[-3000:]
        assert "Traceback" not in done.stderr and "storywatch --debug" not in done.stderr, done.stderr[-3000:]
        return json.loads(done.stdout)

    def rows(self, question: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.database, timeout=20)) as archive, archive:
            archive.row_factory = sqlite3.Row
            return archive.execute(question, values).fetchall()

    @contextmanager
    def daemon(self) -> Iterator[str]:
        """The address of the daemon's screens while the block runs."""
        log = self.folder / "daemon.log"
        with log.open("w", encoding="utf-8") as out:
            command = [sys.executable, "-m", "monitor", "run"]
            process = subprocess.Popen(command, stdout=out, stderr=out, text=True, cwd=self.folder)
        try:
            wait_for(lambda: '"event": "ready"' in log.read_text(encoding="utf-8"), 60, "the daemon to be ready")
            ready = next(line for line in log.read_text(encoding="utf-8").splitlines() if '"event": "ready"' in line)
            yield json.loads(ready)["screens"]
            assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        finally:
            process.kill()
            process.wait(10)


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    web = Web()
    yield Desk(tmp_path, web)
    web.close()


def hostile_page() -> bytes:
    return b"<html><body>" + b"<div><span>" * 12_000 + b"<p>deep</p></body></html>"


# What an article's address answers, and a word of the reason that is kept when the page itself could not be read.
PAGES: dict[str, tuple[Script, str]] = {
    **{f"good{n}": (reply(article(title)), "") for n, title in enumerate(TITLES)},
    "mislabelled": (reply(article("A label that lies"), kind="application/octet-stream"), ""),
    "missing": (reply(b"", 404), "not-found"),
    "removed": (reply(b"", 410), "gone"),
    "forbidden": (reply(b"", 403), "forbidden"),
    "login": (reply(b"", 401), "unauthorised"),
    "withheld": (reply(b"", 451), "legal"),
    "picture": (reply(b"\x89PNG\r\n\x1a\n" + bytes(200), kind="image/png"), "image/png"),
    "pdf": (reply(b"%PDF-1.7 " + b"x" * 900), "not-html"),
    "slow": (drip, "timeout"),
    "huge": (endless, "too-large"),
    "empty": (reply(b""), "empty"),
    "broken": (reply(b"", 500), "server-error"),
    "cut": (truncated(article("Cut"), "text/html"), "connection-broken"),
    "blank": (reply(b"<html><body><script>var x</script></body></html>"), "no text on the page"),
    "nested": (reply(hostile_page()), "no text"),
}
# These may get better, so they are asked for three times.
PASSING = {"blank", "nested", "slow", "huge", "empty", "broken", "cut"}


@dataclass(frozen=True)
class Bad:
    """What a source answers, and what is to be made of it.

    `outcome`: one word, or several that will do; `word` is part of the error, "" when there is none.
    """

    script: Script
    outcome: str
    status: int | None
    listed: int = 0
    word: str = ""


def bad_sources(root: str, away: int) -> dict[str, Bad]:
    """Sources by id; `root` is where good pages are, `away` a port that the config does not open."""
    feed = rss("".join(item(title, f"{root}/good/good{n}") for n, title in enumerate(TITLES)))
    lying = rss(item(TITLES[1], f"{root}/good/good1"), prolog='<?xml version="1.0" encoding="punycode"?>')
    unpacked = gzip.compress(bytes(30_000_000))
    inside, metadata = f"http://localhost:{away}/inside", "http://169.254.169.254/latest/"
    return {
        "drip": Bad(drip, "timeout", None, word="longer than 2.0 seconds"),
        "huge": Bad(endless, "too-large", None, word="max_body"),
        "bomb": Bad(reply(unpacked, Content_Encoding="gzip"), "too-large", None, word="unpacked"),
        "cut": Bad(truncated(feed, "application/rss+xml"), "connection-broken", None, word="broke off"),
        "plain": Bad(reply(feed, kind="text/plain"), "ok", 200, 3),
        "octets": Bad(reply(feed, kind="application/octet-stream"), "ok", 200, 3),
        "charset": Bad(reply(feed, kind="text/xml; charset=iso-8859-1"), "ok", 200, 3),
        "liar": Bad(reply(lying), "ok", 200, 1),
        "html": Bad(reply(article("Not a feed")), "not-a-feed", 200, word="an HTML page"),
        "nothing": Bad(reply(b" \n"), "empty", 200, word="no text"),
        "silent": Bad(reply(rss("")), "ok", 200, word="lists nothing"),
        "entities": Bad(reply(bomb_of_entities(f"{root}/good/good0")), "ok", 200, 1),
        "nested": Bad(reply(rss("<item>" * 5_000)), "ok", 200, word="no link"),
        "missing": Bad(reply(b"", 404), "not-found", 404, word="Not Found"),
        "gone": Bad(reply(b"", 410), "gone", 410, word="Gone"),
        "forbidden": Bad(reply(b"", 403), "forbidden", 403, word="Forbidden"),
        "busy": Bad(reply(b"", 429, Retry_After="7200"), "rate-limited", 429, word="Too Many"),
        "broken": Bad(reply(b"", 500), "server-error", 500, word="Internal"),
        "loop": Bad(reply(b"", 302, Location="/loop.xml"), "too-many-redirects", None, word="redirects"),
        "inside": Bad(reply(b"", 302, Location=inside), "refused-by-guard", None, word="allow_private"),
        "metadata": Bad(reply(b"", 302, Location=metadata), "refused-by-guard", None, word="not a public address"),
    }


def serve_everything(desk: Desk) -> dict[str, Bad]:
    """Set up the bad web around one good source; returns what is expected of each source."""
    root = desk.source("good", reply(), **{name: answer for name, (answer, _why) in PAGES.items()})
    listed = "".join(item(f"Report on {name} from Varn", f"{root}/good/{name}") for name in PAGES)
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    away = desk.web.listen()
    expected = bad_sources(root, away)
    for name, one in expected.items():
        desk.source(name, one.script)
    desk.web.scripts["/good.xml"] = reply(rss(listed), kind="application/rss+xml")
    desk.sources |= {"refused": f"http://127.0.0.1:{port}/feed", "nameless": "http://storywatch-test.invalid/feed"}
    desk.doors = [f"127.0.0.1:{one}" for one in (port, *desk.web.ports) if one != away]
    return expected | {
        "good": Bad(reply(), "ok", 200, len(PAGES)),
        "refused": Bad(reply(), "connection-refused", None, word="refused"),
        # Where nobody answers for names, the wait for one ends first.
        "nameless": Bad(reply(), "dns-failed timeout", None, word="storywatch-test.invalid"),
    }


@pytest.mark.long
def test_every_bad_source_and_page_ends_with_a_name_and_the_good_ones_are_read(desk: Desk) -> None:
    expected = serve_everything(desk)
    desk.write_config()
    _first_pass(desk, expected)
    # Only the daemon meets this one: its parser is given up after twenty seconds.
    desk.source("attributes", reply(many_attributes()))
    desk.doors.append(f"127.0.0.1:{desk.web.ports[-1]}")
    desk.write_config()
    asked = len(desk.web.visits)
    with desk.daemon() as screens:
        _in_the_daemon(desk, screens)
        assert {"/gone.xml", "/busy.xml", "/broken.xml"}.isdisjoint(desk.web.visits[asked:])
    _last_pass(desk, expected)
    assert "/inside" not in desk.web.visits


def _first_pass(desk: Desk, expected: dict[str, Bad]) -> None:
    told = {one["id"]: one for one in desk.json("fetch", code=3)["sources"]}
    assert set(told) == set(expected)
    listed = {row["id"]: row for row in desk.json("sources", "list")["rows"]}
    for name, bad in expected.items():
        for row in (told[name], listed[name]):
            assert row["outcome"] in bad.outcome.split() and row["status"] == bad.status, row
            assert bad.word in row["error"] if bad.word else not row["error"], row
        assert told[name]["listed"] == bad.listed, told[name]
        assert (listed[name]["working"] == "ok") is (bad.outcome == "ok") and listed[name]["why"], listed[name]
    # Politeness: what answered badly is left alone for a while, as long as it asked for at least.
    waits = {row["id"]: _waits(row) for row in listed.values()}
    assert waits["busy"] >= timedelta(hours=2)
    assert all(waits[name] > timedelta(minutes=20) for name, bad in expected.items() if bad.outcome != "ok")
    assert listed["gone"]["gone_at"] and waits["gone"] > timedelta(days=365) and listed["gone"]["working"] == "dead"
    shown = desk.json("sources", "show", "cut")
    assert [(one["outcome"], one["error"]) for one in shown["fetches"]] == [("connection-broken", told["cut"]["error"])]
    waiting = desk.rows("select url from entry where state <> 'done'")
    assert {row["url"].rpartition("/")[2] for row in waiting} == PASSING


def _waits(row: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(row["due_at"]) - datetime.fromisoformat(row["last_checked"])


def _in_the_daemon(desk: Desk, screens: str) -> None:
    """The second and third tries of the pages (made due at once), while a feed ends its parser twice."""

    def settled() -> bool:
        desk.rows("update entry set due_at = '2020-01-01 00:00:00.000000' where state = 'waiting'")
        return not desk.rows("select id from entry where state in ('waiting', 'reading')")

    wait_for(settled, 60, "every entry to end")
    wait_for(lambda: bool(desk.rows("select id from fetch where source_id = 'attributes'")), 90, "the parser's end")
    (row,) = desk.rows("select outcome, error from fetch where source_id = 'attributes'")
    assert (row["outcome"], "parser was ended" in row["error"]) == ("unreadable", True), row["error"]
    with urllib.request.urlopen(f"{screens}healthz", timeout=10) as answer:
        assert answer.status == 200


def _last_pass(desk: Desk, expected: dict[str, Bad]) -> None:
    """Asked by name, what is gone is asked again and stays recorded; every entry has ended as it should."""
    told = desk.json("fetch", "--source", "gone", "--source", "busy", "--source", "good", code=3)
    assert {one["id"]: one["outcome"] for one in told["sources"]} == {
        "gone": "gone",
        "busy": "rate-limited",
        "good": "unchanged",
    }
    assert told["failed"] == 0
    (gone,) = desk.rows("select gone_at, failures from source where id = 'gone'")
    assert gone["gone_at"] and gone["failures"] == 2
    question = (
        "select e.url, e.state, e.error, e.attempts, a.partial from entry e left join article a on a.id = e.article_id"
    )
    ends = {row["url"].rpartition("/")[2]: row for row in desk.rows(question)}
    assert set(ends) == set(PAGES)
    for name, (_script, why) in PAGES.items():
        row = ends[name]
        assert (row["state"], row["partial"]) == ("done", bool(why)), dict(row)
        assert why in row["error"] if why else not row["error"], dict(row)
        assert row["attempts"] == (3 if name in PASSING else 1), dict(row)
    titles = {row["title"] for row in desk.rows("select title from article where not partial")}
    assert titles == {*TITLES, "A label that lies"}
