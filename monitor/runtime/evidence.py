"""Raw responses of the running daemon: kept beside the archive, never in the way of the news."""

from __future__ import annotations

import asyncio

import structlog

from monitor.errors import StoreError
from monitor.model import Fetch, WaitingEntry
from monitor.pipeline import forget_raw
from monitor.runtime.services import Services
from monitor.store import Store, raw

log = structlog.get_logger("storywatch")


async def keep(services: Services, item: WaitingEntry, fetch: Fetch, method: str = "") -> raw.Kept | None:
    """Put a fetched page on the disk before anything is recorded of it; None when none is kept.

    A disk that takes no more costs the proof, not the article.
    """
    if services.raw is None:
        return None
    try:
        return await asyncio.to_thread(services.raw.keep, fetch, item.url_key, method, services.clock())
    except StoreError as error:
        log.error("its raw response is not kept", url=fetch.url, error=str(error))
        return None


def tidy(store: Store, services: Services) -> None:
    """Finish what a dead process left open, and give up what is too old or too much."""
    if services.raw is None:
        return
    folder, limits = services.raw.folder, services.watch.config.archive
    try:
        left = raw.recover(folder)
        gone = forget_raw(store, folder, limits.keep_raw, limits.max_raw, services.clock())
    except OSError as error:
        log.error("raw responses cannot be tidied", folder=str(folder), error=str(error))
        return
    if left or gone:
        log.info("raw responses tidied", finished=len(left), given_up=len(gone))
