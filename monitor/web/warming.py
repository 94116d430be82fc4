"""What the screens read before anybody asks: the census, which takes seconds where the archive is large."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.census import Census


@asynccontextmanager
async def warming(app: Starlette) -> AsyncIterator[None]:
    """The life of an application that is served: a thread reads beside it, and is gone when it ends."""
    ended = threading.Event()
    reading = threading.Thread(target=_read, args=(app.state.screens.store, app.state.census, ended), name="census")
    reading.start()
    try:
        yield
    finally:
        ended.set()
        await asyncio.to_thread(reading.join)


def _read(store: Store, census: Census, ended: threading.Event) -> None:
    try:
        census.warm(store, ended)
    except StoreError:
        # Whoever asks for a page is told what is wrong with the archive.
        return
