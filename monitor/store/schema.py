"""The schema's history: what revision an archive has, and how it gets to ours. Works from an installed wheel."""

from __future__ import annotations

import re
import uuid
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

from monitor.crashpoint import crashpoint
from monitor.errors import NewerSchema, StoreError
from monitor.store.backups import copy_file
from monitor.store.columns import insert_new
from monitor.store.faults import worded
from monitor.store.place import Place, place_of
from monitor.store.sqlite import sqlite_engine
from monitor.store.tables import meta

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"
# "Stor": what `file` and SQLite's own tools show for an archive.
APPLICATION_ID = 0x53746F72
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)
_SCHEMA_LOCK = 0x53544F5259_0003


def migrate(url: str, *, versions: tuple[Path, ...] = (VERSIONS,)) -> tuple[str, str]:
    """Bring an archive to this program's schema, in one transaction; returns the revisions (before, after).

    "" stands for an empty database. A SQLite file with something in it is first copied to `<file>.before-<revision>`.
    Raises StoreError with nothing changed when a step fails or leaves dangling references. The caller holds the lock.
    """
    place = place_of(url)
    if place.file is not None and not place.file.exists():
        raise StoreError(f"there is no archive at {place}: `storywatch run` makes one")
    head, _ = _history(versions)
    engine = _plain_engine(place)
    try:
        with worded(place):
            with engine.connect() as connection:
                before = _revision(connection, place, versions)
            if before == head:
                return before, before
            if place.file is not None and before:
                copy_file(place.file, _free_name(place.file, before))
            with engine.begin() as tx:
                _upgrade(tx, versions)
    finally:
        engine.dispose()
    return before, head


def migrate_empty(tx: Connection) -> None:
    """Give a database without any table its schema; anything else is left as it is."""
    _lock_schema(tx)
    if not inspect(tx).get_table_names():
        _upgrade(tx, (VERSIONS,))


def check_schema(tx: Connection, place: Place, versions: tuple[Path, ...] = (VERSIONS,)) -> None:
    """Raise StoreError when an archive is not at this program's revision, NewerSchema when it is ahead of it."""
    found = _revision(tx, place, versions)
    if not found:
        raise StoreError(f"archive {place} is empty: `storywatch run` fills it")
    if found != _history(versions)[0]:
        raise StoreError(f"archive {place} was written by an older Storywatch: run `storywatch migrate`")


def schema_problem(url: str, *, versions: tuple[Path, ...] = (VERSIONS,)) -> str:
    """What is wrong with an archive's schema, with the way out; "" when nothing is."""
    try:
        place = place_of(url)
        if place.file is not None and not place.file.exists():
            return f"there is no archive at {place} yet: `storywatch run` makes one"
        engine = _plain_engine(place, "BEGIN")
        try:
            with worded(place), engine.begin() as tx:
                check_schema(tx, place, versions)
        finally:
            engine.dispose()
    except StoreError as error:
        return str(error)
    return ""


def _plain_engine(place: Place, begin: str = "BEGIN IMMEDIATE") -> Engine:
    if place.file is None:
        return create_engine(place.url, poolclass=NullPool)
    # Alembic rebuilds a table by dropping it: with foreign keys on, that deletes the rows that point at it.
    return sqlite_engine(place.file, begin, ("foreign_keys=OFF",), NullPool)


@cache
def _history(versions: tuple[Path, ...]) -> tuple[str, frozenset[str]]:
    """The newest revision and all of them, as the scripts say on lines of their own.

    Read as text: importing Alembic takes longer than all else that opening an archive takes; only migrating needs it.
    """
    texts = [script.read_text(encoding="utf-8") for folder in versions for script in folder.glob("*.py")]
    steps = [(_REVISION.search(text), _BEFORE.search(text)) for text in texts]
    revisions = frozenset(own[1] for own, _before in steps if own)
    newest = revisions - {before[1] for _own, before in steps if before}
    return max(newest, default=""), revisions


def _revision(connection: Connection, place: Place, versions: tuple[Path, ...]) -> str:
    found = ""
    if inspect(connection).has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if found and found not in _history(versions)[1]:
        raise NewerSchema(
            f"archive {place} was written by a newer Storywatch (schema {found}): install that version"
            " or restore a backup"
        )
    if not found and inspect(connection).get_table_names():
        raise StoreError(f"the database {place} holds something else than a Storywatch archive: choose another one")
    return found


def _upgrade(tx: Connection, versions: tuple[Path, ...]) -> None:
    from alembic import command
    from alembic.config import Config

    _lock_schema(tx)
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", "\n".join(str(path).replace("%", "%%") for path in versions))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")
    crashpoint("M1")
    tx.execute(insert_new(tx, meta), {"key": "archive", "value": uuid.uuid4().hex})
    if tx.dialect.name == "sqlite":
        dangling = tx.execute(text("PRAGMA foreign_key_check")).all()
        if dangling:
            tables = ", ".join(sorted({row[0] for row in dangling}))
            raise StoreError(f"migrating left dangling references in {tables}: nothing was changed, please report this")
        tx.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
        tx.execute(text(f"PRAGMA user_version = {int(_history(versions)[0])}"))


def _lock_schema(tx: Connection) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})


def _free_name(file: Path, revision: str) -> Path:
    wanted = file.with_name(f"{file.name}.before-{revision}")
    number = 2
    name = wanted
    while name.exists():
        name = wanted.with_name(f"{wanted.name}.{number}")
        number += 1
    return name
