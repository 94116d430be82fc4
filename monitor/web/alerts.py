"""Alerts: every delivery with its state, and what went wrong with it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import shapes
from monitor.inquiry.tellings import tellings
from monitor.model import Delivery, DeliveryState
from monitor.store import deliveries, lanes, mutes, sending, storyline
from monitor.web import feed
from monitor.web.feeds import Item
from monitor.web.lists import Listing, Question, Rows
from monitor.web.screens import screens_of

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


def _read(request: Request, question: Question) -> Rows:
    screens, only = screens_of(request), question.asked.text("id")
    with screens.store.read() as tx:
        if only is not None:
            one, following = deliveries.by_id(tx, shapes.number("x", only)), None
            found: tuple[Delivery, ...] = () if one is None else (one,)
        else:
            found, following = deliveries.page(
                tx,
                state=question.asked.word("state", DeliveryState),
                limit=question.limit,
                after=shapes.number("x", question.after) if question.after else None,
                until=question.as_of,
                since=question.moment("since", screens.config().watch.timezone),
                channel=question.asked.text("channel"),
                rule=question.asked.text("rule"),
            )
        titles = storyline.development_titles(tx, {one.development_id or 0 for one in found})
    told = tellings(found, titles)
    headlines = {row.id: one.title for one in told for row in one.deliveries}
    rows = [{**shapes.delivery(one), "title": headlines[one.id]} for one in found]
    return Rows(rows, shapes.name("x", following), values=told)


def _item(row: shapes.Json) -> Item:
    what = f"{row['state']}: {', '.join(row['rules'])} to {row['channel']}"
    return Item(f"/alerts/{row['id']}", row["title"], row["created"], what, tuple(row["rules"]), row["article"] or "")


FILTERS = ("state", "rule", "channel", "since", "id")
LIST = Listing("alerts", "Alerts", _COLUMNS, _read, known=FILTERS, dated="created", item=_item, shown=100)


def alert_list(request: Request) -> Response:
    """GET /alerts"""
    question = LIST.question(request)
    screens = screens_of(request)
    rows = LIST.read(request, question)
    with screens.store.read() as tx:
        counts = deliveries.owed(tx, screens.clock()).counts
        journals = sending.journals(tx, [delivery.id for one in rows.values for delivery in one.deliveries])
        shut = lanes.lanes(tx, screens.clock())
        silent = mutes.active(tx, screens.clock())
    return LIST.page(
        request,
        "alerts.html",
        question,
        rows,
        tellings=rows.values,
        states=STATES,
        counts=counts,
        journals=journals,
        lanes=shut,
        mutes=silent,
        config=screens.config(),
        total=sum(counts.values()),
        formats=(*LIST.formats(question.asked), ("atom", feed.PATH)),
    )
