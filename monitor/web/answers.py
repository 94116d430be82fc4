"""What readers answer from a mail: unsubscribe, not relevant, mute. Without a login; the signed address is the right.

GET only asks, so that mail programs and scanners which open links do nothing; POST acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from alerts.links import ANSWER_PATH, UNSUBSCRIBE_PATH, Links, Wish
from alerts.owing import places
from monitor.errors import StoreError
from monitor.model import Delivery, Destination, MuteKind
from monitor.store import lanes, linkkey, mutes, votes
from monitor.web.limiter import Limiter
from monitor.web.screens import Screens, screens_of
from monitor.web.view import View

MUTED_FOR = timedelta(hours=24)
STYLE_PATH = f"{ANSWER_PATH}style.css"


@dataclass(frozen=True, slots=True)
class Told:
    """One page: `button` is what can be done by it, at the address `action`; without one there is nothing to do."""

    title: str
    lines: tuple[str, ...]
    button: str = ""
    action: str = ""
    status: int = 200


UNKNOWN = Told("Not found", ("This address is not known here: it is incomplete, or from another archive.",), status=404)
TOO_OFTEN = Told("Too many requests", ("Please try again in a minute.",), status=429)
NO_ARCHIVE = Told("Not now", ("The archive does not answer. Please try again in a minute.",), status=503)


def is_answer(path: str) -> bool:
    """Whether a path is one that readers of mails open without a login."""
    return path.startswith((UNSUBSCRIBE_PATH, ANSWER_PATH))


def unsubscribe(request: Request) -> Response:
    """GET and POST /u/TOKEN; POST with ?again=1 takes it back."""
    return _answered(request, _unsubscribe)


def answer(request: Request) -> Response:
    """GET and POST /answer/TOKEN"""
    return _answered(request, _answer)


def _answered(request: Request, act: Callable[[Request, Screens, Links], Told]) -> Response:
    screens = screens_of(request)
    client = request.client.host if request.client is not None else ""
    limiter: Limiter = request.app.state.limiter
    if not limiter.passes(client):
        return _page(screens, TOO_OFTEN)
    try:
        with screens.store.read() as tx:
            key = linkkey.known_key(tx)
        return _page(screens, UNKNOWN if key is None else act(request, screens, Links(key)))
    except StoreError:
        return _page(screens, NO_ARCHIVE)


def _page(screens: Screens, told: Told) -> Response:
    watch = screens.config().watch
    body = screens.templates.get_template("answer.html").render(told=told, watch=watch, style=STYLE_PATH)
    headers = {"Retry-After": "60"} if told.status in (429, 503) else {}
    return HTMLResponse(body, status_code=told.status, headers={**headers, "X-Robots-Tag": "noindex"})


def _unsubscribe(request: Request, screens: Screens, links: Links) -> Told:
    known = [place for one in screens.config().channels for place in places(one)]
    place = links.subscriber(request.path_params["token"], known)
    if place is None:
        return UNKNOWN
    if request.method != "POST":
        with screens.store.read() as tx:
            since = lanes.unsubscribed(tx).get(place)
        return _ended(request, place, f"You {since}.") if since is not None else _asking(request, place)
    with screens.store.write() as tx:
        if request.query_params.get("again") == "1":
            lanes.subscribe(tx, place)
            return Told("Subscribed again", (f"{_named(place)} gets alerts again from now on.",))
        lanes.unsubscribe(tx, place, screens.clock())
    return _ended(request, place, f"{_named(place)} gets no more alerts.")


def _asking(request: Request, place: Destination) -> Told:
    return Told("Unsubscribe?", (f"{_named(place)} will get no more alerts.",), "Unsubscribe", request.url.path)


def _ended(request: Request, place: Destination, said: str) -> Told:
    lines = (said, "The archive goes on, and you can have alerts again at any time.")
    return Told("Unsubscribed", lines, "Receive alerts again", f"{request.url.path}?again=1")


def _named(place: Destination) -> str:
    return place.address or f"The channel {place.channel}"


def _answer(request: Request, screens: Screens, links: Links) -> Told:
    read = links.answered(request.path_params["token"])
    if read is None:
        return UNKNOWN
    wish, key = read
    with screens.store.read() as tx:
        delivery = linkkey.delivery_of(tx, key)
    if delivery is None:
        return UNKNOWN
    act = _not_relevant if wish is Wish.NOT_RELEVANT else _mute
    return act(request, screens, delivery)


def _not_relevant(request: Request, screens: Screens, delivery: Delivery) -> Told:
    subject = delivery.message.subject if delivery.message is not None else ""
    if delivery.development_id is None or not delivery.rules:
        return UNKNOWN
    if request.method != "POST":
        said = f"Say that this alert was not relevant for {', '.join(delivery.rules)}. It helps to make rules better."
        return Told("Not relevant?", (subject, said), "Not relevant", request.url.path)
    with screens.store.write() as tx:
        for rule in delivery.rules:
            votes.cast(tx, delivery.development_id, rule, _who(delivery), False, screens.clock())
    return Told("Thank you", (subject, "It is noted that this was not relevant."))


def _mute(request: Request, screens: Screens, delivery: Delivery) -> Told:
    if delivery.story_id is None:
        return UNKNOWN
    subject = delivery.message.subject if delivery.message is not None else ""
    view = View(screens.config(), screens.clock())
    if request.method != "POST":
        said = "Nobody who gets alerts of this watch will hear of this story for 24 hours. The archive goes on."
        return Told("Mute this story?", (subject, said), "Mute for 24 hours", request.url.path)
    until, target = view.now + MUTED_FOR, str(delivery.story_id)
    with screens.store.write() as tx:
        # A second press means the first one: it makes it no longer.
        present = [one for one in mutes.active(tx, view.now) if (one.kind, one.target) == (MuteKind.STORY, target)]
        if present:
            until = max(one.until for one in present)
        else:
            mutes.add(tx, MuteKind.STORY, target, until, _who(delivery), view.now, note="by the link in a mail")
    return Told("Muted", (subject, f"This story is muted until {view.when(until)}."))


def _who(delivery: Delivery) -> str:
    return delivery.destination.address or delivery.destination.channel
