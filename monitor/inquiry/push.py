"""What is agreed with a source's hub, in words and as JSON. Its token and secret never leave the archive. Pure."""

from __future__ import annotations

from datetime import datetime

from monitor.inquiry import shapes
from monitor.model import Agreement, Subscription
from monitor.websub import relied_on


def words(found: Subscription | None, public_url: str, now: datetime) -> str:
    """One sentence; "" for a source whose listing names no hub."""
    if found is None:
        return ""
    if found.state is Agreement.OFFERED and not public_url:
        return "hub offered; set [watch] public_url to be told at once"
    said = _STATES[found.state]
    if found.state in (Agreement.ACTIVE, Agreement.RENEWING) and found.lease_until is not None:
        said = "subscribed" if found.lease_until > now else "its lease ran out: asked again"
        said += f" until {shapes.stamp(found.lease_until)}" if found.lease_until > now else ""
        said += _pushed(found, now)
    return f"{said}; {found.error}" if found.error else said


_STATES = {
    Agreement.OFFERED: "hub offered",
    Agreement.PENDING: "asked its hub, which has not confirmed yet",
    Agreement.ACTIVE: "subscribed",
    Agreement.RENEWING: "subscribed",
    Agreement.LEAVING: "leaving its hub",
    Agreement.DENIED: "refused by its hub",
}


def _pushed(found: Subscription, now: datetime) -> str:
    if found.pushed_at is None:
        return ", nothing pushed yet: polled as usual"
    last = f", last pushed {shapes.stamp(found.pushed_at)}"
    return last if relied_on(found, now) else f"{last}, but a check found what the hub did not tell: polled as usual"


def as_json(found: Subscription | None, public_url: str, now: datetime) -> shapes.Json | None:
    """The subscription without what is secret."""
    if found is None:
        return None
    return {
        "words": words(found, public_url, now),
        "state": found.state.value,
        "hub": found.hub,
        "topic": found.topic,
        "lease_until": shapes.stamp(found.lease_until),
        "pushed_at": shapes.stamp(found.pushed_at),
        "relied_on": relied_on(found, now),
        "error": found.error,
    }
