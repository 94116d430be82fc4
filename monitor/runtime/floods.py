"""The warning before a rule floods: looked for beside the running daemon, at its start and after a reload."""

from __future__ import annotations

import asyncio
import time

import structlog

from monitor.errors import StoreError
from monitor.inquiry.floods import Floods, floods, words
from monitor.runtime.services import Services

log = structlog.get_logger("storywatch")
SECONDS = 3.0


class FloodWatch:
    """Looks whether the rules in force would have flooded lately; a rule that would is only warned of."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._looks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def look(self) -> None:
        """Begin a look."""
        task = asyncio.create_task(self._look(), name="floods")
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def stop(self) -> None:
        """End what is under way."""
        self._stopping = True
        await asyncio.gather(*self._looks)

    async def _look(self) -> None:
        end = time.monotonic() + SECONDS
        services = self._services
        try:
            found: Floods = await services.look(
                floods, services.watch, services.clock(), lambda: self._stopping or time.monotonic() > end
            )
        except StoreError as error:
            log.warning("the archive was not asked whether rules would flood", error=str(error))
            return
        for rule_id, one in found.found.items():
            log.warning("a rule would flood", rule=rule_id, why=words(rule_id, one), sampled=found.sampled)
