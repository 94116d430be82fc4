"""How much came since a page was made, told as it comes: server-sent events with counts and nothing else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from monitor.errors import StoreError
from monitor.inquiry import shapes
from monitor.store import Store, review
from monitor.web.asked import Asked
from monitor.web.screens import screens_of

PATH = "/events"
MOST_LISTENERS = 64


@dataclass(slots=True)
class Events:
    """The listeners of one application. Seconds: between two looks, two signs of life, and how long one may stay.

    `stopping` says that the daemon ends, so that nobody who listens holds it up.
    """

    stopping: Callable[[], bool]
    look: float = 5.0
    beat: float = 15.0
    longest: float = 600.0
    listeners: int = 0

    async def told(self, store: Store, since: int) -> AsyncIterator[str]:
        """The text of the stream: a message whenever the count has changed, a comment as a sign of life."""
        begin = said = time.monotonic()
        looked, count = 0.0, -1
        self.listeners += 1
        try:
            yield "retry: 15000\n\n"
            while not self.stopping() and time.monotonic() - begin < self.longest:
                now = time.monotonic()
                if now - looked >= self.look or count < 0:
                    looked, found = now, await run_in_threadpool(_newer, store, since)
                    if found != count and found is not None:
                        count, said = found, now
                        yield f"data: {json.dumps({'articles': count})}\n\n"
                if now - said >= self.beat:
                    said = now
                    yield ": still here\n\n"
                await asyncio.sleep(min(self.look, 0.5))
        finally:
            self.listeners -= 1


def _newer(store: Store, since: int) -> int | None:
    """None while the archive does not answer: the page waits, it does not break."""
    try:
        with store.read() as tx:
            return review.newer(tx, since)
    except StoreError:
        return None


async def events(request: Request) -> Response:
    """GET /events?since=a512: how many articles of the watch came after that one."""
    since = shapes.number("a", Asked(request, ("since",)).text("since") or "a0")
    found: Events = request.app.state.events
    if found.listeners >= MOST_LISTENERS:
        return PlainTextResponse("Too many are listening already.\n", 503, {"Retry-After": "60"})
    stream = found.told(screens_of(request).store, since)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
