"""The host gate: at most so many jobs per host at a time, and a pause between requests across all crawls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

_MANY = 1000


class HostGate:
    """Knows which hosts are busy and when each may be asked again; hosts are named as `urls.host_of` names them."""

    def __init__(self, delay: timedelta, per_host: int = 1) -> None:
        self.delay = delay.total_seconds()
        self.per_host = per_host
        self._jobs: dict[str, int] = {}
        self._free = asyncio.Condition()
        self._next: dict[str, float] = {}
        self._slow: dict[str, float] = {}

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
        at = max(now, self._next.get(host, now))
        self._next[host] = at + max(self.delay, self._slow.get(host, 0.0))
        if len(self._next) > _MANY:
            self._next = {name: free for name, free in self._next.items() if free > now}
        if at > now:
            await asyncio.sleep(at - now)

    def slow_to(self, host: str, seconds: float) -> None:
        """Pause at least so long between requests to `host` from now on (its Crawl-delay)."""
        if seconds > self.delay:
            self._slow[host] = seconds
