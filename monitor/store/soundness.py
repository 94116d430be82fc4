"""Whether a database is whole, as far as its own check can tell within a time. Nothing is changed."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from sqlalchemy import Connection, text

from monitor.store.engine import Store
from monitor.store.sqlite import connect

_STEPS = 50_000


def damage(store: Store, seconds: float) -> str | None:
    """What is broken, "" when the database finds nothing, None when it did not finish within `seconds`.

    SQLite reads the whole file (`PRAGMA quick_check`). PostgreSQL is asked for invalid indexes and pages whose
    checksums failed. Raises StoreError when the database cannot be asked.
    """
    file = store.place.file
    if file is None:
        with store.read() as tx:
            return _of_server(tx)
    end = time.monotonic() + seconds
    try:
        with closing(connect(file)) as connection:
            connection.execute("PRAGMA query_only = 1")
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        return str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else str(said)


def _of_server(tx: Connection) -> str:
    broken = tx.scalars(text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")).all()
    if broken:
        return f"index {broken[0]} is not valid"
    failed = tx.scalar(text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"))
    return f"{failed} pages failed their checksum" if failed else ""
