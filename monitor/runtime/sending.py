"""The senders: one per channel, one attempt at a time, its result recorded while the connection is still open."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from alerts.channels import Channel
from monitor import pipeline
from monitor.errors import DeliveryError, StoreError
from monitor.model import Delivery, Receipt
from monitor.runtime.logs import redacted, secrets_of
from monitor.runtime.services import RECORD_AGAIN_SECONDS, Services

log = structlog.get_logger("storywatch")
# With the time to journal it, a message that nobody answers ends within ten seconds of the signal.
DRAIN_SECONDS = 8.0
_JOURNAL_SECONDS = 1.5
# More than a clock is put right by as a matter of course.
_SET_BACK = timedelta(minutes=1)
# How often it is looked whether the owner is to be told something.
_NOTICES_SECONDS = 60.0
T = TypeVar("T")


@dataclass
class _Attempt:
    """One attempt, in a thread of its own. `recorded`: the archive knows that it was taken."""

    services: Services
    channel: Channel
    delivery: Delivery
    recorded: bool = False
    given_up: threading.Event = field(default_factory=threading.Event)

    def make(self) -> None:
        """Send, and record that it was taken. Raises DeliveryError."""
        receipt = self.channel.send(self.delivery, self.taken)
        if not self.recorded:
            self.taken(receipt)

    def taken(self, receipt: Receipt) -> None:
        """Record it beside the daemon's writer and before the goodbye; again and again until the archive takes it."""
        while not self.recorded:
            try:
                pipeline.record_sent(self.services.store, self.delivery, receipt, self.services.clock())
                self.recorded = True
            except StoreError as error:
                log.error("cannot be recorded yet", delivery=f"x{self.delivery.id}", error=str(error))
                if self.given_up.wait(RECORD_AGAIN_SECONDS):
                    # Its intent stands without an answer: the next start takes it up as ambiguous.
                    return


async def apart(work: Callable[[], T], name: str) -> T:
    """Run something in a thread that nobody waits for at the end of the process."""
    done: Future[T] = Future()
    # Running from now on: whoever stops waiting for it cannot stop it.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(done)


class Senders:
    """Every channel sends by itself: a broken or slow one holds up no other."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.live: dict[str, asyncio.Task[None]] = {}
        self.stopping = False
        self._clocks = services.clock(), time.monotonic()
        self._noticed: float | None = None

    def _set_back(self) -> bool:
        (wall, steady), self._clocks = self._clocks, (self.services.clock(), time.monotonic())
        passed, ticked = self._clocks[0] - wall, timedelta(seconds=self._clocks[1] - steady)
        return passed < ticked - _SET_BACK

    async def deliver(self) -> None:
        """Compose what is due and let every channel send. Safe to call at any time and as often as wanted."""
        services = self.services
        if self.stopping:
            return
        if self._set_back():
            log.warning("the clock was set back: what waits is due now")
            await services.record(pipeline.set_back, services.clock())
        await services.record(pipeline.summarise_imports, services.watch, services.clock())
        await services.record(pipeline.flush, services.watch, services.channels, services.clock())
        for channel_id in services.channels:
            if channel_id not in self.live and not self.stopping:
                task = asyncio.create_task(self._send_all(channel_id), name=f"sender {channel_id}")
                self.live[channel_id] = task
                task.add_done_callback(functools.partial(self._ended, channel_id))
        # Last: whatever is wrong with it, alerts are on their way.
        await self._tell_owner()

    async def _tell_owner(self) -> None:
        if self._noticed is not None and time.monotonic() < self._noticed + _NOTICES_SECONDS:
            return
        count = await self.services.record(pipeline.tell_owner, self.services.watch, self.services.clock())
        self._noticed = time.monotonic()
        if count:
            log.warning("owner told", notices=count)

    def _ended(self, channel_id: str, _done: asyncio.Task[None]) -> None:
        self.live.pop(channel_id, None)

    async def _send_all(self, channel_id: str) -> None:
        try:
            while not self.stopping and await send_next(self.services, channel_id) is not None:
                pass
        except StoreError as error:
            log.error("cannot send yet", channel=channel_id, error=str(error))
        except Exception:
            log.exception("sender broke", channel=channel_id)

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Begin nothing more and wait for what is under way; what has no answer by then is recorded as ambiguous."""
        self.stopping = True
        waiting = tuple(self.live.values())
        if not waiting:
            return
        _done, late = await asyncio.wait(waiting, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def send_next(services: Services, channel_id: str) -> bool | None:
    """Look for or send the next due delivery of one channel: whether it was taken, None when nothing is owed now."""
    # Held fast: a reload must not change the channel under an attempt.
    channel = services.channels.get(channel_id)
    if channel is None:
        return None
    if channel.reconciles:
        unclear = await services.look(pipeline.to_look, channel_id, services.clock())
        if unclear is not None:
            return await _look(services, channel, unclear)
    delivery = await services.record(
        pipeline.claim_delivery, services.owner, services.clock(), channel=channel_id, reconciles=channel.reconciles
    )
    return None if delivery is None else await _send(services, channel, delivery)


async def _look(services: Services, channel: Channel, delivery: Delivery) -> bool:
    """Ask the receiver whether it has an ambiguous delivery. True: it has."""
    receipt, said = None, "the receiver does not show it: it may be repeated"
    try:
        receipt = await apart(lambda: channel.find(delivery), f"looker {channel.id}")
    except DeliveryError as error:
        told = redacted(str(error), secrets_of(services.watch.config))
        said = f"the receiver cannot be asked for it ({told}): it may be repeated"
    except Exception as error:
        log.exception("channel broke", channel=channel.id)
        said = f"the receiver cannot be asked for it ({type(error).__name__}): it may be repeated"
    await services.record_surely(pipeline.record_look, delivery, receipt, said, services.clock())
    log.info("looked", delivery=f"x{delivery.id}", channel=channel.id, found=receipt is not None)
    return receipt is not None


async def _send(services: Services, channel: Channel, delivery: Delivery) -> bool:
    """Send off the loop; whatever a channel raises is a recorded failure."""
    attempt = _Attempt(services, channel, delivery)
    try:
        await apart(attempt.make, f"sender {channel.id}")
    except asyncio.CancelledError:
        attempt.given_up.set()
        await _give_up(services, delivery)
        raise
    except DeliveryError as error:
        failure = error
    except Exception as error:
        log.exception("channel broke", channel=channel.id)
        failure = DeliveryError(f"{type(error).__name__}: {error}", ambiguous=True)
    if attempt.recorded:
        log.info("sent", delivery=f"x{delivery.id}", channel=channel.id, attempt=delivery.attempts)
        return True
    await _record_failure(services, channel, delivery, failure)
    return False


async def _record_failure(services: Services, channel: Channel, delivery: Delivery, failure: DeliveryError) -> None:
    # Whatever a channel or a library said: the archive, the screens and backups hold no secret.
    failure.args = (redacted(str(failure), secrets_of(services.watch.config)),)
    again = await services.record_surely(
        pipeline.record_failure,
        delivery,
        failure,
        services.watch.config.alerts.first_retry,
        services.clock(),
        jitter=services.chance.uniform(0, 1),
        reconciles=channel.reconciles,
    )
    if failure.off:
        log.error("channel switched off", channel=channel.id, error=str(failure))
        return
    log.warning(
        "not sent", delivery=f"x{delivery.id}", channel=channel.id, error=str(failure), again=str(again or "never")
    )


async def _give_up(services: Services, delivery: Delivery) -> None:
    """Record that the daemon ended before an answer came, if the archive takes it at once."""
    unclear = DeliveryError("the daemon ended before an answer came", ambiguous=True)
    first, now = services.watch.config.alerts.first_retry, services.clock()
    # Not recorded, the intent stands without an answer, and the next start takes it up.
    with contextlib.suppress(StoreError, TimeoutError):
        journal = services.record(pipeline.record_failure, delivery, unclear, first, now, jitter=0.0, reconciles=True)
        await asyncio.wait_for(journal, _JOURNAL_SECONDS)
