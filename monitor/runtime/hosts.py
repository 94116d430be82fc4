"""The host gate: at most so many jobs per host at a time, and a pause between requests across all crawls."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

_MANY = 1000


class HostGate:
    """Knows which hosts are busy and when each may be asked again; hosts are named as `urls.host_of` names them."""

    def __init__(self, delay: timedelta, per_host: int = 1) -> None:
        self.delay = delay.total_seconds()
        self.per_host = per_host
        self._jobs: dict[str, int] = {}
        self._free = asyncio.Condition()
        self._last: dict[str, float] = {}
        self._slow: dict[str, float] = {}
        self._resting: dict[str, datetime] = {}

    def busy(self) -> frozenset[str]:
        """Hosts that can take no further job now."""
        return frozenset(host for host, jobs in self._jobs.items() if jobs >= self.per_host)

    @contextlib.asynccontextmanager
    async def job(self, host: str) -> AsyncIterator[None]:
        """Wait until `host` can take a job, and hold that place while the block runs."""
        async with self._free:
            await self._free.wait_for(lambda: host not in self.busy())
            self._jobs[host] = self._jobs.get(host, 0) + 1
        try:
            yield
        finally:
            self._jobs[host] -= 1
            if not self._jobs[host]:
                del self._jobs[host]
            async with self._free:
                self._free.notify_all()

    async def turn(self, host: str) -> None:
        """Return when the next request to `host` may leave; callers are served in the order of their calls."""
        now = asyncio.get_running_loop().time()
        # Counted from the last request, because its answer may have been the robots.txt with the Crawl-delay.
        at = max(now, self._last.get(host, -math.inf) + self._pause(host))
        self._last[host] = at
        if len(self._last) > _MANY:
            self._last = {name: last for name, last in self._last.items() if last + self._pause(name) > now}
        if at > now:
            await asyncio.sleep(at - now)

    def _pause(self, host: str) -> float:
        return max(self.delay, self._slow.get(host, 0.0))

    def asked(self, host: str, ago: float) -> None:
        """An earlier process asked `host` so many seconds ago: the pause counts from there."""
        at = asyncio.get_running_loop().time() - ago
        self._last[host] = max(at, self._last.get(host, at))

    def rest(self, host: str, until: datetime) -> None:
        """Leave `host` alone until then: it said so, by 429 or 503 with Retry-After."""
        self._resting[host] = max(until, self._resting.get(host, until))

    def resting(self, now: datetime) -> dict[str, datetime]:
        """The hosts that want to be left alone, and until when."""
        self._resting = {host: until for host, until in self._resting.items() if until > now}
        return dict(self._resting)

    def slow_to(self, host: str, seconds: float) -> None:
        """Pause at least so long between requests to `host` from now on (its Crawl-delay)."""
        if seconds > self.delay:
            if len(self._slow) >= _MANY:
                # Each crawl tells again what it read in robots.txt, so only pauses that still run are needed.
                now = asyncio.get_running_loop().time()
                self._slow = {name: wait for name, wait in self._slow.items() if self._last.get(name, 0) + wait > now}
            self._slow[host] = seconds
