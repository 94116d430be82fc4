"""What to do with a subscription, what a hub's call means, whether a push is genuine (W3C WebSub). Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from monitor.model import Agreement, Hub, Subscription
from monitor.text import clean

PATH = "/websub/"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes as they stand in the callback's address."""

WISHED_LEASE = timedelta(days=10)
LONGEST_LEASE = timedelta(days=30)
SLOWEST = timedelta(hours=1)
"""A source whose hub has proved itself is still polled so often, as a safety net."""

MOST_FAREWELLS = 3
_RENEW_AT = 0.8
_LEAST = timedelta(minutes=1)
_RETRY = timedelta(minutes=10)
_REFUSED = timedelta(hours=1)
_LONGEST_RETRY = timedelta(hours=24)
_DENIED = timedelta(days=7)
# A hub whose verification was answered but who did not hear it asks again.
_AGAIN = timedelta(minutes=10)
_LONGEST_CHALLENGE = 4_000
_LONGEST_REASON = 300
# All four of section 7.1; hubs in use still sign by sha1, whose known weakness (collisions) does not touch HMAC.
_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_LIVE = frozenset({Agreement.PENDING, Agreement.ACTIVE, Agreement.RENEWING})


class Step(Enum):
    """What is to be done with a subscription now."""

    NOTHING = auto()
    SUBSCRIBE = auto()
    UNSUBSCRIBE = auto()
    FORGET = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """A request at a callback: `headers` by lower-case name.

    `body` reads what is pushed as it came, and raises Unheard where that cannot be; None when a hub only asks (GET).
    """

    token: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Callable[[], Awaitable[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub is answered, as plain text."""

    status: int
    words: str = ""


class Unheard(Exception):
    """A pushed body that could not be taken in, with what its hub is answered."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.answer = Answer(status, words)


UNKNOWN = Answer(404, "There is no such subscription.")


def is_callback(path: str) -> bool:
    """Whether a path is that of a callback; nothing else is opened by it."""
    return path.startswith(PATH) and TOKEN.fullmatch(path[len(PATH) :]) is not None


def step(subscription: Subscription, enabled: bool, site: str, now: datetime) -> Step:
    """What to do now. `enabled`: the source is configured and switched on; `site` is [watch] public_url, or ""."""
    state, due = subscription.state, subscription.due_at <= now
    wanted = enabled and subscription.offered and bool(site)
    if not wanted and state in _LIVE:
        return Step.UNSUBSCRIBE
    if not wanted and state is Agreement.LEAVING:
        if not due:
            return Step.NOTHING
        return Step.FORGET if subscription.attempts >= MOST_FAREWELLS else Step.UNSUBSCRIBE
    if not wanted:
        return Step.NOTHING if subscription.offered else Step.FORGET
    moved = state in _LIVE and subscription.site != site
    return Step.SUBSCRIBE if due or moved else Step.NOTHING


def asked(
    subscription: Subscription, chosen: Step, site: str, token: str, secret: str, now: datetime, *, jitter: float
) -> Subscription:
    """The subscription as recorded before the hub is asked; `token` and `secret` are used when it needs new ones.

    It is due again should no answer come, after 10 minutes, then twice as long each time, up to a day. `jitter` is a
    random number in 0..1.
    """
    same = subscription.site == site and subscription.state in _LIVE
    leaving = chosen is Step.UNSUBSCRIBE
    fresh = not leaving and not same
    runs = not fresh and subscription.lease_until is not None and subscription.lease_until > now
    first = fresh or (leaving and subscription.state is not Agreement.LEAVING)
    attempts = 1 if first else subscription.attempts + 1
    wait = min(_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
    state = Agreement.LEAVING if leaving else (Agreement.RENEWING if runs else Agreement.PENDING)
    return replace(
        subscription,
        state=state,
        site=subscription.site if leaving else site,
        token=token if fresh else subscription.token,
        secret=secret if fresh else subscription.secret,
        attempts=attempts,
        asked_at=now,
        due_at=now + wait * (1 + 0.1 * jitter),
        lease_until=None if fresh else subscription.lease_until,
    )


def request(subscription: Subscription) -> dict[str, str]:
    """The form that a hub is sent (section 5.1)."""
    form = {
        "hub.mode": "unsubscribe" if subscription.state is Agreement.LEAVING else "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": f"{subscription.site}{PATH}{subscription.token}",
    }
    if subscription.state is not Agreement.LEAVING:
        form |= {"hub.secret": subscription.secret, "hub.lease_seconds": str(int(WISHED_LEASE.total_seconds()))}
    return form


def answered(subscription: Subscription, error: str, refused: bool, now: datetime) -> Subscription:
    """After the hub's answer to a request: accepted (`error` empty: its verification decides), or not, and why.

    `refused`: asking again soon cannot help.
    """
    if not error or subscription.state in (Agreement.ACTIVE, Agreement.DENIED, Agreement.OFFERED):
        return subscription
    due_at = max(subscription.due_at, now + _REFUSED) if refused else subscription.due_at
    return replace(subscription, error=clean(error, _LONGEST_REASON), due_at=due_at)


def verified(
    subscription: Subscription, query: Mapping[str, str], now: datetime, *, jitter: float
) -> tuple[Subscription, Answer]:
    """What a hub's GET at the callback means (section 5.3), and its answer; `jitter` is a random number in 0..1.

    A subscription that comes back unchanged is left as it is; OFFERED without a token: it has ended.
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    if query.get("hub.topic") != subscription.topic or not subscription.token:
        return subscription, UNKNOWN
    if mode == "denied" and subscription.state in _LIVE:
        return _denied(subscription, query.get("hub.reason", ""), now), Answer(200)
    if not challenge or len(challenge) > _LONGEST_CHALLENGE:
        return subscription, UNKNOWN
    if mode == "subscribe" and _expected(subscription, now):
        lease = _lease(query.get("hub.lease_seconds", ""))
        wait = max(lease * _RENEW_AT * (1 - 0.1 * jitter), _LEAST)
        active = replace(
            subscription, state=Agreement.ACTIVE, due_at=now + wait, lease_until=now + lease, attempts=0, error=""
        )
        return active, Answer(200, challenge)
    if mode == "unsubscribe" and subscription.state is Agreement.LEAVING:
        return ended(subscription, now), Answer(200, challenge)
    return subscription, UNKNOWN


def _expected(subscription: Subscription, now: datetime) -> bool:
    if subscription.state in (Agreement.PENDING, Agreement.RENEWING):
        return True
    asked_at = subscription.asked_at
    return subscription.state is Agreement.ACTIVE and asked_at is not None and now - asked_at <= _AGAIN


def _denied(subscription: Subscription, reason: str, now: datetime) -> Subscription:
    words = clean(reason, _LONGEST_REASON) or "without a reason"
    return replace(
        subscription, state=Agreement.DENIED, due_at=now + _DENIED, lease_until=None, error=f"the hub refuses: {words}"
    )


def ended(subscription: Subscription, now: datetime) -> Subscription:
    """A subscription that is no more; only the hub's name is kept."""
    return Subscription(subscription.source_id, subscription.hub, subscription.topic, now, offered=subscription.offered)


def offered(before: Subscription | None, source_id: str, hub: Hub, now: datetime) -> Subscription | None:
    """The subscription after a good listing that names this hub (empty: none); None when there is nothing to keep."""
    if before is None or (hub.url and (before.hub, before.topic) != (hub.url, hub.topic)):
        # What was agreed with an earlier hub runs out by itself: its callback leads nowhere from now on.
        return Subscription(source_id, hub.url, hub.topic, now) if hub.url else None
    return before if before.offered == bool(hub.url) else replace(before, offered=bool(hub.url))


def listening(subscription: Subscription) -> bool:
    """Whether pushes are wanted from this subscription's hub."""
    return subscription.state in _LIVE and bool(subscription.secret)


def genuine(secret: str, signature: str, body: bytes) -> bool:
    """Whether `signature` (X-Hub-Signature: "method=hex") is that of the body as it came, by this secret."""
    method, _, given = signature.strip().partition("=")
    name = method.strip().lower()
    if not secret or name not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, name).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def relied_on(subscription: Subscription | None, now: datetime) -> bool:
    """Whether the hub tells of what is new: it has a running lease, has pushed, and a check found nothing it missed."""
    if subscription is None or subscription.state not in (Agreement.ACTIVE, Agreement.RENEWING):
        return False
    if subscription.lease_until is None or subscription.lease_until <= now or subscription.pushed_at is None:
        return False
    return subscription.missed_at is None or subscription.missed_at < subscription.pushed_at


def _lease(written: str) -> timedelta:
    """What the hub grants; what we asked for where it does not say."""
    text = written.strip()
    if not (text.isascii() and text.isdigit()) or not int(text[:10]):
        return WISHED_LEASE
    return min(timedelta(seconds=int(text[:10])), LONGEST_LEASE)
