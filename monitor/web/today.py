"""Today: what was announced last, what came in, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry.standing import Standing, standing
from monitor.model import Article, Delivery, DeliveryKind, DeliveryState, Origin
from monitor.store import deliveries, review, storyline
from monitor.store.review import ArticleFilter, SourceRow
from monitor.web.asked import Asked
from monitor.web.screens import screens_of

_HOURS = 24
_MOST_COUNTED = 5000
_ROWS = 12


@dataclass(frozen=True, slots=True)
class Telling:
    """The deliveries of one development, which belong together on a screen."""

    title: str
    first: Delivery
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """How many articles came in an hour; `height` is 0 to 1 of the fullest hour."""

    start: datetime
    count: int
    height: float


def tellings(rows: tuple[Delivery, ...], titles: dict[int, str]) -> list[Telling]:
    """Neighbouring deliveries of one development as one; a summary stands alone."""
    groups: list[list[Delivery]] = []
    for row in rows:
        last = groups[-1][0] if groups else None
        same = last is not None and (last.development_id, last.version_id) == (row.development_id, row.version_id)
        if same and row.development_id is not None:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [Telling(_title(group[0], titles), group[0], tuple(sorted(group, key=_order))) for group in groups]


def _order(row: Delivery) -> int:
    return row.id


def _title(row: Delivery, titles: dict[int, str]) -> str:
    if row.kind is DeliveryKind.SUMMARY:
        return row.message.subject if row.message is not None and row.message.subject else "Summary of a first import"
    if row.notice is not None:
        return row.notice.title
    if row.kind in (DeliveryKind.EDIT, DeliveryKind.DIGEST) and row.message is not None and row.message.subject:
        return row.message.subject
    if row.kind is DeliveryKind.DIGEST:
        return "Digest"
    return titles.get(row.development_id or 0, "") or "Untitled"


def hours(articles: tuple[Article, ...], now: datetime) -> list[Hour]:
    """The last 24 hours, oldest first, the running one last."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HOURS - 1)
    counts = [0] * _HOURS
    for article in articles:
        place = int((article.first_seen - first) / timedelta(hours=1))
        if article.first_seen >= first and place < _HOURS:
            counts[place] += 1
    top = max(counts) or 1
    return [Hour(first + timedelta(hours=n), count, count / top) for n, count in enumerate(counts)]


def ailing(rows: tuple[SourceRow, ...], now: datetime) -> list[tuple[SourceRow, Standing]]:
    """The sources that somebody should look at."""
    return [(row, found) for row in rows if not (found := standing(row, now)).well]


def today(request: Request) -> Response:
    """GET /"""
    Asked(request, ())
    screens = screens_of(request)
    now = screens.clock()
    with screens.store.read() as tx:
        counts = review.counts(tx)
        day = ArticleFilter(since=now - timedelta(hours=_HOURS), origin=Origin.FETCHED)
        recent = review.article_page(tx, day, _MOST_COUNTED).rows
        newest = review.article_page(tx, ArticleFilter(origin=Origin.FETCHED), _ROWS).rows
        sent, _more = deliveries.page(tx, limit=4 * _ROWS)
        told = [one for one in sent if one.state is not DeliveryState.MERGED]
        titles = storyline.development_titles(tx, {one.development_id or 0 for one in told})
        rows = review.source_rows(tx)
    return screens.page(
        request,
        "today.html",
        counts=counts,
        recent=len(recent),
        hours=hours(recent, now),
        newest=newest,
        tellings=tellings(tuple(told), titles)[:8],
        ailing=ailing(rows, now),
        problem=screens.problem(),
        live=True,
    )
