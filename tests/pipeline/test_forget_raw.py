"""Retention of raw responses: by age, by size, and never a row that promises what is gone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import pipeline
from monitor.model import Fetch, Outcome, Wire
from monitor.store import Store, evidence
from monitor.store.raw import RawWriter
from monitor.store.verify import verify

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
GB = 10**9


def file(store: Store, folder: Path, begun: datetime, *, recorded: bool = True, close: bool = True) -> str:
    """A WARC file with one exchange of that time; returns its name."""
    writer = RawWriter(folder)
    fetch = Fetch("http://a.example/", Outcome.OK, begun, 0, 200, "http://a.example/", body=b"x", wire=Wire((), ()))
    kept = writer.keep(fetch, "a.example/", "", begun)
    assert kept is not None
    if close:
        writer.close()
        os.utime(folder / kept.warc.file, (begun.timestamp(), begun.timestamp()))
    if recorded:
        with store.write() as tx:
            evidence.add(tx, kept, None)
    return kept.warc.file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.warc.gz*"))


def honest(store: Store, folder: Path) -> bool:
    return verify(store, folder, lambda _done, _total: None).faults == []


@pytest.mark.parametrize("recorded", [True, False])
def test_old_files_go(store: Store, tmp_path: Path, recorded: bool) -> None:
    old = file(store, tmp_path, NOW - timedelta(days=92), recorded=recorded)
    edge = file(store, tmp_path, NOW - timedelta(days=90, hours=12), recorded=recorded)
    new = file(store, tmp_path, NOW, recorded=recorded)
    assert pipeline.forget_raw(store, tmp_path, timedelta(days=90), GB, NOW) == (old,)
    assert names(tmp_path) == [edge, new]
    assert honest(store, tmp_path)
    with store.read() as tx:
        expired = [one.file for one in evidence.warcs(tx) if one.expired == NOW]
        assert expired == ([old] if recorded else [])


def test_the_oldest_go_until_the_rest_fits(store: Store, tmp_path: Path) -> None:
    made = [file(store, tmp_path, NOW - timedelta(days=ago)) for ago in (3, 2, 1)]
    size = (tmp_path / made[2]).stat().st_size
    still_open = file(store, tmp_path, NOW, close=False)
    gone = pipeline.forget_raw(store, tmp_path, timedelta(days=90), 2 * size + size // 2, NOW)
    assert gone == tuple(made[:2])
    assert names(tmp_path) == [made[2], f"{still_open}.open"]
    assert pipeline.forget_raw(store, tmp_path, timedelta(days=90), 1, NOW) == (made[2],)
    assert honest(store, tmp_path)


def test_a_crash_between_the_word_and_the_deed_is_made_up_for(store: Store, tmp_path: Path) -> None:
    name = file(store, tmp_path, NOW)
    with store.write() as tx:
        evidence.expire(tx, [1], NOW)
    assert honest(store, tmp_path)
    assert pipeline.forget_raw(store, tmp_path, timedelta(days=90), GB, NOW + timedelta(hours=1)) == (name,)
    with store.read() as tx:
        assert [one.expired for one in evidence.warcs(tx)] == [NOW]


def test_a_folder_that_is_not_there_yet_holds_nothing(store: Store, tmp_path: Path) -> None:
    assert pipeline.forget_raw(store, tmp_path / "warc", timedelta(days=90), GB, NOW) == ()
