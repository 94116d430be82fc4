"""Raw responses of the running daemon: kept beside the archive, never in the way of the news."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from monitor.config.sections import ArchiveConfig
from monitor.errors import StoreError
from monitor.model import Fetch, WaitingEntry
from monitor.pipeline import forget_raw
from monitor.store import Store, raw

log = structlog.get_logger("storywatch")


async def keep(
    writer: raw.RawWriter | None, item: WaitingEntry, fetch: Fetch, now: datetime, method: str = ""
) -> raw.Kept | None:
    """Put a fetched page on the disk before anything is recorded of it; None when none is kept.

    A disk that takes no more costs the proof, not the article.
    """
    if writer is None:
        return None
    try:
        return await asyncio.to_thread(writer.keep, fetch, item.url_key, method, now)
    except StoreError as error:
        log.error("its raw response is not kept", url=fetch.url, error=str(error))
        return None


def tidy(store: Store, limits: ArchiveConfig, now: datetime) -> None:
    """Finish what a dead process left open, and give up what is too old or too much."""
    folder = limits.raw_folder
    if folder is None:
        return
    try:
        left = raw.recover(folder)
        gone = forget_raw(store, folder, limits.keep_raw, limits.max_raw, now)
    except OSError as error:
        log.error("raw responses cannot be tidied", folder=str(folder), error=str(error))
        return
    if left or gone:
        log.info("raw responses tidied", finished=len(left), given_up=len(gone))
