"""Connections to a SQLite file, set up so that a transaction is what it says."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Pool, QueuePool, create_engine, event

BUSY_SECONDS = 10


def connect(file: Path) -> sqlite3.Connection:
    """A bare connection to a file that exists; it neither makes files nor begins transactions by itself."""
    address = f"file:{quote(str(file))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def sqlite_engine(
    file: Path, begin: str, pragmas: tuple[str, ...], poolclass: type[Pool] = QueuePool, **pool: Any
) -> Engine:
    """An engine on a file whose transactions start with `begin`, and whose connections start with `pragmas`."""
    address = URL.create("sqlite", database=str(file))
    engine = create_engine(address, creator=lambda: connect(file), poolclass=poolclass, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("lower", 1, _lower, deterministic=True)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _lower(value: Any) -> Any:
    # SQLite's own folds ASCII only: a Cyrillic search would depend on capitals.
    return value.lower() if isinstance(value, str) else value
