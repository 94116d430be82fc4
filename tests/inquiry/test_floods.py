"""The warning before a rule floods: the sum, whose limit it is, the quick look, and the daemon's word."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.config import ConsoleChannel
from monitor.inquiry.flood import USUAL, Flood, flood, limit_of, rate
from monitor.inquiry.floods import floods, words
from monitor.model import Rule
from monitor.runtime.floods import FloodWatch
from monitor.runtime.services import Services
from monitor.store import Store
from monitor.watch import compile_watch

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(*minutes: float) -> list[datetime]:
    return [NOON + timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("alerts", "limit", "expected"),
    [
        ((), (1, HOUR), None),
        ((0, 10), (2, HOUR), None),
        ((0, 10, 20), (2, HOUR), Flood(3, 3, NOON, (2, HOUR))),
        # The period slides: neither clock hour has three, but the hour from 50 on has.
        ((50, 65, 70, 300), (2, HOUR), Flood(4, 3, NOON + timedelta(minutes=50), (2, HOUR))),
        # What is a whole period later is another one.
        ((0, 30, 60), (2, HOUR), None),
        ((70, 20, 10, 0), (2, HOUR), Flood(4, 3, NOON, (2, HOUR))),
    ],
)
def test_the_worst_period_is_named(
    alerts: tuple[float, ...], limit: tuple[int, timedelta], expected: Flood | None
) -> None:
    assert flood(at(*alerts), limit) == expected


def test_whose_limit_it_is() -> None:
    day, hour, none = (
        ConsoleChannel(kind="console", id=name, limit=limit)
        for name, limit in (("day", "12/d"), ("hour", "30/h"), ("none", None))
    )
    assert limit_of(Rule("a", "x", limit=(3, HOUR)), [day]) == (3, HOUR)
    assert rate(limit_of(Rule("a", "x"), [hour, day, none])) == "12/d"
    assert rate(limit_of(Rule("a", "x", channels=("hour", "none")), [hour, day, none])) == "30/h"
    assert limit_of(Rule("a", "x", channels=("none",)), [hour, day, none]) == USUAL


@pytest.fixture
def flooded(desk: Any) -> Any:
    """A desk on which four developments match the rule within the hour, and its limit is two."""
    places = ("Ossel", "Tamm strait", "Hallen strait", "Orrin strait")
    for number, place in enumerate(places):
        desk.now += timedelta(minutes=5)
        text = f"The ferry of {place} was late on day {number}, said clerk Una Bex{number}. It had {number + 40} cars. "
        desk.file(f"http://wire.example/{number}", f"Ferry of {place}", text * (number + 1))
    file = desk.watch.config.file
    rule = "query = '@strait AND ferry'"
    file.write_text(file.read_text(encoding="utf-8").replace(rule, f"{rule}\nlimit = '2/h'"), encoding="utf-8")
    from monitor.config import load

    desk.watch = compile_watch(load(file, {}, file.parent))
    return desk


def test_a_rule_over_its_limit_is_found_and_one_below_is_not(flooded: Any) -> None:
    found = floods(flooded.store, flooded.watch, flooded.now, lambda: False)
    assert [(rule, one.worst, one.total) for rule, one in found.found.items()] == [("strait-ferry", 4, 4)]
    assert found.sampled == ""
    assert "4 alerts from 2025-05-06T09:05:00Z on where its limit is 2/h" in words("x", found.found["strait-ferry"])
    later = flooded.now + timedelta(days=31)
    assert floods(flooded.store, flooded.watch, later, lambda: False).found == {}


def test_the_daemon_warns_in_its_log(flooded: Any, store: Store) -> None:
    services = Services(store, flooded.watch, {}, None, None, clock=lambda: flooded.now)

    async def look() -> None:
        watching = FloodWatch(services)
        watching.look()
        await watching.stop()

    with capture_logs() as said:
        asyncio.run(look())
    services.writer.shutdown()
    assert [(one["event"], one["rule"]) for one in said] == [("a rule would flood", "strait-ferry")]
