"""The metadata for Datasette: names that exist, secrets that are closed, queries that answer on a filled archive."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "datasette.yaml").read_text(encoding="utf-8"))
DATABASE = METADATA["databases"]["storywatch"]
TABLES: dict[str, dict[str, Any]] = DATABASE["tables"]
QUERIES: dict[str, dict[str, Any]] = DATABASE["queries"]
# On three articles without edits, votes or failures these rightly find nothing.
MAY_BE_EMPTY = {"edited_articles", "failing_fetches", "matched_and_silent"}


@pytest.fixture(scope="module")
def schema(archive: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(archive)) as connection:
        yield connection


def columns(schema: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in schema.execute(f'PRAGMA table_info("{table}")')}


def test_every_table_of_the_archive_is_described_or_hidden(schema: sqlite3.Connection) -> None:
    known = {name for (name,) in schema.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(TABLES) == known
    for name, told in TABLES.items():
        assert told.get("hidden") or (told["title"] and told["description"]), name


@pytest.mark.parametrize("table", TABLES)
def test_each_named_column_exists(schema: sqlite3.Connection, table: str) -> None:
    told = TABLES[table]
    sorting = [told[key] for key in ("sort_desc", "sort", "label_column") if key in told]
    assert {*told.get("columns", {}), *told.get("facets", ()), *sorting} <= columns(schema, table)


def test_what_is_secret_is_closed_and_sql_of_ones_own_is_off(schema: sqlite3.Connection) -> None:
    telling = {"secret", "token", "password", "session", "cookie"}
    secret = {"meta", *(table for table in TABLES if columns(schema, table) & telling)}
    assert secret >= {"meta", "subscription"}
    for table in secret:
        assert TABLES[table] == {"hidden": True, "allow": False}, table
    assert DATABASE["allow_sql"] is False
    for query in QUERIES.values():
        assert not any(table in query["sql"] for table in ("meta", "subscription"))


@pytest.mark.parametrize("name", QUERIES)
def test_each_query_answers_on_a_filled_archive(schema: sqlite3.Connection, name: str) -> None:
    query = QUERIES[name]
    found = schema.execute(query["sql"], dict.fromkeys(query.get("params", ()), "s1"))
    names = [column[0] for column in found.description]
    assert len(set(names)) == len(names)
    assert found.fetchall() or name in MAY_BE_EMPTY
    assert f"`{name}`" in (ROOT / "docs" / "datasette.md").read_text(encoding="utf-8")


def test_queries_that_may_be_empty_find_what_is_there(archive: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as copy, closing(sqlite3.connect(archive)) as source:
        source.backup(copy)
        copy.execute("UPDATE article SET versions = 2 WHERE id = 1")
        copy.execute("DELETE FROM firing WHERE rule_id = 'mines'")
        copy.execute(
            "INSERT INTO fetch (source_id, kind, url, final_url, outcome, started, elapsed, size, entries, new, error,"
            " recorded) VALUES ('wire', 'check', 'u', 'u', 'timeout', '2026', 1, 0, 0, 0, 'late', '2026')"
        )
        found = {name: copy.execute(QUERIES[name]["sql"]).fetchall() for name in MAY_BE_EMPTY}
    assert [row[0] for row in found["edited_articles"]] == ["a1"]
    assert [row[0] for row in found["matched_and_silent"]] == ["a2"]
    assert [row[:3] for row in found["failing_fetches"]] == [("wire", "timeout", 1)]
