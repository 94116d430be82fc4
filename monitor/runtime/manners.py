"""What was agreed with servers, kept over restarts: their robots.txt, their rests, the pause since the last request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta

import structlog

from monitor.errors import StoreError
from monitor.runtime.hosts import HostGate
from monitor.store import Store, fetches, robots
from spiders.robots import FRESH_FOR, LONGEST_CRAWL_DELAY

log = structlog.get_logger("storywatch")


class RobotsShelf:
    """The archive's robots.txt, as the crawler asks for them. An archive that fails is asked for nothing."""

    def __init__(self, store: Store, writer: Executor, clock: Callable[[], datetime]) -> None:
        self._store, self._writer, self._clock = store, writer, clock

    async def get(self, host: str) -> bytes | None:
        """The rules of an origin, None when they are to be asked for."""
        try:
            found = await asyncio.to_thread(self._read, host)
        except StoreError as error:
            log.error("robots.txt cannot be looked up", error=str(error))
            return None
        return None if found is None else found.encode()

    async def put(self, host: str, body: bytes) -> None:
        """Keep the rules of an origin for a day."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._keep, host, body)
        except StoreError as error:
            log.error("robots.txt cannot be kept", error=str(error))

    def _read(self, origin: str) -> str | None:
        with self._store.read() as tx:
            return robots.rules_of(tx, origin, self._clock())

    def _keep(self, origin: str, body: bytes) -> None:
        now = self._clock()
        with self._store.write() as tx:
            robots.keep_rules(tx, origin, body.decode("utf-8-sig", "replace"), now + FRESH_FOR, now)


def remember_hosts(store: Store, gate: HostGate, now: datetime) -> None:
    """Take over from an earlier process which hosts want a rest, and when each was asked last. Call it on the loop."""
    with store.read() as tx:
        rests = robots.rests(tx, now)
        asked = fetches.asked_since(tx, now - timedelta(seconds=LONGEST_CRAWL_DELAY))
    for host, until in rests.items():
        gate.rest(host, until)
    for host, at in asked.items():
        gate.asked(host, (now - at).total_seconds())
