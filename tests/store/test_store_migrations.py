"""Migrations: the migrated schema is the written one; rows survive; what is newer or broken is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, func, inspect, select, text

from monitor.errors import NewerSchema, StoreError
from monitor.store import Store, migrate, open_store, schema_problem
from monitor.store.place import place_of
from monitor.store.schema import VERSIONS, check_schema
from monitor.store.sqlite import sqlite_engine
from monitor.store.tables import indexed, metadata, seal

REBUILD = """
revision = "9999"
down_revision = "0009"
import sqlalchemy as sa
from alembic import op
def upgrade():
    with op.batch_alter_table("story", recreate="auto") as story:
        story.add_column(sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
        story.alter_column("title", new_column_name="headline")
"""
ORPHANS = """
revision = "9999"
down_revision = "0009"
from alembic import op
def upgrade():
    op.execute("DELETE FROM story")
"""

# What later schemas gave to the table of deliveries.
ADDED = {
    "version_id": "INTEGER",
    "severity": "TEXT",
    "notice": "TEXT",
    "held_until": "TEXT",
    "looks": "INTEGER",
    "commentary": "BOOLEAN",
}
SEALED = [("version", 1), ("matches", 1)]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without any table, that no other test will get."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    new: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new()


@pytest.fixture
def filled(empty_url: str, make: Any) -> Iterator[Store]:
    with closing(open_store(empty_url, synchronous="OFF")) as store:
        with store.write() as tx:
            make.sync(tx)
            make.owed(tx, make.fired(tx))
        yield store


def _scripts(folder: Path, text: str) -> tuple[Path, Path]:
    extra = folder / "extra revisions"
    extra.mkdir()
    (extra / "next.py").write_text(text)
    return VERSIONS, extra


def _rows(tx: Connection) -> dict[str, int]:
    return {
        table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables
    }


def _indexes(tx: Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted(
        (
            one["name"],
            one["unique"],
            one["column_names"],
            sorted((option, str(value)) for option, value in one.get("dialect_options", {}).items()),
        )
        for one in inspect(tx).get_indexes(table)
    )


def _shape(tx: Connection) -> dict[str, Any]:
    """What compare_metadata does not look at: checks, and the conditions of indexes."""
    found = inspect(tx)
    return {
        table.name: (
            sorted((check["name"], check["sqltext"]) for check in found.get_check_constraints(table.name)),
            _indexes(tx, table.name),
            found.get_pk_constraint(table.name),
        )
        for table in metadata.sorted_tables
    }


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """The search index is no table that SQLAlchemy could describe."""
    return kind != "table" or not str(name).startswith("word_index")


def test_the_migrated_schema_is_the_written_one(filled: Store) -> None:
    with filled.read() as tx:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": _ours}
        context = MigrationContext.configure(tx, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_checks_and_conditions_are_the_written_ones(
    filled: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if filled.place.file is None:
        engine = create_engine(place_of(request.getfixturevalue("new_postgres")()).url)
    else:
        engine = create_engine(f"sqlite:///{tmp_path / 'scratch.db'}")
    with engine.begin() as tx:
        metadata.create_all(tx)
        scratch = _shape(tx)
    engine.dispose()
    with filled.read() as tx:
        assert _shape(tx) == scratch


def test_rows_survive_a_rebuilt_table(filled: Store, tmp_path: Path) -> None:
    scripts = _scripts(tmp_path, REBUILD)
    with filled.read() as tx:
        before = _rows(tx)
        indexes = {name: _indexes(tx, name) for name in ("story", "development", "delivery")}
    filled.close()
    assert "older Storywatch" in schema_problem(filled.url, versions=scripts)
    assert migrate(filled.url, versions=scripts) == ("0009", "9999")
    assert migrate(filled.url, versions=scripts) == ("9999", "9999")
    assert schema_problem(filled.url, versions=scripts) == ""
    with filled.read() as tx:
        after = {name: _indexes(tx, name) for name in indexes}
        assert (_rows(tx), after) == (before, indexes)
        assert tx.execute(text("SELECT headline, pinned FROM story")).all() == [("The talks", False)]


def test_an_archive_of_the_first_schema_is_brought_up_with_its_rows(empty_url: str, make: Any, tmp_path: Path) -> None:
    old = tmp_path / "first revision"
    old.mkdir()
    shutil.copy(VERSIONS / "first.py", old)
    file = place_of(empty_url).file
    if file is not None:
        file.touch()
    assert migrate(empty_url, versions=(old,)) == ("", "0001")
    engine = create_engine(place_of(empty_url).url)
    with engine.begin() as tx:
        # Rows are written by today's code, which seals, indexes and tells edits; the first schema had none of it.
        seal.create(tx)
        indexed.create(tx)
        for name, kind in ADDED.items():
            tx.execute(text(f"ALTER TABLE delivery ADD COLUMN {name} {kind}"))
        make.sync(tx)
        make.owed(tx, make.fired(tx))
        seal.drop(tx)
        indexed.drop(tx)
        for name in ADDED:
            tx.execute(text(f"ALTER TABLE delivery DROP COLUMN {name}"))
        before = {name: count for name, count in _counted(tx).items() if name != "meta"}
    engine.dispose()
    assert migrate(empty_url) == ("0001", "0009")
    with closing(open_store(empty_url)) as store, store.read() as tx:
        after = _counted(tx)
        assert {name: after[name] for name in before} == before
        assert tx.execute(select(seal.c.kind, seal.c.row_id).order_by(seal.c.position)).all() == SEALED
        assert tx.execute(select(indexed)).all() == [(1, 1, 1, 0)]


def _counted(tx: Connection) -> dict[str, int]:
    """How many rows each table holds that is there."""
    there = set(inspect(tx).get_table_names())
    return {
        table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
        if table.name in there
    }


def test_an_archive_is_copied_before_it_is_changed(sqlite_url: str, make: Any, tmp_path: Path) -> None:
    with closing(open_store(sqlite_url)) as store, store.write() as tx:
        make.article(tx)
    scripts = _scripts(tmp_path, REBUILD)
    (tmp_path / "archive.db.before-0009").write_text("an earlier copy")
    migrate(sqlite_url, versions=scripts)
    copy = tmp_path / "archive.db.before-0009.2"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert schema_problem(f"sqlite:///{copy}") == ""
    assert (tmp_path / "archive.db.before-0009").read_text() == "an earlier copy"


def test_a_newer_archive_is_refused(filled: Store, tmp_path: Path) -> None:
    filled.close()
    migrate(filled.url, versions=_scripts(tmp_path, REBUILD))
    with pytest.raises(NewerSchema, match="install that version or restore a backup"):
        open_store(filled.url)
    with pytest.raises(NewerSchema):
        migrate(filled.url)
    assert "newer Storywatch" in schema_problem(filled.url)


def test_an_older_archive_is_refused_with_the_command(filled: Store, tmp_path: Path) -> None:
    with filled.read() as tx, pytest.raises(StoreError, match="`storywatch migrate`"):
        check_schema(tx, filled.place, _scripts(tmp_path, REBUILD))


def test_an_empty_database_is_no_archive_yet(empty_url: str) -> None:
    if not empty_url.startswith("sqlite"):
        assert "is empty" in schema_problem(empty_url)
        assert migrate(empty_url) == ("", "0009")
        assert schema_problem(empty_url) == ""
        return
    with pytest.raises(StoreError, match="there is no archive"):
        migrate(empty_url)


def test_a_migration_that_orphans_rows_changes_nothing(sqlite_url: str, make: Any, tmp_path: Path) -> None:
    with closing(open_store(sqlite_url)) as store:
        with store.write() as tx:
            make.owed(tx, make.fired(tx))
        before = _rows_of(store)
        with pytest.raises(StoreError, match="dangling references in article, delivery, development"):
            migrate(sqlite_url, versions=_scripts(tmp_path, ORPHANS))
        assert _rows_of(store) == before
    assert schema_problem(sqlite_url) == ""


def _rows_of(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return _rows(tx)


def test_every_archive_has_its_own_mark(sqlite_url: str, tmp_path: Path) -> None:
    marks = set()
    for url in (sqlite_url, f"sqlite:///{tmp_path / 'other.db'}", sqlite_url):
        with closing(open_store(url)) as store, store.read() as tx:
            marks.add(tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'archive'").scalar_one())
    assert len(marks) == 2


def test_the_revision_shows_from_outside(sqlite_url: str) -> None:
    open_store(sqlite_url).close()
    engine = sqlite_engine(Path(sqlite_url.removeprefix("sqlite:///")), "BEGIN", ())
    with engine.begin() as tx:
        assert tx.exec_driver_sql("PRAGMA user_version").scalar() == 9
        assert tx.exec_driver_sql("PRAGMA application_id").scalar() == 0x53746F72
    engine.dispose()
