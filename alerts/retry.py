"""When a failed delivery is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.errors import DeliveryError

GIVE_UP_AFTER = timedelta(days=3)
LONGEST_WAIT = timedelta(hours=1)
# Receivers send nonsense here ("86400", "1e9"), and an alert a day late is no alert.
LONGEST_ASKED = timedelta(minutes=15)
# A daemon that was off for days still gives what it owes a fair chance.
FEWEST_ATTEMPTS = 5
_FACTOR = 5
_JITTER = 0.1


def next_attempt(
    error: DeliveryError, attempts: int, created: datetime, first: timedelta, now: datetime, jitter: float
) -> datetime | None:
    """When to send again; None: never, the delivery is dead.

    `attempts` counts those made, this one included; `first` is the wait after the first; `jitter` (0..1) adds up to a
    tenth, so that what failed together does not come back together.
    """
    patience = GIVE_UP_AFTER if error.give_up_after is None else timedelta(seconds=error.give_up_after)
    if error.permanent:
        return None
    if error.again is not None:
        return now + timedelta(seconds=error.again) * (1 + _JITTER * jitter)
    if now - created >= patience and attempts >= FEWEST_ATTEMPTS:
        return None
    if error.retry_after is not None:
        asked = timedelta(seconds=min(max(error.retry_after, 1.0), LONGEST_ASKED.total_seconds()))
        return now + asked * (1 + _JITTER * jitter)
    # Capped before the power: it outgrows timedelta after some twenty attempts.
    grown: timedelta = first * _FACTOR ** min(max(attempts - 1, 0), 12)
    return now + min(grown, LONGEST_WAIT) * (1 + _JITTER * jitter)
