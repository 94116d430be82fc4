"""Where an archive lies: its URL read once, for SQLite files and PostgreSQL databases."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import StoreError

_SQLITE = "sqlite:///"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class Place:
    """A readable archive URL; `file` is the database file of SQLite, None on PostgreSQL."""

    url: URL
    file: Path | None

    def __str__(self) -> str:
        return str(self.file) if self.file is not None else self.url.render_as_string(hide_password=True)


def place_of(url: str) -> Place:
    """Read an archive URL. Raises StoreError when it names no SQLite file and no PostgreSQL database."""
    file = url.removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and file and file != ":memory:":
        # Taken as it is written: make_url would read "100%25" in a folder's name as an escape.
        return Place(URL.create("sqlite", database=file), Path(file).absolute())
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(f"the archive URL cannot be read: write {_EXAMPLES}") from None
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    if driver == "postgresql+psycopg" and parsed.database:
        return Place(parsed.set(drivername=driver), None)
    raise StoreError(f"the archive cannot lie at {parsed.render_as_string(hide_password=True)!r}: write {_EXAMPLES}")


_EXAMPLES = "sqlite:///storywatch.db or postgresql+psycopg://user@host/database"


def create_file(file: Path) -> None:
    """Make an empty database file that only its owner may read. Nothing happens when it is there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"the archive {file} cannot be made: {error.strerror}; correct [archive] url") from error
