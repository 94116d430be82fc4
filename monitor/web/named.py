"""What the address of a page names: its number, and the article that it is about."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.store.detail import ArticleDetail, article_detail
from monitor.web.screens import screens_of


def number_of(request: Request, letter: str) -> int:
    """The number behind the letter in an address, 12 of a12. Raises HTTPException 404."""
    try:
        return shapes.number(letter, request.path_params["ident"])
    except UsageError as error:
        raise HTTPException(404, str(error)) from None


def article_of(request: Request) -> ArticleDetail:
    """The article of an address. Raises HTTPException 404."""
    number = number_of(request, "a")
    with screens_of(request).store.read() as tx:
        detail = article_detail(tx, number)
    if detail is None:
        raise HTTPException(404, f"There is no article a{number} in the archive.")
    return detail
