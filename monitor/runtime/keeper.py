"""One daemon per archive, also when the archive's server restarts: who loses the lock to another daemon ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from monitor.errors import Busy
from monitor.runtime.sending import Senders
from monitor.store.lock import Lock

log = structlog.get_logger("storywatch")


@dataclass
class Keeper:
    """Looks after the archive's lock; `stop` ends the daemon."""

    lock: Lock
    stop: asyncio.Event
    _lost: Busy | None = field(default=None, init=False)

    async def look(self, senders: Senders) -> None:
        """Hold on to the archive; when another daemon has it, send nothing more and end.

        Raises StoreError when that cannot be found out: nothing can be claimed for sending then, either.
        """
        try:
            await asyncio.to_thread(self.lock.keep)
        except Busy as error:
            senders.stopping = True
            self._lost = error
            log.error("another daemon took the archive: ending", error=str(error))
            self.stop.set()

    def complain(self) -> None:
        """Raises Busy when the daemon ended because it lost its archive."""
        if self._lost is not None:
            raise self._lost
