"""`backup --warc` and `restore`: beside a process that writes, and what is told of what is not copied."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Fetch, Outcome, Wire
from monitor.store import archive_lock, evidence, open_store
from monitor.store.raw import RawWriter
from monitor.store.records import whole_records

Run = Callable[..., Any]
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
# Small enough that files end while a backup runs.
SMALL = 6_000


def _page(number: int) -> Fetch:
    url = f"http://wire.example/{number}"
    wire = Wire((("Host", "wire.example"),), (("Content-Type", "text/html"),))
    return Fetch(url, Outcome.OK, NOW, 0.1, 200, url, body=b"<p>Page %d</p>" % number, wire=wire)


def _write(folder: Path, writer: RawWriter, stop: Callable[[int], bool]) -> None:
    """Keep pages as the daemon does: on the disk first, then the row."""
    with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store:
        number = 0
        while not stop(number):
            number += 1
            kept = writer.keep(_page(number), f"wire.example/{number}", "test", NOW)
            assert kept is not None
            with store.write() as tx:
                evidence.add(tx, kept, 1)


@pytest.fixture
def kept(filled: Path) -> Path:
    """The folder with an archive and three pages on the disk, in two finished files."""
    for pages in (2, 1):
        writer = RawWriter(filled / "warc")
        _write(filled, writer, pages.__eq__)
        writer.close()
    return filled


def storywatch(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_backup_beside_a_writer_is_whole(filled: Path) -> None:
    ended = threading.Event()
    writer = RawWriter(filled / "warc", most_bytes=SMALL)
    thread = threading.Thread(target=_write, args=(filled, writer, lambda _number: ended.is_set()))
    _write(filled, writer, lambda number: number == 12)
    thread.start()
    try:
        said = storywatch(filled, "backup", "copy.db", "--warc", "--json")
    finally:
        ended.set()
        thread.join()
    document = json.loads(said.stdout)
    folder = filled / "copy.db.warc"
    assert (said.returncode, document["warc"]["path"]) == (0, str(folder))
    assert document["warc"]["files"] == len(list(folder.iterdir())) >= 4
    # Nothing of the archive itself is needed: its files go on, and another one is open.
    checked = storywatch(filled, "verify", "copy.db", "--raw", str(folder), "--json")
    told = json.loads(checked.stdout)
    assert (checked.returncode, told["faults"]) == (0, [])
    assert told["checked"]["raw"] >= 12
    assert {path.stat().st_mode & 0o777 for path in (*folder.iterdir(), filled / "copy.db")} == {0o600}
    assert [path.name for path in folder.iterdir() if not path.name.endswith(".warc.gz")] == []
    writer.close()


def test_the_words_of_what_is_not_copied(run: Run, kept: Path) -> None:
    said = run("backup", "one.db")
    assert f"not copied: the raw responses in {kept / 'warc'}: `storywatch backup PATH --warc`" in said.err
    assert "not copied: the config" in said.err and not (kept / "one.db.warc").exists()
    both = run("backup", "two.db", "--warc")
    assert "raw responses" not in both.err and "2 files, " in both.out
    assert len(run("backup", "three.db", "--warc", "--json").json["not_copied"]) == 1
    for path in (kept / "warc").iterdir():
        path.unlink()
    (kept / "warc").rmdir()
    assert "raw responses: there is no" in run("backup", "four.db", "--warc").err


def test_a_backup_that_cannot_be_whole_is_not_there(run: Run, kept: Path) -> None:
    (kept / "copy.db.warc").mkdir()
    said = run("backup", "copy.db", "--warc")
    assert said.code == 1 and "copy.db.warc exists" in said.err
    (kept / "copy.db.warc").rmdir()
    (kept / "copy.db").write_text("mine")
    assert run("backup", "copy.db", "--warc").code == 1
    assert (kept / "copy.db").read_text() == "mine"
    assert not list(kept.glob("copy.db.warc*"))


def test_what_was_backed_up_is_restored_and_verified(run: Run, kept: Path) -> None:
    assert run("backup", "copy.db", "--warc").code == 0
    for name in ("archive.db", "warc"):
        (kept / name).rename(kept / f"old-{name}")
    said = run("restore", "copy.db", "--json")
    assert said.code == 0, said.err
    assert (said.json["files"], said.json["missing"], said.json["owed"]) == (2, [], 0)
    assert run("verify").code == 0
    assert run("show", "a1", "--raw").out == "<p>Page 1</p>"


def test_restore_says_what_it_needs(run: Run, kept: Path) -> None:
    assert run("backup", "copy.db").code == 0
    for words, needed in (
        (("restore", "copy.db"), "archive.db is there: move it away first"),
        (("restore", "none.db"), "archive.db is there"),
    ):
        said = run(*words)
        assert said.code == 1 and needed in said.err
    with archive_lock(f"sqlite:///{kept / 'archive.db'}"):
        assert "is in use" in run("restore", "copy.db").err
    for name in ("archive.db", "warc"):
        (kept / name).rename(kept / f"old-{name}")
    assert "there is no backup at none.db" in run("restore", "none.db").err
    (kept / "note.db").write_text("no database " * 100)
    assert "note.db is no backup of an archive" in run("restore", "note.db").err
    log = kept / "archive.db-wal"
    log.write_bytes(b"another's")
    assert "archive.db-wal is there" in run("restore", "copy.db").err
    log.unlink()
    said = run("restore", "copy.db")
    assert said.code == 3 and said.err.count("which the archive promises") == 2
    assert run("search", "truce", "--json").json["total"] == 2


def test_restore_warns_of_what_will_be_sent(run: Run, kept: Path) -> None:
    with closing(sqlite3.connect(kept / "archive.db")) as archive, archive:
        archive.execute("UPDATE delivery SET state = 'pending' WHERE state = 'sent'")
    assert run("backup", "copy.db", "--warc").code == 0
    (kept / "archive.db").rename(kept / "old.db")
    said = run("restore", "copy.db")
    assert said.code == 0 and "1 delivery waited when the backup was made" in said.err


def test_of_postgresql_the_raw_files_are_copied_and_the_rest_is_told(run: Run, folder: Path, postgres_url: str) -> None:
    config = folder / "storywatch.toml"
    config.write_text(config.read_text().replace("sqlite:///archive.db", postgres_url))
    writer = RawWriter(folder / "warc")
    assert writer.keep(_page(1), "wire.example/1", "test", NOW) is not None
    said = run("backup", "copy.db", "--warc", "--json")
    assert (said.code, said.json["path"], said.json["warc"]["files"]) == (3, None, 1)
    assert "pg_dump --format=custom" in said.json["not_copied"][0]
    (copied,) = (folder / "copy.db.warc").iterdir()
    with copied.open("rb") as file:
        assert whole_records(file) == copied.stat().st_size > 0
    writer.close()
    assert "pg_restore" in run("restore", "copy.db").err
