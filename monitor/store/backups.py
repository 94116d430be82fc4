"""Copies of an archive that are consistent while others write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.place import place_of
from monitor.store.sqlite import connect


def backup(url: str, target: Path) -> None:
    """Copy a SQLite archive to `target` (0600), which must not exist; the daemon may go on meanwhile.

    Raises StoreError: on PostgreSQL, when `target` exists, when it cannot be written.
    """
    place = place_of(url)
    if place.file is None:
        raise StoreError(f"archive {place} is on PostgreSQL: back it up with `pg_dump --format=custom`")
    if not place.file.exists():
        raise StoreError(f"there is no archive at {place}")
    copy_file(place.file, target.absolute())


def copy_file(file: Path, target: Path) -> None:
    """Copy a SQLite file by VACUUM INTO. The copy appears under its name only when it is complete."""
    if target.exists():
        raise StoreError(f"{target} exists: choose another name")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        _vacuum(file, part)
        part.rename(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _vacuum(file: Path, part: Path) -> None:
    try:
        with closing(connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),)).close()
    except sqlite3.Error as error:
        raise StoreError(f"{part} cannot be written: {error}") from error
