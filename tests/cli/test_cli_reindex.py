"""`reindex`, what `check` says of the index, and the facets of `search`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def _forget(file: Path, versions: int) -> None:
    """As after an upgrade: these newest versions were indexed by nobody's analyser."""
    with closing(sqlite3.connect(file)) as archive, archive:
        archive.execute("UPDATE indexed SET analyser = 99 WHERE version_id > 3 - ?", (versions,))


def test_reindex_makes_the_index_anew(run: Run, filled: Path) -> None:
    assert run("check", "--json").json["unindexed"] == 0
    assert "search index" not in run("check").err
    _forget(filled / "archive.db", 2)
    assert run("check", "--json").json["unindexed"] == 2
    assert "note: 2 archived texts are not in the search index yet" in run("check").err
    assert [row["id"] for row in run("search", "harbour", "--json").json["rows"]] == ["a1"]
    said = run("reindex")
    assert (said.code, said.out) == (0, "3 versions indexed\n")
    assert run("check", "--json").json["unindexed"] == 0
    assert [row["id"] for row in run("search", "harbour", "--json").json["rows"]] == ["a1"]
    assert run("reindex", "--json").json == {"indexed": 3, "resumed": False}


def test_an_interrupted_reindex_goes_on(run: Run, filled: Path) -> None:
    with closing(sqlite3.connect(filled / "archive.db")) as archive, archive:
        archive.execute("INSERT INTO meta (key, value) VALUES ('reindexing', '1')")
    _forget(filled / "archive.db", 1)
    assert run("reindex").out == "1 version indexed, going on where it was interrupted\n"
    assert run("reindex", "--json").json == {"indexed": 3, "resumed": False}


def test_reindex_without_an_archive_says_so(run: Run, folder: Path) -> None:
    said = run("reindex")
    assert said.code == 1 and "there is no archive" in said.err
    assert run("check", "--json").json["unindexed"] is None


def test_facets_count_what_was_found(run: Run, filled: Path) -> None:
    found = run("search", "truce", "--json").json
    assert (found["total"], found["total_exact"]) == (2, True)
    assert found["facets"]["source"] == {"daily": 1, "wire": 1}
    assert found["facets"]["language"] == {"en": 2}
    assert sum(found["facets"]["level"].values()) == sum(found["facets"]["day"].values()) == 2
    assert run("search", "--all", "--json").json["facets"]["source"] == {"daily": 2, "wire": 1}
