"""When a source is asked again, and what is remembered of its last answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Fetch, Outcome, Quiet, Source, SourceState

LONGEST = timedelta(hours=24)
WEEK = timedelta(days=7)
_ZERO = timedelta()
# A source that answered 410 is not asked again by itself; far away, and still a date that every database holds.
NEVER = timedelta(days=3650)
MANY_KNOWN, FEW_KNOWN = 0.67, 0.33
MOVES_TO_BELIEVE = 3
JITTER = 0.10
# After an alert most edits come soon; two days later hardly any come.
RECHECKS = (
    timedelta(minutes=15),
    timedelta(minutes=45),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=18),
    timedelta(hours=30),
    timedelta(hours=48),
)
_WORKING = frozenset({Outcome.OK, Outcome.UNCHANGED})
# Whoever refuses us does not want to be asked in minutes, and whoever says "too many" without a time means it, too.
_LEAST = {
    Outcome.RATE_LIMITED: timedelta(minutes=15),
    Outcome.UNAUTHORISED: timedelta(hours=1),
    Outcome.FORBIDDEN: timedelta(hours=1),
    Outcome.BLOCKED: timedelta(hours=1),
    Outcome.CONSENT: timedelta(hours=1),
    Outcome.LEGAL: timedelta(hours=1),
    Outcome.ROBOTS: timedelta(hours=1),
}
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def next_check(
    source: Source,
    state: SourceState,
    fetch: Fetch,
    now: datetime,
    *,
    listed: int,
    new: int,
    weekly: float,
    ttl: timedelta | None,
    floor: timedelta,
    jitter: float,
    quiet: Quiet = Quiet(),
) -> SourceState:
    """The source's state after `fetch`: when it is due, how often, its validators, where it moved, whether it is gone.

    `listed` and `new` count the entries of this check; `weekly` is how many new ones a week brings; `ttl` is the
    feed's own wish and `quiet` its hours and days of rest; `jitter` is a random number in -1..1. Only what the server
    asks for and the backoff after failures exceed `source.every`; nothing exceeds 24 hours.
    """
    if fetch.outcome is Outcome.STOPPED:
        return replace(state, due_at=now)
    first = state.first_checked or now
    if fetch.outcome is Outcome.GONE:
        return replace(
            state, first_checked=first, last_checked=now, failures=state.failures + 1, gone_at=now, due_at=now + NEVER
        )
    state = replace(state, first_checked=first, last_checked=now)
    if fetch.outcome not in _WORKING:
        return _failed(state, fetch, now, floor, jitter)
    ceiling = max(floor, source.every)
    own = _interval(fetch.outcome, listed, new, weekly, floor, ceiling)
    if ttl is None and fetch.outcome is Outcome.UNCHANGED and state.interval > ceiling:
        # An unchanged body is not parsed, so its ttl is the one that was learnt from the last body.
        ttl = state.interval
    asked = max(_asked(fetch, now), min(ttl or _ZERO, LONGEST))
    due_at = _awake(now + _later(_clamp(_shaken(own, jitter), floor, ceiling), asked, jitter), quiet, now + LONGEST)
    interval = max(own, min(ttl or _ZERO, LONGEST))
    state = replace(state, interval=interval, due_at=due_at, failures=0, last_ok=now, gone_at=None)
    return _moved(_validated(state, fetch), fetch.permanent_url)


def _interval(
    outcome: Outcome, listed: int, new: int, weekly: float, floor: timedelta, ceiling: timedelta
) -> timedelta:
    """How long to wait by our own reckoning: by how often news comes, and by how much of the list was known."""
    wait = _clamp(WEEK / max(weekly, 1.0), floor, ceiling)
    known = 1.0 if outcome is Outcome.UNCHANGED or not listed else 1 - new / listed
    if known >= MANY_KNOWN:
        wait *= 1.5
    elif known < FEW_KNOWN:
        wait /= 2
    return _clamp(wait, floor, ceiling)


def _failed(state: SourceState, fetch: Fetch, now: datetime, floor: timedelta, jitter: float) -> SourceState:
    failures = state.failures + 1
    backoff = _clamp(state.interval * 2 ** min(failures, 16), max(floor, _LEAST.get(fetch.outcome, floor)), LONGEST)
    return replace(
        state, failures=failures, due_at=now + _later(_shaken(backoff, jitter), retry_after(fetch.headers, now), jitter)
    )


def _awake(due_at: datetime, quiet: Quiet, latest: datetime) -> datetime:
    """The first moment from `due_at` on that lies in none of the feed's hours and days of rest, at most `latest`."""
    at = due_at
    while at < latest and (at.hour in quiet.hours or at.weekday() in quiet.days):
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return max(due_at, min(at, latest))


def _shaken(wait: timedelta, jitter: float) -> timedelta:
    return wait * (1 + JITTER * jitter)


def _later(wait: timedelta, asked: timedelta, jitter: float) -> timedelta:
    """Our own wait or the server's: that one is never cut short, not by a moment."""
    return min(max(wait, _shaken(asked, abs(jitter))), LONGEST)


def _asked(fetch: Fetch, now: datetime) -> timedelta:
    """The longest of Retry-After, Cache-Control max-age and Expires; zero when the server says nothing."""
    return max(_fresh_for(fetch.headers, now), retry_after(fetch.headers, now))


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return _ZERO
    if found := _MAX_AGE.search(control):
        return timedelta(seconds=min(int(found[1]), LONGEST.total_seconds()))
    expires = _date(headers.get("expires", ""))
    return _positive(expires - (_date(headers.get("date", "")) or now)) if expires else _ZERO


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What Retry-After asks for, in seconds or as a date, at most 24 hours; zero without a readable one."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), LONGEST.total_seconds()))
    until = _date(text)
    return _positive(until - now) if until else _ZERO


def host_rest(fetch: Fetch, now: datetime) -> datetime | None:
    """Until when an answer wants its whole host left alone: 429, or 503 with Retry-After; None when it does not."""
    asked = retry_after(fetch.headers, now)
    if fetch.status == 429:
        return now + (asked or _LEAST[Outcome.RATE_LIMITED])
    return now + asked if fetch.status == 503 and asked else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _positive(wait: timedelta) -> timedelta:
    return _clamp(wait, _ZERO, LONGEST)


def _clamp(wait: timedelta, low: timedelta, high: timedelta) -> timedelta:
    return max(low, min(wait, high))


def _validated(state: SourceState, fetch: Fetch) -> SourceState:
    """A full answer replaces both validators, also by nothing; 304 keeps them."""
    if fetch.status == 304:
        return state
    return replace(state, etag=_validator(fetch, "etag"), last_modified=_validator(fetch, "last-modified"))


def _validator(fetch: Fetch, name: str) -> str:
    """Byte for byte as it came, or nothing when no header may carry it back."""
    value = fetch.headers.get(name, "")
    return "" if _CONTROL.search(value) else value


def _moved(state: SourceState, permanent_url: str) -> SourceState:
    """A move is believed after three equal answers: a hijacked or broken server must not take a source away at once."""
    if not permanent_url or permanent_url == state.url:
        return replace(state, moved_to="", moved_seen=0)
    seen = state.moved_seen + 1 if permanent_url == state.moved_to else 1
    if seen >= MOVES_TO_BELIEVE:
        return replace(state, url=permanent_url, moved_to="", moved_seen=0)
    return replace(state, moved_to=permanent_url, moved_seen=seen)


def recheck_at(announced: datetime, now: datetime) -> datetime | None:
    """When the page of an article that was announced then is asked for next; None: two days are over."""
    return next((announced + after for after in RECHECKS if announced + after > now), None)
