"""What was changed between two versions of an article."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.diff import Difference, difference, shaped
from monitor.store.detail import ArticleDetail, article_detail
from monitor.web.asked import Asked
from monitor.web.screens import json_answer, screens_of

_KNOWN = ("old", "new")


def diff_page(request: Request) -> Response:
    """GET /articles/ID/diff: the newest version against the one before, unless `old` and `new` name others."""
    found = _found(request)
    asked = "&".join(f"{name}={value}" for name, value in (("old", found.old.number), ("new", found.new.number)))
    return screens_of(request).page(
        request,
        "diff.html",
        found=found,
        article=found.detail.article,
        formats=(("json", f"/articles/a{found.detail.article.id}/diff.json?{asked}"),),
    )


def diff_json(request: Request) -> Response:
    """GET /articles/ID/diff.json: what `storywatch diff --json` answers."""
    return json_answer(request, shaped(_found(request)))


def _found(request: Request) -> Difference:
    asked = Asked(request, _KNOWN)
    old, new = (_number(asked.text(name)) for name in _KNOWN)
    detail = _detail(request)
    try:
        return difference(screens_of(request).store, detail, old, new)
    except UsageError as error:
        raise HTTPException(404, f"{error}.") from None


def _number(written: str | None) -> int | None:
    return None if written is None else shapes.number("", written)


def _detail(request: Request) -> ArticleDetail:
    try:
        number = shapes.number("a", request.path_params["ident"])
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    with screens_of(request).store.read() as tx:
        detail = article_detail(tx, number)
    if detail is None:
        raise HTTPException(404, f"There is no article a{number} in the archive.")
    return detail
