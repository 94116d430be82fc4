"""One daemon per archive: a lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from monitor.crashpoint import crashpoint
from monitor.errors import Busy, StoreError
from monitor.store.faults import worded
from monitor.store.place import Place, place_of

_ARCHIVE_LOCK = 0x53544F5259_0001
_TAKE, _ALIVE = text("SELECT pg_try_advisory_lock(:key)"), text("SELECT 1")


class Lock:
    """An archive that is held. A file's lock is held until its process ends."""

    def keep(self) -> None:
        """Make sure that the archive is held still. Raises Busy when another process has it by now.

        Raises StoreError when that cannot be found out now; to be called again then.
        """


@contextmanager
def archive_lock(url: str) -> Iterator[Lock]:
    """Hold an archive as its one daemon. Raises Busy, naming the holder, when another process has it."""
    place = place_of(url)
    held = _server_lock(place) if place.file is None else _file_lock(place.file)
    with held as lock:
        crashpoint("L1")
        yield lock


@contextmanager
def _file_lock(file: Path) -> Iterator[Lock]:
    path = file.with_name(f"{file.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the lock {path} cannot be made: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_held_by(file, os.pread(handle, 200, 0).decode("utf-8", "replace"))) from None
        # The file stays when we end: removing it would let two processes lock two files of one name.
        os.ftruncate(handle, 0)
        # Who holds it is a courtesy: on a full disk the lock itself still holds.
        with suppress(OSError):
            os.pwrite(handle, f"{os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0)
        yield Lock()
    finally:
        os.close(handle)


def _held_by(file: Path, written: str) -> str:
    pid, _, since = written.strip().partition(" ")
    holder = f"process {pid} has it {since}" if pid.isdigit() else "another process has it"
    way_out = f"stop that one first (kill {pid})" if pid.isdigit() else "stop that one first"
    return f"archive {file} is in use: {holder}; {way_out}"


class _ServerLock(Lock):
    """An advisory lock of PostgreSQL: it ends with its connection, which a restart of the server cuts."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._engine = create_engine(place.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    def keep(self) -> None:
        if self._connection is not None:
            try:
                self._connection.execute(_ALIVE)
                return
            except DBAPIError:
                self.close()
        self.take()

    def take(self) -> None:
        """Raises Busy when another process has it, StoreError when the server does not answer."""
        with worded(self._place):
            connection = self._engine.connect()
            if connection.scalar(_TAKE, {"key": _ARCHIVE_LOCK}):
                self._connection = connection
                return
            holder = _server_holder(connection)
            connection.close()
        raise Busy(f"archive {self._place} is in use: {holder}; stop that one first")

    def close(self) -> None:
        """Let go what is held; of a connection that broke there is nothing left to let go."""
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = None
        self._engine.dispose()


@contextmanager
def _server_lock(place: Place) -> Iterator[Lock]:
    lock = _ServerLock(place)
    try:
        lock.take()
        yield lock
    finally:
        lock.close()


def _server_holder(connection: Connection) -> str:
    row = connection.execute(
        text(
            "SELECT a.pid, a.client_addr, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.database = a.datid"
            " AND (l.classid::bigint << 32) + l.objid::bigint = :key"
        ),
        {"key": _ARCHIVE_LOCK},
    ).first()
    if row is None:
        return "another process has it"
    return (
        f"a process on {row[1] or 'this machine'} (PostgreSQL backend {row[0]}) has it since {row[2]:%Y-%m-%d %H:%M:%S}"
    )
