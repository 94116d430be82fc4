"""The connections to an archive, and the two ways to use one: write and read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from monitor.errors import Busy
from monitor.store.faults import worded
from monitor.store.place import Place, create_file, place_of
from monitor.store.schema import check_schema, migrate_empty
from monitor.store.sqlite import BUSY_SECONDS, sqlite_engine

_WATCH_LOCK = 0x53544F5259_0002  # any number that nobody else takes in this database
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


class Store:
    """An open archive. Safe to use from any thread; transactions of one thread must not nest."""

    def __init__(self, url: str, place: Place, writing: Engine, reading: Engine) -> None:
        self.url = url
        self.place = place
        self._writing = writing
        self._reading = reading
        # SQLite lets one connection write. Our own threads queue here, fairly and without polling the file.
        self._turn = threading.Lock() if place.file is not None else None

    def __repr__(self) -> str:
        return f"Store({str(self.place)!r})"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: committed at the end, rolled back when an exception leaves it.

        Raises StoreError when the database cannot (disk full, unreachable), Busy when it is held by others.
        """
        with self._my_turn(), worded(self.place), self._writing.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state of the archive and cannot write."""
        with worded(self.place), self._reading.begin() as tx:
            yield tx

    def watch_lock(self, tx: Connection) -> None:
        """Let no other transaction judge until this one ends. On SQLite BEGIN IMMEDIATE is that lock already."""
        if self._turn is None:
            tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WATCH_LOCK})

    def close(self) -> None:
        """Close every connection; the last one of a SQLite file folds its write-ahead log in."""
        self._reading.dispose()
        self._writing.dispose()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=3 * BUSY_SECONDS):
            raise Busy(f"archive {self.place}: another thread has been writing for too long")
        try:
            yield
        finally:
            self._turn.release()


def open_store(url: str, *, synchronous: str = "FULL", create: bool = True) -> Store:
    """Open an archive; an empty one gets its schema, a missing SQLite file is made (0600) when `create`.

    `synchronous` is SQLite's (FULL loses nothing acknowledged at a power cut); PostgreSQL keeps its own setting.
    Raises StoreError (says the command) when the schema must be migrated first, NewerSchema when we are too old.
    """
    place = place_of(url)
    if place.file is not None and create:
        create_file(place.file)
    writing, reading = _engines(place, synchronous)
    store = Store(url, place, writing, reading)
    try:
        # Looked at before a writing connection is made: that one would turn somebody else's file to WAL.
        if create and _holds_nothing(store):
            with store.write() as tx:
                migrate_empty(tx)
        with store.read() as tx:
            check_schema(tx, place)
    except BaseException:
        store.close()
        raise
    return store


def _holds_nothing(store: Store) -> bool:
    with store.read() as tx:
        return not inspect(tx).get_table_names()


def _engines(place: Place, synchronous: str) -> tuple[Engine, Engine]:
    if place.file is None:
        engine = create_engine(place.url, pool_pre_ping=True, pool_size=5, max_overflow=10)
        return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    mode = synchronous.upper()
    if mode not in _SYNCHRONOUS:
        raise ValueError(f"synchronous must be one of {', '.join(_SYNCHRONOUS)}, not {synchronous!r}")
    pragmas = ("journal_mode=WAL", f"synchronous={mode}", "foreign_keys=ON")
    writing = sqlite_engine(place.file, "BEGIN IMMEDIATE", pragmas, pool_size=1, max_overflow=0)
    reading = sqlite_engine(place.file, "BEGIN", ("query_only=ON",), pool_size=5, max_overflow=20)
    return writing, reading
