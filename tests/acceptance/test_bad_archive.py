"""What the archive may meet: a full disk, a newer schema, a damaged file, a folder in its place; and a bad config."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

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


def fill(folder: Path) -> Path:
    """An archive that a command has made, closed and at rest."""
    (folder / "known.txt").write_text("Harbour of Varn\n\nThe pilots of Varn went back to work.", encoding="utf-8")
    done = storywatch(folder, "corpus", "add", "known.txt")
    assert done.returncode == 0, done.stderr
    return folder / "archive.db"


def test_ten_mistakes_are_told_at_once_and_nothing_is_written(folder: Path) -> None:
    config = folder / "storywatch.toml"
    config.write_text(MISTAKES, encoding="utf-8")
    lines = [2, 3, 6, 7, 12, 15, 16, 21, 22, 28]
    for words in (("check",), ("run",)):
        done = storywatch(folder, *words)
        refused(done, "10 problems", code=2)
        told = [line for line in done.stderr.splitlines() if line.startswith(str(config))]
        assert [int(line.split(":")[1]) for line in told] == lines, done.stderr
    problems = json.loads(storywatch(folder, "check", "--json").stdout)["problems"]
    assert [one["line"] for one in problems] == lines and all(one["key"] and one["message"] for one in problems)
    assert [one.name for one in folder.iterdir()] == ["storywatch.toml"]


def test_a_disk_that_is_full_at_the_start(folder: Path) -> None:
    for limit in (0, 100_000):
        refused(storywatch(folder, "run", limit=limit), "archive.db", "free space")
    # Once there is room the same archive begins.
    assert fill(folder).stat().st_size > 100_000


def test_a_database_of_a_newer_version_is_left_alone(folder: Path) -> None:
    database = fill(folder)
    with closing(sqlite3.connect(database)) as archive, archive:
        archive.execute("update alembic_version set version_num = '9999'")
    before = contents(folder)
    for words in (("run",), ("fetch",), ("search", "harbour")):
        refused(storywatch(folder, *words), "newer Storywatch", "9999")
        assert contents(folder) == before, words


def test_damaged_and_foreign_files_are_named(folder: Path) -> None:
    database = fill(folder)
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xa5" * (size - 4_096))
    for words in (("run",), ("search", "harbour")):
        refused(storywatch(folder, *words), "archive.db", "damaged", "backup")
    database.write_text("This was a shopping list.\n" * 400, encoding="utf-8")
    refused(storywatch(folder, "fetch"), "no Storywatch archive")
    database.unlink()
    database.mkdir()
    refused(storywatch(folder, "run"), "archive.db is a folder", code=2)
    database.rmdir()
    with closing(sqlite3.connect(database)) as other, other:
        other.execute("create table accounts (name text)")
    kept = contents(folder)
    refused(storywatch(folder, "run"), "something else")
    assert contents(folder) == kept
