"""Sources that tell us by themselves (WebSub): the hub a listing names, and what was agreed with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Hub:
    """Who tells of a listing's changes, and the address by which the hub knows it. As written there: hostile input."""

    url: str = ""
    topic: str = ""


class Agreement(StrEnum):
    """Where a subscription stands.

    OFFERED: a hub is named and nothing is agreed. PENDING: asked, not yet verified. ACTIVE: verified. RENEWING: asked
    again while the lease still runs. LEAVING: asked to end it. DENIED: the hub refused.
    """

    OFFERED = "offered"
    PENDING = "pending"
    ACTIVE = "active"
    RENEWING = "renewing"
    LEAVING = "leaving"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is agreed with a source's hub. `token` and `secret` are never shown or logged.

    `offered`: the last good listing names the hub; `site` is the [watch] public_url that the callback was made with;
    `attempts` counts requests since the last verification; `pushed_at` is the last push that was genuine, `missed_at`
    the last check that found something the hub had not told.
    """

    source_id: str
    hub: str
    topic: str
    due_at: datetime
    state: Agreement = Agreement.OFFERED
    offered: bool = True
    site: str = ""
    token: str = ""
    secret: str = ""
    attempts: int = 0
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    pushed_at: datetime | None = None
    missed_at: datetime | None = None
    error: str = ""
