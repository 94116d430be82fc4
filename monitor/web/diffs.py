"""What was changed between two versions of an article: in words, and in its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.changes import Stretch, changed_share, stretches
from monitor.inquiry.diff import Difference, difference, marked, shaped, told
from monitor.web.asked import Asked
from monitor.web.named import article_of
from monitor.web.screens import json_answer, screens_of

WORDS, LINES = "words", "lines"
_NUMBERS = ("old", "new")
_KNOWN = (*_NUMBERS, "by", "all")
# The minimap has as many rows as can be told apart on a screen.
_ROWS = 200
_COLOURS = {"added": "good", "removed": "bad"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch of the text on the page; `change` numbers the changed ones from 1. `hidden`: how many are left out."""

    stretch: Stretch | None
    change: int = 0
    hidden: int = 0


def diff_page(request: Request) -> Response:
    """GET /articles/ID/diff: the newest version against the one before, unless `old` and `new` name others.

    `by`: words or lines; `all=1` shows what is unchanged, too.
    """
    asked, found = _found(request)
    by = asked.text("by") or WORDS
    if by not in (WORDS, LINES):
        raise UsageError(f"by is one of {WORDS}, {LINES}, not {by!r}")
    old, new = found.old.document, found.new.document
    parts = stretches(old.text, new.text, by_words=by == WORDS)
    shown = list(_shown(parts, asked.flag("all")))
    numbers = {"old": str(found.old.number), "new": str(found.new.number)}
    path = f"/articles/a{found.detail.article.id}/diff"
    return screens_of(request).page(
        request,
        "diff.html",
        found=found,
        article=found.detail.article,
        told=list(told(found)),
        title=marked(old.title, new.title) if old.title != new.title else None,
        share=changed_share(old.text, new.text),
        shown=shown,
        changes=max((one.change for one in shown), default=0),
        minimap=minimap(parts),
        by=by,
        whole=asked.flag("all"),
        asked=asked,
        before=_step(found, path, asked, -1),
        after=_step(found, path, asked, 1),
        formats=(("json", asked.link(f"{path}.json", by=None, all=None, **numbers)),),
    )


def diff_json(request: Request) -> Response:
    """GET /articles/ID/diff.json: what `storywatch diff --json` answers."""
    _asked, found = _found(request)
    return json_answer(request, shaped(found))


def _shown(parts: Sequence[Stretch], whole: bool) -> list[Shown]:
    found: list[Shown] = []
    number = 0
    for changed, group in groupby(parts, lambda one: one.changed):
        if changed:
            for one in group:
                number += 1
                found.append(Shown(one, number))
        elif whole:
            found += [Shown(one) for one in group]
        else:
            found.append(Shown(None, hidden=len(list(group))))
    return found


def _step(found: Difference, path: str, asked: Asked, way: int) -> str:
    """The same look at the change before or after, "" where there is none."""
    new = found.new.number + way
    if not 2 <= new <= len(found.detail.versions):
        return ""
    return asked.link(path, old=str(new - 1), new=str(new))


def minimap(parts: Sequence[Stretch]) -> Markup:
    """Where in the text its changes stand: a thin column; the ways to them stand in the text. "" for no change."""
    size = sum(one.size for one in parts)
    if not size or not any(one.changed for one in parts):
        return Markup("")
    drawn, place, number = [], 0, 0
    for one in parts:
        if one.changed:
            number += 1
            top = round(_ROWS * place / size)
            high = max(2, round(_ROWS * one.size / size))
            kinds = {passage.kind for passage in one.passages} - {"same"}
            kind = _COLOURS[kinds.pop()] if len(kinds) == 1 else "wait"
            drawn.append(Markup('<rect class="{0}" y="{1}" width="12" height="{2}"/>').format(kind, top, high))
        place += one.size
    many = "1 change" if number == 1 else f"{number} changes"
    return Markup(
        '<svg class="minimap" viewBox="0 0 12 {0}" preserveAspectRatio="none" role="img"'
        ' aria-labelledby="minimap-says"><title id="minimap-says">{1} in the text, from beginning to end</title>'
        '<rect class="ground-all" width="12" height="{0}"/>{2}</svg>'
    ).format(_ROWS, many, Markup("").join(drawn))


def _found(request: Request) -> tuple[Asked, Difference]:
    asked = Asked(request, _KNOWN if request.url.path.endswith("/diff") else _NUMBERS)
    old, new = (_number(asked.text(name)) for name in _NUMBERS)
    detail = article_of(request)
    try:
        return asked, difference(screens_of(request).store, detail, old, new)
    except UsageError as error:
        raise HTTPException(404, f"{error}.") from None


def _number(written: str | None) -> int | None:
    return None if written is None else shapes.number("", written)
