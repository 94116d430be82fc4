"""Ten thousand developments in one minute: as many pings as the limits allow, one message that sums up, all kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from monitor import pipeline
from monitor.model import DeliveryKind, DeliveryState, Receipt
from monitor.store import Store, articles, deliveries, stories
from monitor.store.tables import delivery, development, firing

MANY = 10_000


def storm(store: Store, desk: Any, version_id: int, story_id: int) -> None:
    """Rows as ingest writes them, in one go."""
    turns = range(100, 100 + MANY)
    with store.write() as tx:
        told = {"story_id": story_id, "title": "Harbour news", "created": desk.now, "known": False}
        tx.execute(
            insert(development), [told | {"id": one, "key": str(one), "version_id": version_id} for one in turns]
        )
        fired = {"rule_id": "harbour", "version_id": version_id, "severity": "normal", "created": desk.now}
        tx.execute(insert(firing), [fired | {"development_id": one} for one in turns])
        owed = {"kind": "development", "story_id": story_id, "channel": "terminal", "address": "", "state": "pending"}
        owed |= {"due_at": desk.now, "created": desk.now, "attempts": 0, "provider_ref": "", "may_repeat": False}
        owed |= {"reason": "", "last_error": "", "severity": "normal", "looks": 0, "commentary": False}
        tx.execute(insert(delivery), [owed | {"key": f"k{one}", "development_id": one} for one in turns])


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """What is counted here is the same on either database."""
    return sqlite_store


def test_a_storm_pings_as_often_as_allowed_and_everything_is_on_record(
    store: Store, make_desk: Any, article: str
) -> None:
    made = make_desk('limit = "30/h"\n')
    filed = made.file("http://wire.example/a", "Harbour opens", article)
    with store.read() as tx:
        version = articles.latest(tx, filed.article_id)
        story = stories.development(tx, filed.development_id).story_id
    made.tick(minutes=1)
    storm(store, made, version.version_id, story)
    pipeline.flush(store, made.watch, made.channels, made.now)
    pings = 0
    while (one := pipeline.claim_delivery(store, "me", made.now)) is not None:
        pipeline.record_sent(store, one, Receipt(), made.now)
        pings += 1
    assert pings == 30
    made.tick(hours=1)
    pipeline.flush(store, made.watch, made.channels, made.now)
    summary = pipeline.claim_delivery(store, "me", made.now)
    assert summary is not None and summary.message is not None
    assert (summary.kind, summary.message.subject) == (DeliveryKind.DIGEST, f"Storm: {MANY + 1 - 30} held")
    assert f"and {MANY + 1 - 30 - 50} more" in summary.message.body
    assert pipeline.claim_delivery(store, "me", made.now) is None
    with store.read() as tx:
        counts = deliveries.owed(tx, made.now).counts
        merged = tx.scalar(select(func.count()).where(delivery.c.merged_into == summary.id))
    assert counts == {DeliveryState.SENT: 30, DeliveryState.MERGED: MANY + 1 - 30, DeliveryState.SENDING: 1}
    assert merged == MANY + 1 - 30
    assert made.now - summary.created < timedelta(seconds=1)
