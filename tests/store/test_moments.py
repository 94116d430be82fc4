"""Moments: they come back as they went in, and are found in tables that have no index by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from monitor.model import Fetch, Outcome
from monitor.store import fetches, sources
from monitor.store.columns import Utc

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("gone", [set(), {1}, {1, 2, 7}, {4, 5, 6}, {12}, set(range(1, 13))])
def test_halves_find_what_reading_everything_finds(store: Any, make: Any, gone: set[int]) -> None:
    """Also where ids are missing, and where several rows have the same time."""
    written = {n: NOON + timedelta(minutes=10 * (n // 2)) for n in range(1, 13)}
    with store.write() as tx:
        sources.sync(tx, [make.source()], NOON)
        numbers = {n: fetches.add(tx, _fetch(at), "courier", at, kind="check") for n, at in written.items()}
        tx.execute(fetches.table.delete().where(fetches.table.c.id.in_([numbers[n] for n in gone])))
    left = {numbers[n]: at for n, at in written.items() if n not in gone}
    moments = [NOON + timedelta(minutes=5 * step) for step in range(-1, 15)]
    with store.read() as tx:
        for moment in moments:
            before = [number for number, at in left.items() if at < moment]
            assert fetches.last_number(tx, moment) == max(before, default=0)
        spans = list(pairwise(moments))
        seen = [any(start <= at < end for at in left.values()) for start, end in spans]
        assert fetches.looked(tx, spans) == seen


def _fetch(at: datetime) -> Fetch:
    return Fetch("http://courier.example/feed", Outcome.OK, at, status=200)


def test_moments_keep_their_microseconds(store: Any, make: Any) -> None:
    precise = datetime(2026, 3, 1, 13, 14, 15, 678901, tzinfo=timezone(timedelta(hours=2)))
    with store.write() as tx:
        sources.sync(tx, [make.source()], NOON)
        fetches.add(tx, _fetch(precise), "courier", NOON, kind="check")
    with store.read() as tx:
        (row,) = fetches.recent(tx, "courier")
    assert row.started == precise and row.started.tzinfo is UTC
    with pytest.raises(ValueError, match="no time zone"):
        Utc().process_bind_param(NOON.replace(tzinfo=None), None)
