"""A source's own CSS selectors, for its listing and for the title and text of its articles."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from monitor.errors import ParseError
from monitor.text import clean
from spiders.items import TITLE_LIMIT
from spiders.prose import paragraphs


def selected(tree: HtmlElement, selector: str) -> Sequence[HtmlElement]:
    """The elements that a CSS selector fits. Raises ParseError for one that cannot be read."""
    try:
        found = CSSSelector(selector, translator="html")(tree)
    except Exception as error:
        raise ParseError(f"the selector {selector!r} cannot be read: {error}") from error
    return [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []


def selected_title(tree: HtmlElement, selector: str | None) -> str:
    """The words of the first element that fits; "" without one."""
    found = selected(tree, selector) if selector else ()
    return clean(" ".join(map(str, found[0].itertext())), TITLE_LIMIT) if found else ""


def selected_text(tree: HtmlElement, selector: str | None) -> str:
    """The paragraphs of all elements that fit, in the order of the page; "" without one."""
    found = selected(tree, selector) if selector else ()
    fits = set(found)
    outer = [one for one in found if fits.isdisjoint(one.iterancestors())]
    return paragraphs("".join(str(etree.tostring(one, encoding="unicode", with_tail=False)) for one in outer))
