"""How the daemon is: what fails is told until it works again, and silence is a fault, too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import StoreError
from monitor.runtime.health import Health

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreError("the disk is full"), "the archive cannot be used: the disk is full"), (KeyError("x"), "KeyError")],
)
def test_a_step_that_fails_is_told_until_it_works(error: Exception, said: str) -> None:
    health = Health(NOW)
    broken = [error]

    async def deliver() -> None:
        if broken:
            raise broken[0]

    async def tick() -> None:
        """Works."""

    async def scene() -> list[str]:
        told = []
        for _ in range(2):
            await health.worked("delivery", deliver)
            await health.worked("tick", tick)
            told.append(health.problem(NOW))
            broken.clear()
        return told

    first, second = asyncio.run(scene())
    assert said in first
    assert second == ""


def test_a_daemon_that_went_silent_is_not_well() -> None:
    health = Health(NOW)
    health.ticked(NOW + timedelta(seconds=5))
    assert health.problem(NOW + timedelta(seconds=18)) == ""
    assert "no tick for 30 s" in health.problem(NOW + timedelta(seconds=35))


def test_its_pulse_says_how_late_the_ticks_were() -> None:
    health = Health(NOW)
    assert health.pulse(NOW) == {"tick_age_seconds": 0.0, "tick_late_seconds": 0.0}
    for seconds in (1.0, 3.5, 4.0):
        health.ticked(NOW + timedelta(seconds=seconds))
    assert health.pulse(NOW + timedelta(seconds=6)) == {"tick_age_seconds": 2.0, "tick_late_seconds": 1.5}
    for seconds in range(5, 70):
        health.ticked(NOW + timedelta(seconds=seconds))
    assert health.pulse(NOW + timedelta(seconds=69))["tick_late_seconds"] == 0.0
