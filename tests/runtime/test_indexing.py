"""The daemon's background job for the search index."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from monitor import pipeline
from monitor.config import load
from monitor.inquiry.search import search
from monitor.model import Document
from monitor.runtime.indexing import index_waiting
from monitor.runtime.services import Services, utc_now
from monitor.store import Store, index
from monitor.watch import compile_watch

NOBODY: Any = None


def test_what_is_not_indexed_is_indexed_in_the_background(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "storywatch.toml"
    file.write_text('[watch]\nid = "quay"\n\n[archive]\nurl = "sqlite:///unused.db"\n', encoding="utf-8")
    watch = compile_watch(load(file, {}, tmp_path))
    for number in range(60):
        document = Document("", f"Ferry {number}", f"The ferry sailed again after {number} days.", language="en")
        pipeline.learn(sqlite_store, watch, document, utc_now())
    with sqlite_store.write() as tx:
        index.clear(tx)
    services = Services(sqlite_store, watch, {}, crawler=NOBODY, pool=NOBODY)

    async def run() -> list[int]:
        return [await index_waiting(services) for _ in range(3)]

    with sqlite_store.read() as tx:
        left, total = index.counts(tx)
    assert left == total > 50
    assert asyncio.run(run()) == [50, total - 50, 0]
    services.writer.shutdown()
    with sqlite_store.read() as tx:
        assert index.counts(tx) == (0, total)
    assert search(sqlite_store, {}, "ferry", everything=True).total_exact
