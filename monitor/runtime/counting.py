"""Roots are made to say how many outlets carry their news by now: beside the senders, which never wait for it."""

from __future__ import annotations

import asyncio
import functools

import structlog

from alerts.channels.contract import counting
from monitor import pipeline
from monitor.errors import DeliveryError, StoreError
from monitor.runtime.sending import apart
from monitor.runtime.services import Services

log = structlog.get_logger("storywatch")
_DRAIN_SECONDS = 2.0


class Counters:
    """One for each channel whose roots can say more."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.live: dict[str, asyncio.Task[None]] = {}
        self.stopping = False

    async def count(self) -> None:
        """Let every channel put its roots right. Safe to call at any time and as often as wanted."""
        for channel_id, channel in self.services.channels.items():
            if counting(channel) and channel_id not in self.live and not self.stopping:
                task = asyncio.create_task(self._count_all(channel_id), name=f"counter {channel_id}")
                self.live[channel_id] = task
                task.add_done_callback(functools.partial(self._ended, channel_id))

    def _ended(self, channel_id: str, _done: asyncio.Task[None]) -> None:
        self.live.pop(channel_id, None)

    async def _count_all(self, channel_id: str) -> None:
        try:
            while not self.stopping and await recount_next(self.services, channel_id) is not None:
                pass
        except StoreError as error:
            log.error("cannot count yet", channel=channel_id, error=str(error))
        except Exception:
            log.exception("counter broke", channel=channel_id)

    async def drain(self) -> None:
        """Begin nothing more; a count that is under way and stays without an answer is told again later."""
        self.stopping = True
        waiting = tuple(self.live.values())
        if not waiting:
            return
        _done, late = await asyncio.wait(waiting, timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def recount_next(services: Services, channel_id: str) -> bool | None:
    """Put right the next root of a channel: whether it was taken, None when all are right."""
    channel = services.channels.get(channel_id)
    if channel is None or not counting(channel):
        return None
    due = await services.record(pipeline.claim_count, channel, services.clock())
    if due is None:
        return None
    try:
        await apart(lambda: channel.recount(due.delivery, due.count.ref, due.message), f"counter {channel_id}")
    except DeliveryError as error:
        again = await services.record_surely(pipeline.record_miscount, due, error, services.clock())
        log.warning("count not told", channel=channel_id, error=str(error), again=str(again or "never"))
        return False
    await services.record_surely(pipeline.record_count, due)
    log.info("count told", channel=channel_id, story=due.count.story_id, outlets=due.told)
    return True
