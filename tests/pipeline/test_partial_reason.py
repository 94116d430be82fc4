"""An article that is only what its source listed says why, until its page is read."""

from __future__ import annotations

from typing import Any

from monitor import pipeline
from monitor.inquiry.why import show

URL = "http://wire.example/quay"


def filed(desk: Any, text: str, note: str = "") -> Any:
    desk.tick(minutes=1)
    waiting = desk.claim(URL, title=f"Truce at the quay {desk.filed}")
    reading = desk.reading(URL, "Truce at the quay", text)
    return pipeline.ingest(desk.store, desk.watch, waiting, reading, "test-owner", desk.now, note=note)


def test_the_reason_stands_with_the_article_and_goes_with_its_cause(desk: Any, article: str) -> None:
    first = filed(desk, article[:200], "blocked: cf-mitigated: challenge")
    assert show(desk.store, f"a{first.article_id}")["trouble"] == "blocked: cf-mitigated: challenge"
    filed(desk, article)
    assert show(desk.store, f"a{first.article_id}")["trouble"] == ""
