"""A polled web page as a tree, and the texts of its elements, for the kinds that read pages."""

from __future__ import annotations

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.errors import ParseError
from monitor.text import clean
from spiders.charset import decode
from spiders.sniff import HTML, kind_of

PAGE_LIMIT = 5 * 2**20


def page_tree(body: bytes, content_type: str) -> HtmlElement:
    """Raises ParseError when this is no HTML."""
    found = kind_of(body)
    if found != HTML and not (found.startswith("XML with") or found == "plain text"):
        raise ParseError(f"{found}, not a web page")
    text = decode(body[:PAGE_LIMIT], content_type)
    try:
        # As bytes in one encoding: lxml refuses text that declares another one.
        tree = html.document_fromstring(
            text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
        )
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{found}, but nothing in it can be read as HTML: {str(error)[:200]}") from error
    return tree


def words(element: HtmlElement, limit: int) -> str:
    """The text inside an element on one line."""
    return clean(" ".join(str(part) for part in element.itertext()), limit)


def markup(element: HtmlElement) -> str:
    """The element as written, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
