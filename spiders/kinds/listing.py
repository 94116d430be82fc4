"""Listing pages: links by the source's own selectors, else by a guess which of them are headlines."""

from __future__ import annotations

import html

from lxml.html import HtmlElement

from monitor.errors import ParseError
from monitor.model import Listing
from spiders.items import TITLE_LIMIT, Feed, Item, entries
from spiders.kinds.contract import Polled
from spiders.kinds.guess import Headline, dates_by_block, headlines, same_site, when
from spiders.kinds.markup import page_tree, words
from spiders.languages import language_code
from spiders.selecting import selected

MOST_LINKS = 1_000


def read_listing_page(polled: Polled) -> Listing:
    """The links of a page that lead to articles. Raises ParseError, also when none does: then the page has changed."""
    tree = page_tree(polled.body, polled.content_type)
    selector = polled.source.select.links
    found = _selected(tree, selector) if selector else headlines(tree, polled.url)
    if not found:
        sought = f"nothing fits select.links = {selector!r}" if selector else "no list of headlines is found on it"
        raise ParseError(f"a web page, but {sought}")
    items = [Item(link=one.link, title=html.escape(one.title, quote=False), published=one.date) for one in found]
    feed = Feed("", tree.get("lang") or "", "listing page", items)
    listed, rejected = entries(feed, polled.source, _base(tree, polled.url), polled.now, naive=polled.naive)
    title = next((words(one, TITLE_LIMIT) for one in tree.iter("title")), "")
    language = language_code([feed.language], polled.source.language)
    return Listing(listed, title, feed.dialect, None, language, rejected)


def _selected(tree: HtmlElement, selector: str) -> list[Headline]:
    """What a selector fits: links themselves, or what holds one each."""
    found: dict[str, Headline] = {}
    dates = dates_by_block(tree)
    for element in selected(tree, selector)[:MOST_LINKS]:
        anchors = [element] if element.tag == "a" else list(element.iter("a"))
        anchor = max(anchors, key=lambda one: len(words(one, TITLE_LIMIT)), default=None)
        link = anchor.get("href") if anchor is not None else None
        if anchor is None or not link:
            continue
        title = words(anchor, TITLE_LIMIT) or (anchor.get("title") or "")
        before = found.get(link)
        if before is None or len(before.title) < len(title):
            found[link] = Headline(link, title, when(element, dates))
    return list(found.values())


def _base(tree: HtmlElement, url: str) -> str:
    """What relative links start from: the page's own <base>, believed on its own site only."""
    base = next((one.get("href") or "" for one in tree.iter("base")), "")
    return base if base and same_site(base, url) else url
