"""The archive: its articles as a list with filters, and one article with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import QueryError, UsageError
from monitor.inquiry import provenance, shapes
from monitor.inquiry.evidence import background
from monitor.inquiry.marked import Piece, lines, paragraphs, pieces
from monitor.inquiry.results import facets, results
from monitor.inquiry.search import Found, Line, search, spans
from monitor.inquiry.times import times_of
from monitor.inquiry.verdict import judged
from monitor.inquiry.why import explained, shown
from monitor.model import Article, Hit, Level, Match, Version
from monitor.model.reviews import Subject
from monitor.store.detail import ArticleDetail, article_detail
from monitor.web.asked import Asked
from monitor.web.feeds import Item
from monitor.web.lists import Listing, Question, Rows
from monitor.web.reviewing import standing_of
from monitor.web.screens import json_answer, screens_of

FILTERS = ("q", "source", "lang", "level", "story", "since", "until", "all")
# A candidate takes a fifth of a millisecond to be held against a query, and a page should not take ten seconds.
MOST_CANDIDATES = 20_000
# How many sources, languages, levels and days are offered to narrow a search.
_MOST_OFFERED = 12
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
    """An article in a list, with what a search hit in it."""

    article: Article
    title: list[Piece]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule that matched a version, with lines of the text around its hits, and the part its first hit stands in.

    `zones`: title, lead, body, caption, as far as it has hits there. `cues`: the words near its hits that may turn
    their meaning round.
    """

    rule: str
    hits: int
    lines: tuple[Line, ...]
    part: str
    cues: tuple[str, ...]
    zones: tuple[str, ...]


def found_for(request: Request, question: Question, *, faceted: bool = False) -> Found:
    """What the parameters of a list ask for. Raises UsageError, QueryError."""
    screens = screens_of(request)
    config, asked = screens.config(), question.asked
    zone, story = config.watch.timezone, asked.text("story")
    return search(
        screens.store,
        config.lists,
        asked.text("q") or "",
        since=question.moment("since", zone),
        until=question.until(question.moment("until", zone, end=True)),
        source=asked.text("source"),
        language=asked.text("lang"),
        story=shapes.number("s", story) if story else None,
        level=asked.word("level", Level),
        everything=asked.flag("all"),
        limit=question.limit,
        after=shapes.number("a", question.after) if question.after else None,
        most=MOST_CANDIDATES,
        facets=config.watch.zone if faceted else None,
    )


def _read(request: Request, question: Question, *, faceted: bool | None = None) -> Rows:
    """A list of articles with what `search --json` says of it; facets where they are looked at."""
    counted = request.url.path.endswith(".json") if faceted is None else faceted
    found = found_for(request, question, faceted=counted)
    more = results(question.asked.text("q") or "", found)
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
    error, rows = "", Rows((), values=Found((), 0, True, None))
    try:
        # To count the whole archive at every look at its newest articles would be dear.
        rows = _read(request, question, faceted=asked.text("q") is not None)
    except (QueryError, UsageError) as refused:
        error = str(refused)
    found: Found = rows.values
    days = [(day, list(part)) for day, part in groupby(_shown(found), lambda row: view.day(row.article.first_seen))]
    return LIST.page(
        request,
        "articles.html",
        question,
        rows,
        status=400 if error else 200,
        q=asked.text("q") or "",
        error=error,
        found=found,
        days=days,
        ids=[f"a{one.id}" for one in found.rows],
        stands=standing_of(request, Subject.ARTICLE, [one.id for one in found.rows]),
        levels=list(Level),
        offers=_offers(asked, found),
        live=question.after is None and question.as_of is None,
    )


def _offers(asked: Asked, found: Found) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """By name of a facet: value, number and link of what narrows a search further."""
    if found.facets is None:
        return []
    offers = []
    for name, counted in facets(found.facets).items():
        if len(counted) > 1:
            narrowed = {"source": ("source",), "language": ("lang",), "level": ("level",), "day": ("since", "until")}
            rows = [
                (value, count, asked.link(**dict.fromkeys(narrowed[name], value)))
                for value, count in list(counted.items())[:_MOST_OFFERED]
            ]
            offers.append((name, rows))
    return offers


def _shown(found: Found) -> list[Shown]:
    return [
        Shown(row, pieces(row.title, spans(found.hits.get(row.id, ()), "title")), found.lines.get(row.id, ()))
        for row in found.rows
    ]


def _detail(request: Request) -> ArticleDetail:
    ident = request.path_params["ident"]
    try:
        number = shapes.number("a", ident)
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    with screens_of(request).store.read() as tx:
        detail = article_detail(tx, number)
    if detail is None:
        raise HTTPException(404, f"There is no article a{number} in the archive.")
    return detail


def article_json(request: Request) -> Response:
    """GET /articles/ID.json: what `show` and `why` answer, together."""
    Asked(request, ())
    detail = _detail(request)
    return json_answer(request, shown(detail) | _explained(request, detail))


def _explained(request: Request, detail: ArticleDetail) -> shapes.Json:
    screens = screens_of(request)
    config = screens.config()
    with screens.store.read() as tx:
        around = background(tx, config, detail)
    return explained(detail, around, config.watch.timezone, screens.clock())


def article_page(request: Request) -> Response:
    """GET /articles/ID, the newest version unless `version` names another."""
    asked = Asked(request, ("version",))
    screens = screens_of(request)
    detail = _detail(request)
    version = _version(detail, asked)
    matches = detail.matches.get(version.id, ())
    hits = [hit for match in matches for hit in match.hits]
    deciding = judged(detail)
    told = _explained(request, detail)
    return screens.page(
        request,
        "article.html",
        detail=detail,
        article=detail.article,
        stands=(standing_of(request, Subject.ARTICLE, [detail.article.id]) or {}).get(detail.article.id),
        version=version,
        title=pieces(version.document.title or "Untitled", spans(hits, "title")),
        text=_paragraphs(version, hits, deciding),
        captions=version.document.text[len(version.document.prose) :].count("\n\n"),
        partly_new=_partly_new(version, deciding),
        rulings=[_ruling(match, version) for match in matches],
        deciding=deciding,
        fresh=[one for one in told["sentences"] if one["new"]],
        verdict=told["verdict"],
        times=times_of(detail),
        proof=provenance.words(provenance.shape(detail, version.id)),
        formats=(("json", f"/articles/a{detail.article.id}.json"),),
    )


def _version(detail: ArticleDetail, asked: Asked) -> Version:
    wanted = asked.text("version")
    found = [one for one in detail.versions if wanted is None or str(one.number) == wanted]
    if not found:
        raise HTTPException(404, f"Article a{detail.article.id} has no version {wanted}.")
    return found[-1]


def _paragraphs(version: Version, hits: list[Hit], deciding: Version) -> list[list[Piece]]:
    fresh = deciding.judgement.sentences if _partly_new(version, deciding) else ()
    marks = [(one.start, one.end) for one in fresh if one.new]
    return paragraphs(version.document.text, spans(hits, "body"), marks, version.masked)


def _partly_new(version: Version, deciding: Version) -> bool:
    """Whether it helps to mark what is new: where everything is, nothing needs to stand out."""
    marks = {one.new for one in deciding.judgement.sentences}
    return version.id == deciding.id and marks == {True, False}


def _ruling(match: Match, version: Version) -> Ruling:
    title, body = spans(match.hits, "title"), spans(match.hits, "body")
    around = lines(version.document.title, title, 1) + lines(version.document.text, body, 2)
    zones = tuple(dict.fromkeys(hit.zone for hit in match.hits if hit.zone))
    cues = dict.fromkeys(" ".join(hit.cue.text.split()) for hit in match.hits if hit.cue)
    return Ruling(match.rule_id, len(match.hits), around, "text" if body else "title", tuple(cues), zones)
