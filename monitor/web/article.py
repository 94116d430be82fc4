"""One article with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import StoreError
from monitor.inquiry import provenance, shapes
from monitor.inquiry.changes import changed_share
from monitor.inquiry.citing import citations, wayback
from monitor.inquiry.evidence import background
from monitor.inquiry.marked import Piece, joined, lines, paragraphs, pieces
from monitor.inquiry.raw import newest
from monitor.inquiry.search import Line, spans
from monitor.inquiry.times import times_of
from monitor.inquiry.verdict import judged
from monitor.inquiry.why import explained, shown
from monitor.model import Hit, Match, Version
from monitor.model.reviews import Subject
from monitor.store.detail import ArticleDetail
from monitor.store.duplicates import duplicates
from monitor.web.asked import Asked
from monitor.web.named import article_of
from monitor.web.posted import session_of
from monitor.web.reviewing import standing_of
from monitor.web.screens import json_answer, screens_of
from monitor.web.trail import trail_of


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule that matched a version, with lines of the text around its hits, and the numbers of their places.

    `zones`: title, lead, body, caption, as far as it has hits there. `cues`: the words near its hits that may turn
    their meaning round.
    """

    rule: str
    hits: int
    lines: tuple[Line, ...]
    places: tuple[int, ...]
    cues: tuple[str, ...]
    zones: tuple[str, ...]


def article_json(request: Request) -> Response:
    """GET /articles/ID.json: what `show` and `why` answer, together."""
    Asked(request, ())
    detail = article_of(request)
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
    detail = article_of(request)
    version = _version(detail, asked)
    matches = detail.matches.get(version.id, ())
    hits = [hit for match in matches for hit in match.hits]
    deciding = judged(detail)
    told = _explained(request, detail)
    with screens.store.read() as tx:
        copies = duplicates(tx, detail.article)
    view = screens.view(request)
    source = next((one for one in view.config.sources if one.id == detail.article.source_id), None)
    heading = pieces(version.document.title or "Untitled", spans(hits, "title"))
    return screens.page(
        request,
        "article.html",
        trail=trail_of(request, asked, detail.article.id),
        copies=copies,
        source=source,
        citations=citations(
            detail.article.id,
            version,
            view.source(detail.article.source_id, detail.article.origin),
            version.document.published or detail.article.published,
        ),
        wayback=wayback(version),
        states=_states(detail),
        told_of=sorted({one.development_id for one in detail.fired}),
        in_title=max((piece.hit for piece in heading), default=0),
        detail=detail,
        article=detail.article,
        stands=(standing_of(request, Subject.ARTICLE, [detail.article.id]) or {}).get(detail.article.id),
        version=version,
        title=heading,
        text=_paragraphs(version, hits, deciding),
        captions=version.document.text[len(version.document.prose) :].count("\n\n"),
        partly_new=_partly_new(version, deciding),
        rulings=[_ruling(match, version, hits) for match in matches],
        places=len(joined(spans(hits, "title"))) + len(joined(spans(hits, "body"))),
        deciding=deciding,
        fresh=[one for one in told["sentences"] if one["new"]],
        verdict=told["verdict"],
        times=times_of(detail),
        records=_records(detail, version),
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


def _ruling(match: Match, version: Version, every: list[Hit]) -> Ruling:
    title, body = spans(match.hits, "title"), spans(match.hits, "body")
    around = lines(version.document.title, title, 1) + lines(version.document.text, body, 2)
    zones = tuple(dict.fromkeys(hit.zone for hit in match.hits if hit.zone))
    cues = dict.fromkeys(" ".join(hit.cue.text.split()) for hit in match.hits if hit.cue)
    return Ruling(match.rule_id, len(match.hits), around, _places(match.hits, every), tuple(cues), zones)


def _places(hits: Sequence[Hit], every: list[Hit]) -> tuple[int, ...]:
    """Which of the numbered places of an article some hits stand in: those of its title first, then of its text."""
    found: set[int] = set()
    before = 0
    for part in ("title", "body"):
        marked = joined(spans(every, part))
        own = spans(hits, part)
        found.update(before + n for n, (start, end) in enumerate(marked, 1) if any(start <= s < end for s, _ in own))
        before += len(marked)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class State:
    """A version in the list of them; `changed` is the share of its words that the one before does not have, or had."""

    version: Version
    changed: float | None
    headline: bool


def _states(detail: ArticleDetail) -> list[State]:
    found = [State(detail.versions[0], None, False)]
    for old, new in pairwise(detail.versions):
        share = changed_share(old.document.text, new.document.text)
        found.append(State(new, share, old.document.title != new.document.title))
    return found


def _records(detail: ArticleDetail, version: Version) -> list[int]:
    """The raw records of a version that are still kept."""
    return [row.id for row in detail.provenance[version.id].raw if row.expired is None]


def raw_record(request: Request) -> Response:
    """GET /articles/ID/raw: the bytes of the page as they came, as a text file; only for people who logged in.

    `record` names an older exchange. No browser shows it as a page: it is somebody else's, and may be hostile.
    """
    asked = Asked(request, ("record",))
    detail = article_of(request)
    if session_of(request) is None:
        raise HTTPException(403, "Log in with a name first: raw pages are not shown to everybody.")
    written, name = asked.text("record"), shapes.name("a", detail.article.id) or ""
    screens = screens_of(request)
    folder = screens.config().archive.raw_folder
    try:
        found = newest(screens.store, name, folder, shapes.number("", written) if written else None)
    except StoreError as error:
        raise HTTPException(404, f"{error}.") from None
    headers = {
        "Content-Disposition": f'attachment; filename="storywatch-{name}-record-{found.row.id}.txt"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.exchange.body, media_type="text/plain; charset=utf-8", headers=headers)
