"""Opening an archive: what is made, what is refused and with which words, the lock, backups, a full disk."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from monitor.errors import Busy, StoreError
from monitor.model import Level
from monitor.store import Store, archive_lock, articles, backup, open_store, review, schema_problem


def _count(store: Store) -> int:
    with store.read() as tx:
        return review.counts(tx).articles


def test_an_empty_archive_holds_nothing(store: Store) -> None:
    assert _count(store) == 0
    assert "***" in repr(store) or "archive.db" in repr(store)


def test_a_new_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data %41?" / "Архів #1.db"
    url = f"sqlite:///{file}"
    with closing(open_store(url)) as store, store.write() as tx:
        assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert tx.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    assert [path.name for path in file.parent.iterdir()] == ["Архів #1.db"], "closing folds the log in"


def test_a_reader_cannot_write(store: Store, make: Any) -> None:
    with pytest.raises(StoreError), store.read() as tx:
        make.sync(tx)


def test_a_failed_transaction_leaves_nothing(store: Store, make: Any) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        make.article(tx)
        raise RuntimeError("in the middle")
    assert _count(store) == 0


def test_a_reader_sees_one_state(store: Store, make: Any) -> None:
    with store.read() as tx:
        assert review.counts(tx).articles == 0
        with store.write() as writing:
            make.article(writing)
        assert review.counts(tx).articles == 0
    assert _count(store) == 1


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("archive.db", "cannot be read"),
        ("mysql://user:secret@host/db", "cannot lie at"),
        ("sqlite://", "cannot lie at"),
        ("sqlite:///:memory:", "cannot lie at"),
        ("postgresql://host", "cannot lie at"),
        ("postgresql://nobody:secret@127.0.0.1:1/db", "no server answers there"),
        ("sqlite:////proc/archive.db", "cannot be made"),
    ],
)
def test_a_bad_place_is_refused_without_its_password(url: str, word: str) -> None:
    with pytest.raises(StoreError, match=word) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_missing_file_is_not_made_unless_asked(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(sqlite_url, create=False)
    assert "there is no archive" in schema_problem(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_are_left_alone(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_text("Dear diary, " * 1000)
    with pytest.raises(StoreError, match="no Storywatch archive"):
        open_store(sqlite_url)
    (tmp_path / "archive.db").unlink()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="something else"):
        open_store(sqlite_url)
    assert "something else" in schema_problem(sqlite_url)


def test_an_unknown_synchronous_mode_is_a_mistake_of_ours(sqlite_url: str) -> None:
    with pytest.raises(ValueError, match="synchronous"):
        open_store(sqlite_url, synchronous="SOMETIMES")


def test_a_full_disk_says_so_and_loses_nothing(sqlite_store: Store, make: Any) -> None:
    with sqlite_store.write() as tx:
        make.article(tx, "first")
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    recorded = 1
    with pytest.raises(StoreError, match="the disk is full: free some space"):
        for number in range(100):
            with sqlite_store.write() as tx:
                make.article(tx, f"more {number}", make.reading("words " * 1000))
            recorded += 1
    assert 1 < _count(sqlite_store) == recorded < 100
    with sqlite_store.write() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count = 100000")
        make.article(tx, "after")
        assert tx.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert _count(sqlite_store) == recorded + 1


def test_a_writer_that_is_held_up_hears_of_it(sqlite_store: Store) -> None:
    with sqlite_store.write() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(sqlite_store.place.file or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another process has been writing"), sqlite_store.write():
            pass
        other.execute("ROLLBACK")
    with sqlite_store.write():
        pass


def test_the_second_daemon_is_told_who_is_first(database_url: str) -> None:
    with archive_lock(database_url):
        with pytest.raises(Busy, match="is in use") as caught, archive_lock(database_url):
            pass
        if database_url.startswith("sqlite"):
            assert f"process {os.getpid()} has it since 20" in str(caught.value)
            assert f"kill {os.getpid()}" in str(caught.value)
        else:
            assert "PostgreSQL backend" in str(caught.value)
    with archive_lock(database_url):
        pass


def cut_off(url: str) -> None:
    """Do to whoever holds the archive what a restart of the server does."""
    found = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    )
    engine = create_engine(url)
    with engine.connect() as other:
        assert other.execute(text(found)).scalar_one()
    engine.dispose()


def test_a_lock_that_the_server_forgot_is_taken_again(postgres_url: str) -> None:
    with archive_lock(postgres_url) as lock:
        cut_off(postgres_url)
        lock.keep()
        lock.keep()
        with pytest.raises(Busy, match="is in use"), archive_lock(postgres_url):
            pass


def test_who_lost_its_lock_to_another_is_told(postgres_url: str) -> None:
    with archive_lock(postgres_url) as lock:
        cut_off(postgres_url)
        with archive_lock(postgres_url), pytest.raises(Busy, match="is in use"):
            lock.keep()
        lock.keep()


def test_the_lock_file_is_private_and_stays(sqlite_url: str, tmp_path: Path) -> None:
    with archive_lock(sqlite_url):
        pass
    lock = tmp_path / "archive.db.lock"
    assert lock.stat().st_mode & 0o777 == 0o600


HOLDER = """
import sys, time
from monitor.store import archive_lock
with archive_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_dies_with_its_holder(database_url: str) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, database_url], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder, holder.stdout as said:
        assert said.readline() == "held\n"
        with pytest.raises(Busy), archive_lock(database_url):
            pass
        holder.send_signal(signal.SIGKILL)
    _wait_for_lock(database_url)


def _wait_for_lock(url: str) -> None:
    """The server notices a dead client a moment later."""
    for _ in range(50):
        try:
            with archive_lock(url):
                return
        except Busy:
            threading.Event().wait(0.1)
    with archive_lock(url):
        return


def test_a_backup_is_whole_while_others_write(sqlite_store: Store, make: Any, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with sqlite_store.write() as tx:
                make.article(tx, f"{number}", level=Level.COPY)
                make.article(tx, f"{number} again", level=Level.COPY)
            number += 1

    writer = threading.Thread(target=write)
    with sqlite_store.write() as tx:
        make.article(tx, "first")
    writer.start()
    target = tmp_path / "copy.db"
    backup(sqlite_store.url, target)
    stop.set()
    writer.join()
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(open_store(f"sqlite:///{target}", create=False)) as copy:
        assert _count(copy) % 2 == 1
        with copy.read() as tx:
            assert articles.by_key(tx, "first") is not None
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_overwrites_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(StoreError, match="exists"):
        backup(sqlite_store.url, target)
    with pytest.raises(StoreError, match="cannot be written"):
        backup(sqlite_store.url, tmp_path / "missing" / "copy.db")
    with pytest.raises(StoreError, match="there is no archive"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "other.db")
    assert target.read_text() == "precious"


def test_a_backup_of_postgresql_names_the_tool(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        backup(postgres_url, tmp_path / "copy.db")
