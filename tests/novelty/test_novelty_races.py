"""One decision at a time: two processes, one that dies, one that starts again, and both databases find the same."""

from __future__ import annotations

import runpy
from pathlib import Path

from monitor.novelty import profile
from monitor.store import nearness, open_store

HERE = Path(__file__).parent
RACES = runpy.run_path(str(HERE / "races.py"))
STREAM = RACES["STREAM"]


def test_near_copies_by_two_processes_are_told_once(database_url: str) -> None:
    assert RACES["raced"](database_url, 20) == 20


def test_a_process_that_dies_in_the_transaction_leaves_nothing_half_done(database_url: str) -> None:
    before, after = RACES["killed"](database_url, 8, 4)
    assert (before, after) == (4, 8)


def test_a_restart_changes_no_decision(database_url: str, tmp_path: Path) -> None:
    restarted = RACES["decisions"](database_url, 36, restarted=True)
    assert restarted == RACES["decisions"](f"sqlite:///{tmp_path / 'other.db'}", 36, restarted=False)
    assert RACES["levels"](restarted) == {"copy": 12, "new": 12, "rewrite": 12}


def test_both_databases_find_the_same_ten(ready_sqlite_url: str, postgres_url: str) -> None:
    reports = RACES["mixed"](60)
    found = []
    for url in (ready_sqlite_url, postgres_url):
        with STREAM["archive"](url) as (store, watch):
            for one in reports:
                STREAM["fed"](store, watch, one)
        found.append([_nearest(url, one.title, one.text) for one in reports])
    assert found[0] == found[1]
    assert max(map(len, found[0])) >= 10
    assert all(found[0])


def _nearest(url: str, title: str, text: str) -> list[int]:
    store = open_store(url, synchronous="OFF")
    try:
        with store.read() as tx:
            own = profile(STREAM["Document"]("https://example.org/new", title, text))
            return [one.article_id for one in nearness.nearest(tx, own, nearness.weights(tx, own))]
    finally:
        store.close()
