"""Secrets that receivers throw back at us are nowhere: no log, screen, command, archive, backup or export."""

from __future__ import annotations

import base64
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from monitor import pipeline
from monitor.cli import app
from monitor.config import load
from monitor.model import Document, Entry, EntryState
from monitor.store import entries, open_store, sources
from monitor.store.entries import Listed
from monitor.urls import host_of, url_key
from monitor.watch import compile_watch
from monitor.web.app import ROUTES

NAMES = ("SLACK_TOKEN", "SLACK_HOOK", "HOOK_PATH", "HOOK_KEY", "OLD_KEY", "SMTP_PASSWORD", "APPRISE", "WEB_PASSWORD")
CANARIES = {name: f"kanarie{number}{name.replace('_', '').lower()}zx9q7w" for number, name in enumerate(NAMES)}
# What an HTTP receiver answers; {echo} is all that it was sent: request line, headers, body.
HTTP = {
    "refused": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{json}",
    "denied": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{denied}",
    "unknown": "HTTP/1.1 401 {line}\r\nWWW-Authenticate: {line}\r\n\r\n{echo}",
    "missing": "HTTP/1.1 404 Not Found\r\n\r\n{echo}",
    "gone": "HTTP/1.1 410 {line}\r\n\r\n{echo}",
    "slow": "HTTP/1.1 429 Too Many\r\nRetry-After: {line}\r\n\r\n{echo}",
    "broken": "HTTP/1.1 500 {line}\r\nX-Echo: {line}\r\n\r\n{echo}",
    "moved": "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9/{line}\r\n\r\n{echo}",
    "garbage": "{line}\r\n\r\n{echo}",
    "cut": "",
    "half": "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{json}",
}
MAIL = ("sign-in", "later", "sender", "recipient", "data")
SITE = "http://127.0.0.1:{port}"


@dataclass
class Parrot:
    """Servers on loopback that repeat what they hear in whatever they say."""

    bodies: list[str] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.web, self.mail = (socket.create_server(("127.0.0.1", 0)) for _ in "12")
        for listening, talk in ((self.web, self._http), (self.mail, self._smtp)):
            threading.Thread(target=self._serve, args=(listening, talk), daemon=True).start()

    def stop(self) -> None:
        self.stopped = True
        for one in (self.web, self.mail):
            one.close()

    def _serve(self, listening: socket.socket, talk: Any) -> None:
        while not self.stopped:
            with suppress(OSError):
                line, _ = listening.accept()
                line.settimeout(20)
                threading.Thread(target=self._talk, args=(line, talk), daemon=True).start()

    def _talk(self, line: socket.socket, talk: Any) -> None:
        with line, suppress(OSError), line.makefile("rwb") as stream:
            talk(stream)

    def _http(self, stream: Any) -> None:
        head = [stream.readline().decode("latin-1").strip()]
        if not head[0]:
            return
        while text := stream.readline().decode("latin-1").strip():
            head.append(text)
        size = next((int(one.split(":")[1]) for one in head if one.lower().startswith("content-length")), 0)
        body = stream.read(size).decode("utf-8", "replace")
        self.bodies.append(body)
        secret = " ".join([head[0], *(one for one in head if one.lower().startswith(("authorization", "webhook")))])
        mode = head[0].split(" ")[1].split("/")[1]
        told = json.dumps({"ok": False, "error": f"invalid_auth {secret}", "needed": secret, "warning": secret})
        denied = json.dumps({"ok": False, "error": "missing_scope", "needed": secret, "provided": secret})
        answer = HTTP.get(mode, "").format(line=secret, echo="\n".join([*head, body]), json=told, denied=denied)
        stream.write(answer.encode())
        stream.flush()

    def _smtp(self, stream: Any) -> None:
        heard: list[str] = []

        def say(code: str) -> None:
            stream.write(f"{code} {' '.join(heard)}\r\n".encode())
            stream.flush()

        stream.write(b"220 parrot\r\n")
        stream.flush()
        mode = ""
        while words := stream.readline().decode().strip():
            verb = words.split(" ")[0].upper()
            if verb == "EHLO":
                stream.write(b"250-parrot\r\n250 AUTH PLAIN LOGIN\r\n")
                stream.flush()
                continue
            if verb == "AUTH":
                heard += [words.split(" ")[-1], base64.b64decode(words.split(" ")[-1]).decode().replace("\0", " ")]
                mode = heard[-1].split()[0]
            say(_smtp_code(verb, mode))
            if verb == "DATA" and mode == "data":
                while stream.readline().strip() != b".":
                    pass
                say("554 5.7.1")


def _smtp_code(verb: str, mode: str) -> str:
    refusals = {("AUTH", "sign-in"): "535 5.7.8", ("AUTH", "later"): "454 4.7.0", ("MAIL", "sender"): "550 5.7.1"}
    usual = {"AUTH": "235", "DATA": "354"}.get(verb, "250")
    return refusals.get((verb, mode)) or ("550 5.1.1" if (verb, mode) == ("RCPT", "recipient") else usual)


def environment(parrot: Parrot) -> dict[str, str]:
    """Every secret field's own canary, behind the name that the config gives."""
    found = dict(CANARIES)
    web = SITE.format(port=parrot.web.getsockname()[1])
    for name in ("HOOK_KEY", "OLD_KEY"):
        found[name] = "whsec_" + base64.b64encode(CANARIES[name].encode()).decode()
    for mode in HTTP:
        word = mode.upper()
        found[f"SLACK_HOOK_{word}"] = f"{web}/{mode}/services/{CANARIES['SLACK_HOOK']}"
        found[f"HOOK_{word}"] = f"{web}/{mode}/{CANARIES['HOOK_PATH']}?key={CANARIES['HOOK_PATH']}"
    found["APPRISE_URL"] = f"json://desk:{CANARIES['APPRISE']}@127.0.0.1:{parrot.web.getsockname()[1]}/broken"
    return found


def config_text(parrot: Parrot, environ: dict[str, str]) -> str:
    web, mail = parrot.web.getsockname()[1], parrot.mail.getsockname()[1]
    lines = [
        '[watch]\nid = "harbour"\nabout = "harbour"\n[archive]\nurl = "sqlite:///archive.db"',
        f'[fetch]\nallow_private = ["127.0.0.1:{web}"]\n[alerts]\ngroup_wait = "0s"\nfirst_retry = "1s"',
        '[web]\nlisten = "127.0.0.1:0"\npassword = "env:WEB_PASSWORD"',
        '[[sources]]\nid = "wire"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"',
        '[[rules]]\nid = "harbour"\nquery = "harbour"',
    ]
    for mode in HTTP:
        api = f"{SITE.format(port=web)}/{mode}/api/"
        lines += [
            f'[[channels]]\nid = "bot-{mode}"\nkind = "slack"\ntoken = "env:SLACK_TOKEN"\nchannel = "C1"',
            f'api_url = "{api}"',
            f'[[channels]]\nid = "slack-{mode}"\nkind = "slack"\nwebhook = "env:SLACK_HOOK_{mode.upper()}"',
            f'[[channels]]\nid = "hook-{mode}"\nkind = "webhook"\nurl = "env:HOOK_{mode.upper()}"',
            'secret = "env:HOOK_KEY"\nold_secret = "env:OLD_KEY"',
        ]
    for mode in MAIL:
        lines += [
            f'[[channels]]\nid = "mail-{mode}"\nkind = "email"\nhost = "127.0.0.1"\nport = {mail}\ntls = "none"',
            f'username = "{mode}"\npassword = "env:SMTP_PASSWORD"\nfrom = "a@desk.example"\nto = ["b@desk.example"]',
        ]
    if find_spec("apprise") is not None:
        lines.append('[[channels]]\nid = "other"\nkind = "apprise"\nurl = "env:APPRISE_URL"')
    return "\n".join(lines) + "\n"


def forms() -> dict[str, str]:
    """Every way in which a canary may be written, and whose it is."""
    found = {}
    for name, canary in CANARIES.items():
        found[canary] = found[quote(canary)] = name
        for shift in range(3):
            # The middle of it, which is the same wherever in a text it stands.
            found[base64.b64encode(b"x" * shift + canary.encode()).decode()[4:-4]] = name
    return found


def leaks(where: str, text: str | bytes) -> list[str]:
    shown = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return sorted({f"{name} in {where}" for form, name in forms().items() if form.encode() in shown})


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    one = Parrot()
    yield one
    one.stop()


@pytest.fixture
def folder(tmp_path: Path, parrot: Parrot, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with a canary in every secret field and one alert owed to every channel."""
    for name, value in environment(parrot).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "storywatch.toml"
    file.write_text(config_text(parrot, environment(parrot)), encoding="utf-8")
    watch = compile_watch(load(file, environment(parrot), tmp_path))
    now = datetime.now(UTC) - timedelta(minutes=1)
    entry = Entry("http://wire.example/1", "1", "Harbour open")
    listed = Listed(entry, url_key(entry.url), host_of(entry.url), EntryState.WAITING, False, now)
    with closing(open_store(watch.config.archive.url)) as store:
        with store.write() as tx:
            sources.sync(tx, watch.config.sources, now)
            entries.add(tx, "wire", [listed], now)
            (waiting,) = entries.claim_waiting(tx, "desk", timedelta(minutes=5), 1, set(), now)
        text = "The harbour of Varn is open for 40 days, envoy Marta Lindqvist said on Monday in Osterby."
        document = Document(entry.url, "Harbour open", text, language="en", method="test")
        pipeline.ingest(store, watch, waiting, pipeline.read_document(document), "desk", now)
    return tmp_path


def tried(folder: Path) -> tuple[int, int]:
    """How many deliveries there are, and how many of them a receiver has answered."""
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True, timeout=10)) as archive:
        (all_,) = archive.execute("select count(*) from delivery where kind = 'development'").fetchone()
        (ended,) = archive.execute("select count(distinct delivery_id) from attempt where ended is not null").fetchone()
    return all_, ended


def screens(address: str) -> list[str]:
    """Every route as somebody who is logged in sees it; refused and lost pages, too."""
    login = base64.b64encode(f"anna:{CANARIES['WEB_PASSWORD']}".encode()).decode()
    idents = {"/articles": "a1", "/sources": "wire", "/stories": "s1"}
    paths = [
        path.replace("{ident}", next((v for k, v in idents.items() if path.startswith(k)), "")) for path, _ in ROUTES
    ]
    found = []
    for path in (*paths, "/alerts?state=dead", "/articles?q=(", "/nothing"):
        ask = urllib.request.Request(address.rstrip("/") + path, headers={"Authorization": f"Basic {login}"})
        try:
            with urllib.request.urlopen(ask, timeout=30) as answer:
                found += leaks(f"screen {path}", answer.read() + str(answer.headers).encode())
        except urllib.error.HTTPError as error:
            found += leaks(f"screen {path}", error.read() + str(error.headers).encode())
    return found


def commands(folder: Path, *asked: tuple[str, ...], code: int | None = None) -> list[str]:
    found = []
    for words in asked:
        said = CliRunner().invoke(app, words, prog_name="storywatch")
        assert code in (None, said.exit_code), words
        found += leaks(f"`{' '.join(words)}`", said.output)
        found += leaks(f"the end of `{' '.join(words)}`", repr(said.exception))
    return found


def run_daemon(folder: Path) -> list[str]:
    """Let the real daemon try every channel, look at its screens, and end it."""
    log = folder / "daemon.log"
    with log.open("w", encoding="utf-8") as out:
        words = [sys.executable, "-m", "monitor", "run", "-vv", "--debug"]
        daemon = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end and ('"ready"' not in log.read_text() or tried(folder)[1] < tried(folder)[0]):
            time.sleep(0.3)
        owed, ended = tried(folder)
        assert owed == ended >= 3 * len(HTTP) + len(MAIL), log.read_text()[-3000:]
        ready = next(line for line in log.read_text().splitlines() if '"event": "ready"' in line)
        return screens(json.loads(ready)["screens"])
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(40)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_secret_is_found_anywhere(folder: Path, parrot: Parrot) -> None:
    found = run_daemon(folder)
    found += leaks("the log", (folder / "daemon.log").read_bytes())
    tests = [("alerts", "test", one.id, "--debug") for one in load(None, dict(environment(parrot)), folder).channels]
    formats = [("export", "--format", kind, "-o", f"out-{kind}") for kind in ("jsonl", "csv", "md")]
    found += commands(
        folder,
        ("check", "--debug", "-v"),
        ("check", "--json"),
        ("doctor", "--channels"),
        ("doctor", "--channels", "--json"),
        ("alerts", "list", "--json"),
        ("why", "a1", "--json"),
        ("why", "a1"),
        ("backup", "backup.db"),
        *formats,
        *tests,
    )
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "daemon.log":
            found += leaks(f"the file {path.relative_to(folder)}", path.read_bytes())
    for body in parrot.bodies:
        found += leaks("what was posted", body)
    assert (folder / "backup.db").exists() and (folder / "out-jsonl").exists()
    assert found == []


@pytest.mark.parametrize(
    "wrong",
    [
        'kind = "slack"\ntoken = "xoxb-{canary}"\nchannel = "C1"',
        'kind = "slack"\nwebhook = "https://hooks.example/services/{canary}"',
        'kind = "slack"\ntoken = "env:BROKEN"\nwebhook = "env:BROKEN"\nextra = "{canary}"',
        'kind = "webhook"\nurl = "http://hooks.example/{canary}"\nsecret = "env:BROKEN"',
        'kind = "webhook"\nurl = "ftp://{canary}@hooks.example/"\nsecret = "{canary}"',
        'kind = "webhook"\nurl = "https://hooks.example:{canary}/"\nsecret = "file:nothing"',
        'kind = "email"\nhost = "h"\npassword = "{canary}"\nusername = 3\nfrom = "a@b.example"\nto = "c@d.example"',
        'kind = "apprise"\nurl = "discord://{canary}"',
        'kind = "slack"\ntoken = ["{canary}"]',
        'kind = "slack"\ntoken = "env:BROKEN',
        'kind = "webhook"\nurl = {{ secret = "{canary}" }}',
    ],
)
def test_an_error_in_the_config_repeats_no_secret(folder: Path, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = CANARIES["SLACK_TOKEN"]
    monkeypatch.setenv("BROKEN", f"whsec_!{canary}")
    with (folder / "storywatch.toml").open("a") as config:
        config.write(f'[[channels]]\nid = "wrong"\n{wrong.format(canary=canary)}\n')
    asked = (("check",), ("check", "--json"), ("check", "--debug"), ("doctor",), ("run", "--debug"))
    assert commands(folder, *asked, code=2) == []
