"""What the archive may meet: a full disk, a newer schema, a damaged file, a folder in its place; and a bad config."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.store import open_store, sources
from monitor.urls import url_key

CONFIG = """
[archive]
url = "sqlite:///archive.db"
warc = ""

[web]
listen = "127.0.0.1:0"

[[sources]]
id = "wire"
kind = "feed"
url = "https://wire.example/feed"
"""

MISTAKES = """[watch]
id = "two words"
timezone = "Europe/Nowhere"

[fetch]
concurency = 4
timeout = "soon"

[[sources]]
id = "wire"
kind = "feed"
url = "ftp://wire.example/feed"

[[sources]]
id = "wire"
kind = "rss"
url = "https://wire.example/feed"

[[rules]]
id = "truce"
query = "(truce"
channels = ["pager"]

[[channels]]
id = "mail"
kind = "email"
host = "smtp.example.org"
password = "letmein"
from = "desk@example.org"
to = ["desk@example.org"]
"""


def storywatch(folder: Path, *words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `limit` is how large a file it may write, in bytes."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "monitor", *words]
    environ = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, cwd=folder, env=environ, preexec_fn=restrict
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "storywatch.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> None:
    """The command has said why it does nothing, in words and not by a traceback."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr and "fault in storywatch" not in done.stderr, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def contents(folder: Path) -> dict[str, str]:
    """Every file that holds something, by its fingerprint; who holds the lock and SQLite's own index do not count."""
    files = [one for one in folder.iterdir() if one.is_file() and not one.name.endswith((".lock", "-shm"))]
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in files if one.stat().st_size}


@pytest.fixture
def database(folder: Path, sqlite_template: Path) -> Path:
    """An archive of today's schema, closed and at rest, where the config says."""
    return Path(shutil.copy(sqlite_template, folder / "archive.db"))


def test_ten_mistakes_are_told_at_once_and_nothing_is_written(folder: Path) -> None:
    config = folder / "storywatch.toml"
    config.write_text(MISTAKES, encoding="utf-8")
    lines = [2, 3, 6, 7, 12, 15, 16, 21, 22, 28]
    done = storywatch(folder, "run")
    refused(done, "10 problems", code=2)
    told = [line for line in done.stderr.splitlines() if line.startswith(str(config))]
    assert [int(line.split(":")[1]) for line in told] == lines, done.stderr
    checked = storywatch(folder, "check", "--json")
    refused(checked, code=2)
    problems = json.loads(checked.stdout)["problems"]
    assert [one["line"] for one in problems] == lines and all(one["key"] and one["message"] for one in problems)
    assert [one.name for one in folder.iterdir()] == ["storywatch.toml"]


@pytest.mark.long
def test_a_disk_that_is_full_at_the_start(folder: Path) -> None:
    for limit in (0, 100_000):
        refused(storywatch(folder, "run", limit=limit), "archive.db", "free space")
    # Once there is room, what was begun is no obstacle.
    with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store, store.read() as tx:
        assert sources.states(tx) == ()


def test_a_database_of_a_newer_version_is_left_alone(folder: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as archive, archive:
        archive.execute("update alembic_version set version_num = '9999'")
    before = contents(folder)
    for words in (("run",), ("fetch",), ("search", "harbour")):
        refused(storywatch(folder, *words), "newer Storywatch", "9999")
        assert contents(folder) == before, words


@pytest.mark.long
def test_damaged_and_foreign_files_are_named(folder: Path, database: Path) -> None:
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xa5" * (size - 4_096))
    refused(storywatch(folder, "run"), "archive.db", "damaged", "backup")
    database.write_text("This was a shopping list.\n" * 400, encoding="utf-8")
    refused(storywatch(folder, "search"), "no Storywatch archive")
    database.unlink()
    database.mkdir()
    refused(storywatch(folder, "check"), "archive.db is a folder", code=2)
    database.rmdir()
    with closing(sqlite3.connect(database)) as other, other:
        other.execute("create table accounts (name text)")
    kept = contents(folder)
    refused(storywatch(folder, "run"), "something else")
    assert contents(folder) == kept


def health(screens: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{screens}healthz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def ask(database: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as archive:
        return archive.execute(question).fetchall()


def limit_files(process: subprocess.Popen[str], size: int) -> None:
    """Let a running process write no file beyond this size: every write of its archive fails, as on a full disk."""
    hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))


def without_slack(scene: Any) -> None:
    """One message a second is all that Slack takes: too slow for a test that waits for everything."""
    text = scene.config.read_text(encoding="utf-8")
    before, slack = text.split('[[channels]]\nid = "desk-slack"')
    rest = slack[slack.index("[[channels]]") :]
    scene.config.write_text(before + rest, encoding="utf-8")


def settled(scene: Any) -> bool:
    open_ = "select id from delivery where state in ('pending', 'sending', 'ambiguous', 'held')"
    return not ask(scene.database, open_) and not ask(scene.database, "select id from entry where finished_at is null")


@pytest.mark.long
def test_a_disk_that_fills_up_while_the_daemon_runs_loses_nothing(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=9.0)
    without_slack(scene)
    process = scene.start("run")
    screens = scene.wait_ready()
    scene.wait_for(lambda: len(scene.mailbox.mails) > 2, 60, "the first mails")
    assert health(screens) == (200, "well\n")
    # The log goes to a file, too, and has room for its words.
    limit_files(process, len(scene.log()) + 60_000)
    scene.wait_for(lambda: health(screens)[0] == 503, 30, "the daemon to notice")
    assert "free space" in health(screens)[1]
    scene.wait_for(lambda: scene.newsroom.finished, 30, "the story to be told to a daemon that cannot write")
    assert health(screens)[0] == 503 and process.poll() is None
    limit_files(process, resource.RLIM_INFINITY)
    scene.wait_for(lambda: health(screens)[0] == 200, 30, "the daemon to be well again")
    scene.wait_for(lambda: _complete(scene) and settled(scene), 60, "everything to be read and sent")
    unowed = "select f.rule_id from firing f where f.development_id not in (select development_id from delivery"
    assert not ask(scene.database, f"{unowed} where development_id is not null)")
    rows = ask(scene.database, "select channel, state, key, may_repeat from delivery where state <> 'merged'")
    assert {row[1] for row in rows} == {"sent"} and not any(row[3] for row in rows)
    # The process lived, so nothing was sent twice either.
    arrived = Counter(mail.message["X-Storywatch-Delivery"].strip() for mail in scene.mailbox.mails)
    assert arrived == Counter(row[2] for row in rows if row[0] == "desk-email")
    assert "Traceback" not in scene.log()


def _complete(scene: Any) -> bool:
    """Whether all that the outlets with working feeds have published is in the archive."""
    working = {outlet.id for outlet in scene.newsroom.outlets if not outlet.faults}
    published = (one for one in scene.newsroom.script.publications if one.outlet in working)
    wanted = {url_key(scene.newsroom.article_url(one)) for one in published}
    archived = {row[0] for row in ask(scene.database, "select url_key from entry where article_id is not null")}
    return wanted <= archived
