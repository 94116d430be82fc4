"""How the daemon is, for /healthz and the service manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

STALE = timedelta(seconds=15)


@dataclass
class Health:
    """When the daemon last ticked; a loop that is blocked or a scheduler that died goes silent."""

    last_tick: datetime
    fault: str = ""

    def ticked(self, now: datetime, fault: str = "") -> None:
        """The daemon ticked; `fault` is why the tick could not do its work, "" when it did."""
        self.last_tick = now
        self.fault = fault

    def problem(self, now: datetime) -> str:
        """Why the daemon is not well, in words, or ""."""
        silent = now - self.last_tick
        if silent > STALE:
            return f"no tick for {int(silent.total_seconds())} s: the loop is blocked or the scheduler is dead"
        return self.fault
