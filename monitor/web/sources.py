"""Sources: which of them work, and the last exchanges with one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import push, shapes, volume
from monitor.inquiry.standing import OUTCOMES, standing
from monitor.model import Outcome, Source, Subscription
from monitor.store import coverage, fetches, review, websub
from monitor.store.coverage import Gap
from monitor.store.fetches import FetchRow
from monitor.store.review import ArticleFilter, SourceRow
from monitor.web.asked import Asked
from monitor.web.lists import Listing, Question, Rows
from monitor.web.screens import json_answer, screens_of

_COLUMNS = (
    "id",
    "name",
    "url",
    "working",
    "why",
    "last_checked",
    "last_ok",
    "due_at",
    "failures",
    "articles",
    "newest",
    "outcome",
    "status",
    "error",
    "gaps",
)
_FETCHES = 50


def _row(row: SourceRow, source: Source | None, request: Request) -> dict[str, Any]:
    found = standing(row, screens_of(request).clock())
    last = row.last
    return {
        "id": row.state.source_id,
        "name": source.name if source else "",
        "url": row.state.url,
        "language": list(source.language) if source else [],
        "country": source.country if source else "",
        "side": source.side if source else "",
        "enabled": row.enabled,
        "working": found.word,
        "why": found.why,
        "last_checked": shapes.stamp(row.state.last_checked),
        "last_ok": shapes.stamp(row.state.last_ok),
        "due_at": shapes.stamp(row.state.due_at),
        "interval": row.state.interval.total_seconds(),
        "failures": row.state.failures,
        "articles": row.articles,
        "newest": shapes.stamp(row.newest),
        "entries": {state.value: count for state, count in row.entries.items()},
        "outcome": last.outcome.value if last else None,
        "status": last.status if last else None,
        "error": last.error if last else "",
        "gaps": row.coverage.open_gaps,
    }


def _rows(request: Request) -> list[tuple[SourceRow, Source | None]]:
    """Every source, in the order of the config; those that are not in it any more last."""
    screens = screens_of(request)
    known = {source.id: (place, source) for place, source in enumerate(screens.config().sources)}
    with screens.store.read() as tx:
        rows = review.source_rows(tx)
    placed = [(known.get(row.state.source_id, (len(known), None)), row) for row in rows]
    return [(row, source) for (_place, source), row in sorted(placed, key=lambda pair: pair[0][0])]


def _read(request: Request, question: Question) -> Rows:
    rows = _rows(request)
    return Rows([_row(row, source, request) for row, source in rows], values=rows)


LIST = Listing("sources", "Sources", _COLUMNS, _read, freezes=False, whole=True)


def source_list(request: Request) -> Response:
    """GET /sources"""
    question = LIST.question(request)
    rows = LIST.read(request, question)
    shown = [(row, source, standing(row, question.now)) for row, source in rows.values]
    return LIST.page(request, "sources.html", question, rows, outcomes=OUTCOMES, rows=shown)


def _one(request: Request) -> tuple[SourceRow, Source | None]:
    ident = request.path_params["ident"]
    for row, source in _rows(request):
        if row.state.source_id == ident:
            return row, source
    raise HTTPException(404, f"No source is called {ident!r}.")


def _fetches(request: Request, source_id: str) -> tuple[FetchRow, ...]:
    with screens_of(request).store.read() as tx:
        return fetches.recent(tx, source_id, _FETCHES)


def source_json(request: Request) -> Response:
    """GET /sources/ID.json"""
    Asked(request, ())
    row, source = _one(request)
    recent = [
        {
            "kind": one.kind,
            "started": shapes.stamp(one.started),
            "outcome": one.outcome.value,
            "status": one.status,
            "url": one.url,
            "final_url": one.final_url,
            "bytes": one.size,
            "entries": one.entries,
            "new": one.new,
            "seconds": round(one.elapsed, 3),
            "error": one.error,
        }
        for one in _fetches(request, row.state.source_id)
    ]
    missed, lag = _missed(request, row.state.source_id)
    more = {
        "gap_list": [volume.gap(one) for one in missed],
        "rhythm": volume.rhythm(row.coverage.rhythm),
        "lag": None if lag is None else lag.total_seconds(),
        "push": push.as_json(*_subscribed(request, row.state.source_id)),
    }
    return json_answer(request, {**_row(row, source, request), **more, "fetches": recent})


def _missed(request: Request, source_id: str) -> tuple[tuple[Gap, ...], timedelta | None]:
    """The gaps of a source, and how late its news is seen."""
    with screens_of(request).store.read() as tx:
        return coverage.gaps(tx, source_id), coverage.lag(tx, source_id)


def _subscribed(request: Request, source_id: str) -> tuple[Subscription | None, str, datetime]:
    """What is agreed with a source's hub, where hubs would reach us, and the time."""
    screens = screens_of(request)
    with screens.store.read() as tx:
        return websub.of_source(tx, source_id), screens.config().watch.public_url, screens.clock()


def source_page(request: Request) -> Response:
    """GET /sources/ID"""
    Asked(request, ())
    screens = screens_of(request)
    row, source = _one(request)
    with screens.store.read() as tx:
        newest = review.article_page(tx, ArticleFilter(source=row.state.source_id, on_topic=None), 10).rows
    missed, lag = _missed(request, row.state.source_id)
    return screens.page(
        request,
        "source.html",
        row=row,
        source=source,
        standing=standing(row, screens.clock()),
        fetches=_fetches(request, row.state.source_id),
        newest=newest,
        gaps=missed,
        gap_words=volume.gap_words,
        lag=lag,
        push=push.words(*_subscribed(request, row.state.source_id)),
        outcomes=OUTCOMES,
        fine=(Outcome.OK, Outcome.UNCHANGED),
        formats=(("json", f"/sources/{row.state.source_id}.json"),),
    )
