"""The daemon in a process of its own: what happens to its end and its reload when others do not play along."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
[watch]
id = "quay"

[archive]
url = "sqlite:///archive.db"

[web]
listen = "127.0.0.1:0"

[[rules]]
id = "quay"
query = "quay"
"""
SERVING = """
import os, signal, socket, sqlite3, sys, threading, time
from pathlib import Path
from urllib.parse import urlsplit
from monitor.cli.opening import load_config
from monitor.cli.root import Settings
from monitor.cli.running import reloader, start_logs
from monitor.runtime import reactor
from monitor.runtime.daemon import Plan, serve

FILE = Path(sys.argv[1])
settings = Settings(FILE)

async def big(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 64_000_000})

def end():
    os.kill(os.getpid(), signal.SIGTERM)

def later(body):
    threading.Thread(target=body, daemon=True).start()

def run(started):
    config = load_config(settings)
    start_logs(config, settings)
    plan = Plan(config, lambda *_: big, reloader(config, settings), started=started)
    sys.exit(reactor.run(serve(plan)))
"""


def ran(folder: Path, body: str, archive: str = "sqlite:///archive.db") -> subprocess.CompletedProcess[str]:
    """Run the daemon with `body` as its surroundings; one that does not end fails the test."""
    file = folder / "storywatch.toml"
    file.write_text(CONFIG.replace("sqlite:///archive.db", archive), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", SERVING + body, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_a_reader_who_does_not_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    body = """
def started(services, address):
    def stuck():
        with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port)) as reader:
            reader.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
            reader.recv(10)
            end()
            time.sleep(60)
    later(stuck)

run(started)
"""
    done = ran(tmp_path, body)
    assert done.returncode == 0, done.stderr


def test_a_reload_is_recorded_when_the_archive_is_back(tmp_path: Path) -> None:
    body = """
ADDED = '[[sources]]\\nid = "wire"\\nkind = "feed"\\nurl = "https://wire.invalid/feed"\\nenabled = false\\n'

def started(services, address):
    def away_and_back():
        archive = sqlite3.connect(FILE.with_name("archive.db"), isolation_level=None)
        archive.execute("ALTER TABLE rule_revision RENAME TO away")
        FILE.write_text(FILE.read_text() + ADDED)
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(1)
        archive.execute("ALTER TABLE away RENAME TO rule_revision")
        for _ in range(100):
            found = archive.execute("SELECT id FROM source").fetchall()
            if found:
                break
            time.sleep(0.1)
        print(found)
        archive.close()
        end()
    later(away_and_back)

run(started)
"""
    done = ran(tmp_path, body)
    assert (done.returncode, done.stdout) == (0, "[('wire',)]\n"), done.stderr


def test_a_secret_that_came_with_a_reload_stays_out_of_the_log(tmp_path: Path) -> None:
    body = """
import structlog
CHANNEL = '[[channels]]\\nid = "desk"\\nkind = "slack"\\nwebhook = "file:hook"\\n'

def started(services, address):
    def rotate():
        FILE.with_name("hook").write_text("https://hooks.example/quite-new")
        FILE.write_text(FILE.read_text() + CHANNEL)
        os.kill(os.getpid(), signal.SIGHUP)
        while "desk" not in services.channels:
            time.sleep(0.05)
        structlog.get_logger("storywatch").info("posted", to="https://hooks.example/quite-new")
        end()
    later(rotate)

run(started)
"""
    done = ran(tmp_path, body)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["to"] for event in events if event["event"] == "posted"] == ["***"], done.stderr


def test_a_daemon_that_lost_its_archive_to_another_one_ends(tmp_path: Path, postgres_url: str) -> None:
    body = """
import psycopg

def started(services, address):
    dsn = services.store.url.replace("+psycopg", "")
    other = psycopg.connect(dsn, autocommit=True)
    other.execute(
        "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
    )
    other.execute("SELECT pg_advisory_lock(%s)", [0x53544F5259_0001])
    later(lambda: (time.sleep(40), other.close()))

run(started)
"""
    done = ran(tmp_path, body, postgres_url)
    assert done.returncode != 0
    assert "another daemon took the archive: ending" in done.stderr
    assert "is in use" in done.stderr
