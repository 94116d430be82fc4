"""What follows from a page that could not be read: another try, or the listed text."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Fetch, Outcome
from monitor.schedule import retry_after

MOST_TRIES = 3
_WAITS = (timedelta(minutes=1), timedelta(minutes=5))
# Asking again cannot help, or is not wanted: the article is archived from what its source listed.
FINAL = frozenset(
    {
        Outcome.UNAUTHORISED,
        Outcome.FORBIDDEN,
        Outcome.BLOCKED,
        Outcome.CONSENT,
        Outcome.PAYWALL,
        Outcome.MOVED,
        Outcome.NOT_FOUND,
        Outcome.GONE,
        Outcome.LEGAL,
        Outcome.ROBOTS,
        Outcome.GUARD,
        Outcome.NOT_HTML,
        Outcome.UNREADABLE,
    }
)


def page_retry(fetch: Fetch, attempts: int, now: datetime) -> datetime | None:
    """When to ask for a page again; None: never. `attempts` counts the tries made, this one included."""
    if fetch.outcome in FINAL or attempts >= MOST_TRIES:
        return None
    wait = _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]
    return now + max(wait, retry_after(fetch.headers, now))
