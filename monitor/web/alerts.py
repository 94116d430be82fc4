"""Alerts: every delivery with its state, and what went wrong with it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import shapes
from monitor.model import Delivery, DeliveryState
from monitor.store import deliveries, lanes, sending, storyline
from monitor.web import feed
from monitor.web.asked import MOST_ROWS, Asked
from monitor.web.screens import csv_answer, json_answer, screens_of
from monitor.web.today import tellings

STATES = {
    DeliveryState.PENDING: "waits to be sent",
    DeliveryState.SENDING: "is being sent",
    DeliveryState.AMBIGUOUS: "may have arrived, goes out again",
    DeliveryState.SENT: "was taken by the channel",
    DeliveryState.HELD: "held back for now",
    DeliveryState.SUPPRESSED: "recorded, not sent",
    DeliveryState.MERGED: "told inside another one",
    DeliveryState.DEAD: "given up: needs somebody",
}
_KNOWN = ("state", "limit", "after")
_COLUMNS = (
    "id",
    "kind",
    "development",
    "story",
    "article",
    "rules",
    "channel",
    "destination",
    "state",
    "attempts",
    "created",
    "sent_at",
    "reason",
    "last_error",
    "due_at",
    "held_until",
    "may_repeat",
    "looks",
)


def _page(request: Request, asked: Asked, default: int) -> tuple[tuple[Delivery, ...], int | None]:
    after = asked.text("after")
    with screens_of(request).store.read() as tx:
        return deliveries.page(
            tx,
            state=asked.word("state", DeliveryState),
            limit=asked.limit(default),
            after=shapes.number("x", after) if after else None,
        )


def alert_list(request: Request) -> Response:
    """GET /alerts"""
    asked = Asked(request, _KNOWN)
    screens = screens_of(request)
    rows, following = _page(request, asked, 100)
    with screens.store.read() as tx:
        titles = storyline.development_titles(tx, {one.development_id or 0 for one in rows})
        counts = deliveries.owed(tx, screens.clock()).counts
        journals = sending.journals(tx, [one.id for one in rows])
        shut = lanes.lanes(tx, screens.clock())
    return screens.page(
        request,
        "alerts.html",
        asked=asked,
        tellings=tellings(rows, titles),
        states=STATES,
        counts=counts,
        journals=journals,
        lanes=shut,
        total=sum(counts.values()),
        older=asked.link(after=shapes.name("x", following)) if following is not None else "",
        formats=(*((kind, asked.link(f"/alerts.{kind}")) for kind in ("json", "csv")), ("atom", feed.PATH)),
    )


def alert_list_json(request: Request) -> Response:
    """GET /alerts.json"""
    rows, following = _page(request, Asked(request, _KNOWN), 100)
    return json_answer({"rows": [shapes.delivery(one) for one in rows], "next": shapes.name("x", following)})


def alert_list_csv(request: Request) -> Response:
    """GET /alerts.csv"""
    asked = Asked(request, _KNOWN)
    rows, following = _page(request, asked, MOST_ROWS)
    more = asked.link(after=shapes.name("x", following)) if following is not None else ""
    return csv_answer("alerts", _COLUMNS, [shapes.delivery(one) for one in rows], more)
