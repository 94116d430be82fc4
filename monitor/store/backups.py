"""Copies of an archive that are consistent while others write, and the way back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from monitor.crashpoint import crashpoint
from monitor.errors import StoreError
from monitor.store.place import place_of
from monitor.store.raw import files
from monitor.store.rawcopy import appearing, copy_finished, copy_rest
from monitor.store.sqlite import connect


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: WARC files, the names of those that rows promise and nobody has, deliveries that wait."""

    files: int
    missing: tuple[str, ...]
    owed: int


def raw_target(target: Path) -> Path:
    """The folder of raw files beside a backup."""
    return target.with_name(f"{target.name}.warc")


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


def backup_with_raw(url: str, target: Path, folder: Path) -> None:
    """As `backup`, and the WARC files of `folder` into `raw_target(target)`; on PostgreSQL only these.

    Every file that a row of the copy promises is in it: what could be given up meanwhile is copied before the rows,
    what could come is copied after them. Both copies are complete, or neither is there. Raises StoreError.
    """
    with appearing(raw_target(target.absolute())) as part:
        copy_finished(folder, part)
        if place_of(url).file is None:
            copy_rest(folder, part)
            return
        backup(url, target)
        try:
            copy_rest(folder, part)
        except BaseException:
            target.unlink()
            raise


def restore(copy: Path, url: str, folder: Path | None) -> Restored:
    """Put a backup, and the raw files beside it, where a config wants its archive; nothing may be there yet.

    The caller holds the archive's lock. Raises StoreError, which says what is needed.
    """
    place = place_of(url)
    if place.file is None:
        raise StoreError(f"archive {place} is on PostgreSQL: restore its dump with `pg_restore`")
    _room(place.file)
    _sound(copy)
    beside = raw_target(copy)
    if folder is not None and beside.is_dir():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy_finished(beside, folder)
        except OSError as error:
            raise StoreError(f"the raw files cannot be copied to {folder}: {error.strerror}") from error
    copy_file(copy.absolute(), place.file)
    there = {path.name for path, _, _ in files(folder)} if folder is not None else set()
    promised, owed = _said(place.file)
    return Restored(len(promised & there), tuple(sorted(promised - there)), owed)


def _room(file: Path) -> None:
    # A log that another database left would be played into ours.
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if path.exists():
            raise StoreError(f"{path} is there: move it away first, nothing is overwritten")


def _sound(copy: Path) -> None:
    if not copy.is_file():
        raise StoreError(f"there is no backup at {copy}")
    try:
        with closing(_reader(copy)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("SELECT version_num FROM alembic_version").close()
    except sqlite3.Error as error:
        raise StoreError(f"{copy} is no backup of an archive: {error}") from error
    if said != "ok":
        raise StoreError(f"{copy} is damaged: {said}")


def _said(file: Path) -> tuple[set[str], int]:
    """The WARC files that an archive promises, and how many deliveries it still owes."""
    with closing(_reader(file)) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        promised = "SELECT file FROM warc WHERE expired IS NULL" if "warc" in known else "SELECT '' WHERE 0"
        names = {name for (name,) in connection.execute(promised)}
        waits = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending', 'ambiguous')"
        (owed,) = connection.execute(waits).fetchone()
    return names, owed


def _reader(file: Path) -> sqlite3.Connection:
    connection = connect(file)
    connection.execute("PRAGMA query_only=ON").close()
    return connection


def copy_file(file: Path, target: Path) -> None:
    """Copy a SQLite file by VACUUM INTO. The copy appears under its name only when it is complete."""
    if target.exists():
        raise StoreError(f"{target} exists: choose another name")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        _vacuum(file, part)
        crashpoint("B1")
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
