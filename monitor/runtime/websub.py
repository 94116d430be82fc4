"""Hubs: asked for subscriptions through the crawler like every server, and answered when they call."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import structlog

from monitor import pipeline
from monitor.errors import ParseError
from monitor.model import Fetch, Listing, Outcome, Source, Subscription
from monitor.pipeline import Checked
from monitor.runtime.children import listing_of
from monitor.runtime.jobs import heed
from monitor.runtime.readers import Unreadable
from monitor.runtime.services import Services
from monitor.text import clean
from monitor.urls import host_of
from monitor.websub import UNKNOWN, Answer, Call, Unheard, genuine, listening, request
from spiders.hub import HubSpider, hub_ask

log = structlog.get_logger("storywatch")
MOST_WAITING = 16
_GONE = Answer(410, "This subscription has ended.")
_BUSY = Answer(503, "Too many pushes at once: try again.")
_TAKEN = Answer(200)
_IGNORED = Answer(202)
_REFUSED = frozenset({Outcome.GUARD, Outcome.ROBOTS})


class Hubs:
    """Keeps the subscriptions of the watch in force. `wake` hears when a push has brought something to do."""

    def __init__(self, services: Services, wake: Callable[[], None]) -> None:
        self.services = services
        self.wake = wake
        self._tending = asyncio.Lock()
        self._stopping = False
        # One push at a time: whatever hubs send, the polls get their turn in the pool.
        self._reading = asyncio.Semaphore(1)
        self._waiting = 0

    async def tend(self) -> None:
        """Ask hubs for what is due: new subscriptions, renewals, ends. A few at a time, so that nothing bursts."""
        services = self.services
        async with self._tending:
            if self._stopping:
                return
            site = services.watch.config.watch.public_url
            jitter = services.chance.uniform(0, 1)
            asked = await services.record(pipeline.turn_to_hubs, site, _fresh, services.clock(), jitter=jitter)
            await asyncio.gather(*map(self._ask, asked))

    async def stop(self) -> None:
        """Ask nothing more, and wait for what is in flight; what was not answered is asked again after the start."""
        self._stopping = True
        async with self._tending:
            pass

    async def _ask(self, subscription: Subscription) -> None:
        services = self.services
        form = request(subscription)
        if host_of(subscription.hub) in services.crawler.hosts.resting(services.clock()):
            return
        fetch = await services.crawler.fetch(hub_ask(subscription.hub, form), HubSpider)
        if fetch.outcome is Outcome.STOPPED:
            return
        await heed(services, fetch)
        fetch = _judged(fetch)
        refused = fetch.outcome in _REFUSED or 400 <= (fetch.status or 0) < 500
        await services.record(pipeline.record_hub, fetch, subscription.source_id, refused=refused, now=services.clock())
        log.info(
            "asked its hub",
            source=subscription.source_id,
            hub=subscription.hub,
            mode=form["hub.mode"],
            outcome=fetch.outcome.value,
            error=fetch.error or None,
        )

    async def called(self, call: Call) -> Answer:
        """Answer a request at a callback; a push is answered after it has been recorded, so that a crash loses none."""
        found = await self.services.look(pipeline.subscription_of, call.token)
        if found is None:
            return UNKNOWN
        if call.body is None:
            return await self._verify(found, call)
        source = self.services.watch.sources.get(found.source_id)
        if source is None or not source.enabled or not listening(found):
            return _GONE
        if self._waiting >= MOST_WAITING:
            return _BUSY
        self._waiting += 1
        try:
            body = await call.body()
            async with self._reading:
                return await self._push(found, source, call, body)
        except Unheard as unheard:
            return unheard.answer
        finally:
            self._waiting -= 1

    async def _verify(self, found: Subscription, call: Call) -> Answer:
        services = self.services
        jitter = services.chance.uniform(0, 1)
        answer = await services.record(pipeline.verify, call.token, call.query, services.clock(), jitter=jitter)
        mode = clean(call.query.get("hub.mode", ""), 20)
        log.info("its hub asks back", source=found.source_id, mode=mode, answer=answer.status)
        return answer

    async def _push(self, found: Subscription, source: Source, call: Call, body: bytes) -> Answer:
        services = self.services
        headers = {name: value for name, value in call.headers.items() if name == "content-type"}
        fetch = Fetch(found.topic, Outcome.OK, services.clock(), headers=headers, body=body)
        if not genuine(found.secret, call.headers.get("x-hub-signature", ""), body):
            await services.record(pipeline.record_forged, fetch, source.id, services.clock())
            log.warning("pushed with a wrong signature: ignored", source=source.id, bytes=len(body))
            return _IGNORED
        fetch, listing = await self._read(source, fetch)
        now = services.clock()
        fetch = replace(fetch, elapsed=(now - fetch.started).total_seconds())
        pushed: Checked = await services.record(pipeline.push, services.watch, source, fetch, listing, now)
        log.info("pushed", source=source.id, listed=pushed.listed, new=pushed.new, error=pushed.error or None)
        self.wake()
        return _TAKEN

    async def _read(self, source: Source, fetch: Fetch) -> tuple[Fetch, Listing | None]:
        try:
            return fetch, await listing_of(self.services, source, fetch)
        except Unreadable as error:
            return replace(fetch, outcome=Outcome.UNREADABLE, error=str(error)), None
        except ParseError as error:
            outcome = Outcome.NOT_A_FEED if fetch.body.strip() else Outcome.EMPTY
            return replace(fetch, outcome=outcome, error=str(error)), None


def _fresh() -> tuple[str, str]:
    """A new callback token (32 random bytes) and a new secret: neither can be guessed."""
    return secrets.token_urlsafe(32), secrets.token_urlsafe(32)


def _judged(fetch: Fetch) -> Fetch:
    """Any 2xx accepts, also without a body; a hub says in the body why it does not."""
    status = fetch.status or 0
    if 200 <= status < 300:
        return replace(fetch, outcome=Outcome.OK, error="")
    said = clean(fetch.body[:2_000].decode("utf-8", "replace"), 200) if _plain(fetch) else ""
    if status and fetch.outcome in (Outcome.OK, Outcome.UNCHANGED):
        fetch = replace(fetch, outcome=Outcome.CLIENT_ERROR, error=HTTPStatus(status).phrase)
    return replace(fetch, error="; ".join(part for part in (fetch.error, said) if part))


def _plain(fetch: Fetch) -> bool:
    return fetch.headers.get("content-type", "").startswith("text/plain")
