"""Steps beside the way of an article: the record of a page's fetch, and what its server asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Fetch, WaitingEntry
from monitor.store import Store, chrome, fetches, robots

KEPT_FOR = timedelta(days=30)
KEPT_EACH = 500
SINGLE_FOR = timedelta(days=60)


def record_page(store: Store, waiting: WaitingEntry, fetch: Fetch, now: datetime) -> None:
    """Record that a page was asked for and how that ended, whatever becomes of its article."""
    with store.write() as tx:
        fetches.add(tx, fetch, waiting.source_id, now, kind="page")


def record_rest(store: Store, host: str, until: datetime, now: datetime) -> None:
    """Remember over restarts that a host wants to be left alone."""
    with store.write() as tx:
        robots.keep_rest(tx, host, until, now)


def forget_fetches(store: Store, now: datetime) -> int:
    """Keep the table of fetches bounded: no older than 30 days, at most 500 of each source and kind."""
    with store.write() as tx:
        return fetches.prune(tx, now - KEPT_FOR, KEPT_EACH)


def forget_single(store: Store, now: datetime) -> int:
    """Forget sentences that no second story repeated in 60 days: each article adds some, and most are never chrome."""
    with store.write() as tx:
        return chrome.forget_single(tx, now - SINGLE_FOR)
