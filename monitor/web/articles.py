"""The archive: its articles as a list, with a plot of when they came and what narrows it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import QueryError, UsageError
from monitor.inquiry import shapes
from monitor.inquiry.arrivals import by_day
from monitor.inquiry.browsing import Browsed, browse
from monitor.inquiry.marked import Piece, pieces
from monitor.inquiry.results import results
from monitor.inquiry.search import Found, Line, spans
from monitor.model import Article
from monitor.model.reviews import Subject
from monitor.store import searches
from monitor.store.census import Facet
from monitor.store.texts import newest_texts
from monitor.web.asked import Asked
from monitor.web.feeds import Item
from monitor.web.histogram import RANGE, histogram
from monitor.web.lists import Listing, Question, Rows
from monitor.web.narrowing import PARAMETERS, offers, pills, wanted
from monitor.web.reviewing import standing_of
from monitor.web.screens import screens_of

# `view` and `share` are how the page looks; as data they change nothing.
FILTERS = (*PARAMETERS, "view", "share")
DENSE, CARDS = "dense", "cards"
# A candidate takes a fifth of a millisecond to be held against a query, and a page should not take ten seconds.
MOST_CANDIDATES = 20_000
# Of these, either way, for the article beside one: who goes through a list wants the next page at once.
MOST_BESIDE = 500
# Characters of a text that a card begins with.
_LEAD = 280
_COLUMNS = (
    "id",
    "first_seen",
    "published",
    "source",
    "language",
    "level",
    "title",
    "url",
    "story",
    "rules",
    "alerted",
    "partial",
    "on_topic",
    "versions",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An article in a list, with what a search hit in it, or how its text begins."""

    article: Article
    title: list[Piece]
    lines: tuple[Line, ...]


def browsed_for(request: Request, question: Question) -> Browsed:
    """What the parameters of a list ask for. Raises UsageError, QueryError."""
    screens = screens_of(request)
    config = screens.config()
    return browse(
        screens.store,
        request.app.state.census,
        config,
        question.asked.text("q") or "",
        wanted(question, config),
        limit=question.limit,
        after=shapes.number("a", question.after) if question.after else None,
        most=MOST_CANDIDATES,
    )


def _read(request: Request, question: Question) -> Rows:
    """A list of articles with what `search --json` says of it; facets where they are looked at."""
    found = browsed_for(request, question)
    more = results(question.asked.text("q") or "", found.found)
    if request.url.path.endswith(".json"):
        counts = found.counts()
        zone = screens_of(request).config().watch.zone
        language = counts.pop(Facet.LANGUAGE)
        more["facets"] = {**counts, "language": language, "day": by_day(found, zone)}
    return Rows(more.pop("rows"), more.pop("next"), more, found)


def _item(row: shapes.Json) -> Item:
    said = f"{row['source']}, {row['level']}{': rule ' + ', '.join(row['rules']) if row['rules'] else ''}. {row['url']}"
    return Item(f"/articles/{row['id']}", row["title"], row["first_seen"], said, tuple(row["rules"]))


LIST = Listing("articles", "Articles", _COLUMNS, _read, known=FILTERS, dated="first_seen", item=_item)


def article_list(request: Request) -> Response:
    """GET /articles"""
    question = LIST.question(request)
    asked, screens = question.asked, screens_of(request)
    view = screens.view(request)
    look = asked.text("view") or DENSE
    try:
        if look not in (DENSE, CARDS):
            raise UsageError(f"view is one of {DENSE}, {CARDS}, not {look!r}")
        rows = _read(request, question)
        came = _histogram(request, question, rows.values)
    except (QueryError, UsageError) as refused:
        return LIST.page(request, "articles.html", question, Rows(()), status=400, **_refused(asked, str(refused)))
    browsed: Browsed = rows.values
    found = browsed.found
    shown = _shown(request, found, cards=look == CARDS)
    days = [(day, list(part)) for day, part in groupby(shown, lambda row: view.day(row.article.first_seen))]
    with screens.store.read() as tx:
        saved = searches.kept(tx)
    return LIST.page(
        request,
        "articles.html",
        question,
        rows,
        q=asked.text("q") or "",
        error="",
        found=found,
        days=days,
        ids=[f"a{one.id}" for one in found.rows],
        stands=standing_of(request, Subject.ARTICLE, [one.id for one in found.rows]),
        pills=list(pills(asked, view)),
        offers=offers(asked, browsed, view),
        came=came,
        look=look,
        question=question_of(asked),
        saved=saved,
        live=question.after is None and question.as_of is None,
    )


def _refused(asked: Asked, said: str) -> dict[str, object]:
    return {"q": asked.text("q") or "", "error": said, "saved": (), "question": question_of(asked), "look": DENSE}


def _histogram(request: Request, question: Question, browsed: Browsed) -> object:
    screens = screens_of(request)
    zone = screens.config().watch.zone
    since = question.moment("since", zone.key)
    until = question.until(question.moment("until", zone.key, end=True))
    end = min(until or question.now, question.now)
    start = since if since is None or since < end else end - RANGE
    return histogram(screens.store, question.asked, browsed, start, end, zone)


def question_of(asked: Asked) -> str:
    """What is asked of the list as a saved search keeps it: q=ferry&lang=uk."""
    return urlencode({name: value for name, value in asked.values.items() if name in PARAMETERS})


def _shown(request: Request, found: Found, *, cards: bool) -> list[Shown]:
    begun: dict[int, str] = {}
    if cards:
        with screens_of(request).store.read() as tx:
            texts = newest_texts(tx, [one.id for one in found.rows if not found.lines.get(one.id)])
        begun = {number: _lead(text) for number, text in texts.items()}
    return [
        Shown(
            row,
            pieces(row.title, spans(found.hits.get(row.id, ()), "title")),
            found.lines.get(row.id, ()) or (((Piece(begun[row.id]),),) if begun.get(row.id) else ()),
        )
        for row in found.rows
    ]


def _lead(text: str) -> str:
    flat = " ".join(text[: 2 * _LEAD].split())
    return flat if len(flat) <= _LEAD else flat[:_LEAD].rsplit(" ", 1)[0] + " …"
