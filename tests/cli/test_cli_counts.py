"""`alerts list` says which deliveries may have been repeated, and which first messages say too little."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Destination
from monitor.store import deliveries, open_store, threads

NOW = datetime(2025, 3, 20, 9, 0, tzinfo=UTC)


def test_a_root_that_could_not_be_put_right_is_told_beside_the_list(run: Any, filled: Path) -> None:
    silent = run("alerts", "list")
    assert "first message" not in silent.err
    store = open_store(f"sqlite:///{filled / 'archive.db'}")
    with store.write() as tx:
        row = next(one for one in deliveries.page(tx)[0] if one.story_id is not None)
        place = Destination("terminal")
        threads.remember_root(tx, row.story_id or 0, place, "1.2", NOW, delivery_id=row.id)
        count = threads.Count(row.story_id or 0, place, "1.2", row.id, 1, 2, NOW)
        threads.miscounted(tx, count, "Slack: its thread is gone: message_not_found", None, tries=3)
    store.close()
    said = run("alerts", "list", "--json")
    assert "at terminal does not say how many outlets" in said.err and "message_not_found" in said.err
    assert {one["may_repeat"] for one in said.json["rows"]} == {False}
