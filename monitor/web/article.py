"""One article with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import provenance, shapes
from monitor.inquiry.evidence import background
from monitor.inquiry.marked import Piece, lines, paragraphs, pieces
from monitor.inquiry.search import Line, spans
from monitor.inquiry.times import times_of
from monitor.inquiry.verdict import judged
from monitor.inquiry.why import explained, shown
from monitor.model import Hit, Match, Version
from monitor.model.reviews import Subject
from monitor.store.detail import ArticleDetail, article_detail
from monitor.web.asked import Asked
from monitor.web.reviewing import standing_of
from monitor.web.screens import json_answer, screens_of


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
    asked = Asked(request, ("version", "list"))
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
