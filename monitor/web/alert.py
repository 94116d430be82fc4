"""One alert: a development with the rules that fired and every delivery, or a single delivery, as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.marked import Piece, lines
from monitor.inquiry.tellings import tellings
from monitor.model import Alert, Delivery, DeliveryState, Firing, Mute, MuteKind
from monitor.store import alerts, deliveries, mutes, sending, storyline
from monitor.store.sending import Attempt
from monitor.web.alerts import STATES
from monitor.web.asked import Asked
from monitor.web.posted import session_of
from monitor.web.screens import json_answer, screens_of

_MOST_INSIDE = 50


@dataclass(frozen=True, slots=True)
class AlertPage:
    """`alert`: what it announced, None for a digest, a summary or a word to the owner; `inside`: what those told.

    `payloads`: whether the reader may see what was sent.
    """

    id: str
    title: str
    alert: Alert | None
    inside: tuple[Alert, ...]
    deliveries: tuple[Delivery, ...]
    journals: Mapping[int, tuple[Attempt, ...]]
    muted: Mute | None
    payloads: bool


def alert_of(request: Request) -> AlertPage:
    """What an address names: d7 a development, x9 a delivery. Raises 404."""
    Asked(request, ())
    ident, screens = request.path_params["ident"], screens_of(request)
    try:
        number = shapes.number(ident[:1] if ident[:1] in "dx" else "d", ident)
    except UsageError:
        raise HTTPException(404, f"{ident!r} is no alert: write it like d7 or x9.") from None
    with screens.store.read() as tx:
        if ident.startswith("x"):
            one = deliveries.by_id(tx, number)
            sent: tuple[Delivery, ...] = () if one is None else (one,)
            turn = None if one is None else one.development_id
        else:
            sent, turn = deliveries.of_developments(tx, {number}), number
        titles = storyline.development_titles(tx, {turn or 0})
        announced = alerts.alert(tx, turn) if turn in titles else None
        if announced is None and not sent:
            raise HTTPException(404, f"There is no alert {ident} in the archive.")
        inside = alerts.gathered(tx, number, _MOST_INSIDE) if announced is None else ()
        journals = sending.journals(tx, [one.id for one in sent])
        muted = {one.target: one for one in mutes.active(tx, screens.clock()) if one.kind is MuteKind.STORY}
    title = announced.title if announced is not None else tellings(sent, {})[0].title
    story = str(announced.story_id) if announced is not None else ""
    return AlertPage(ident, title, announced, inside, sent, journals, muted.get(story), _may_see(request))


def _may_see(request: Request) -> bool:
    """What was sent holds signed addresses that act without a login, so only those who may act are shown it."""
    return session_of(request) is not None or screens_of(request).config().web.password is not None


def alert_page(request: Request) -> Response:
    """GET /alerts/ID"""
    found = alert_of(request)
    return screens_of(request).page(
        request,
        "alert.html",
        found=found,
        firings=[(one, _lines(one)) for one in (found.alert.firings if found.alert else ())],
        states=STATES,
        dead=DeliveryState.DEAD,
        formats=(("json", f"/alerts/{found.id}.json"),),
    )


def _lines(fired: Firing) -> tuple[tuple[Piece, ...], ...]:
    """The words that made a rule fire, with a little around them."""
    spans = {field: [(one.start, one.end) for one in fired.hits if one.field == field] for field in ("title", "body")}
    return lines(fired.title, spans["title"]) + lines(fired.text, spans["body"])


def alert_json(request: Request) -> Response:
    """GET /alerts/ID.json"""
    found = alert_of(request)
    told = found.alert
    document = {
        "id": found.id,
        "title": found.title,
        "development": f"d{told.development_id}" if told else None,
        "story": f"s{told.story_id}" if told else None,
        "first_seen": shapes.stamp(told.first_seen) if told else None,
        "new": {"sentences": list(told.sentences), "against": told.against} if told else None,
        "rules": [
            {"rule": one.rule_id, "severity": one.severity.value, "hits": [shapes.hit(hit) for hit in one.hits]}
            for one in (told.firings if told else ())
        ],
        "articles": [_report(one.article_id, one.source_id, one.title) for one in (told.reports if told else ())],
        "inside": [{"development": f"d{one.development_id}", "title": one.title} for one in found.inside],
        "deliveries": [_delivery(found, one) for one in found.deliveries],
    }
    return json_answer(request, document)


def _report(article_id: int, source: str, title: str) -> shapes.Json:
    return {"id": f"a{article_id}", "source": source, "title": title}


def _delivery(found: AlertPage, one: Delivery) -> shapes.Json:
    message = one.message if found.payloads else None
    tries = [
        {
            "started": shapes.stamp(each.started),
            "ended": shapes.stamp(each.ended),
            "outcome": each.outcome,
            "detail": each.detail,
        }
        for each in found.journals.get(one.id, ())
    ]
    payload = None if message is None else {"subject": message.subject, "body": message.body}
    return {**shapes.delivery(one), "payload": payload, "tries": tries}
