"""How the daemon is, for /healthz and the service manager."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.errors import StoreError

log = structlog.get_logger("storywatch")
STALE = timedelta(seconds=15)
_EVERY = timedelta(seconds=1)
_REMEMBERED = 60


@dataclass
class Health:
    """When the daemon last ticked (a loop that is blocked or a scheduler that died goes silent), and what fails now.

    `refused`: the problems of a config that a reload refused; the daemon is well with the one in force before.
    """

    last_tick: datetime
    faults: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    late: deque[timedelta] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def ticked(self, now: datetime) -> None:
        """The daemon ticked: once a second, unless something held it up."""
        self.late.append(max(now - self.last_tick - _EVERY, timedelta()))
        self.last_tick = now

    def pulse(self, now: datetime) -> Mapping[str, float]:
        """For /metrics, in seconds: how long ago the last tick was, and the latest of the last minute's ticks."""
        return {
            "tick_age_seconds": max((now - self.last_tick).total_seconds(), 0.0),
            "tick_late_seconds": max(self.late, default=timedelta()).total_seconds(),
        }

    async def worked(self, name: str, step: Callable[[], Awaitable[object]]) -> None:
        """Do a step that will be tried again anyway; why it cannot be done is logged and told until it is."""
        try:
            await step()
        except StoreError as error:
            log.error("the archive cannot be used", step=name, error=str(error))
            self.faults[name] = f"the archive cannot be used: {error}"
        except Exception as error:
            log.exception("step broke", step=name)
            self.faults[name] = f"{name} broke: {type(error).__name__}: {error}"
        else:
            self.faults.pop(name, None)

    def problem(self, now: datetime) -> str:
        """Why the daemon is not well, in words, or ""."""
        silent = now - self.last_tick
        if silent > STALE:
            return f"no tick for {int(silent.total_seconds())} s: the loop is blocked or the scheduler is dead"
        return "; ".join(dict.fromkeys(self.faults.values()))
