"""The list that an article was opened from: the way back to it, and on to the articles beside it there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from monitor.errors import QueryError, UsageError
from monitor.inquiry.browsing import neighbours
from monitor.web import articles
from monitor.web.asked import Asked
from monitor.web.narrowing import wanted
from monitor.web.screens import screens_of


@dataclass(frozen=True, slots=True)
class Trail:
    """`back` is the list's address; `newer` and `older` those of the articles beside, "" at its ends.

    `place`: "12 of 4,312", "" where it is not known.
    """

    back: str
    newer: str
    older: str
    place: str


def as_list(request: Request, question: str) -> Request:
    """The request for the list of articles with these parameters: q=ferry&lang=uk."""
    query = urlencode(parse_qsl(question, keep_blank_values=True))
    return Request({**request.scope, "path": "/articles", "query_string": query.encode("ascii")})


def trail_of(request: Request, asked: Asked, number: int) -> Trail:
    """Where an article stands in the list that its address names in `list`; all articles without. Raises UsageError."""
    screens, written = screens_of(request), asked.text("list") or ""
    question = articles.LIST.question(as_list(request, written))
    kept = articles.question_of(question.asked)
    config = screens.config()
    query, choice = question.asked.text("q") or "", wanted(question, config)
    try:
        found = neighbours(screens.store, request.app.state.census, config, query, choice, number, articles.MOST_BESIDE)
    except QueryError as error:
        raise UsageError(f"list: {error}") from None
    behind = f"?{urlencode({'list': kept})}" if kept else ""
    place = f"{found.place:,} of {found.total:,}" if found.place and found.total else ""
    # Far down a list, the way back leads to the page that begins with this article.
    deep = {"after": f"a{found.newer}"} if found.newer and (found.place or 0) > articles.LIST.shown else {}
    listed = "&".join(part for part in (kept, urlencode(deep)) if part)
    return Trail(
        f"/articles{f'?{listed}' if listed else ''}",
        f"/articles/a{found.newer}{behind}" if found.newer else "",
        f"/articles/a{found.older}{behind}" if found.older else "",
        place,
    )
