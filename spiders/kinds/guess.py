"""Which links of a page are headlines: long ones in repeated blocks, to the same site, outside menus."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.urls import canonical, host_of
from spiders.items import TITLE_LIMIT
from spiders.kinds.markup import words

MOST_ANCHORS = 5_000
_FEWEST_WORDS, _SHORTEST = 4, 22
_REPEATED = 3
_LEVELS = 4
_AROUND = frozenset({"nav", "header", "footer", "aside", "form", "menu"})
_AROUND_NAME = re.compile(
    r"(^|[-_\s])(nav|navbar|menu|footer|breadcrumbs?|sidebar|cookie\w*|share|social|tags?|promo|sponsor\w*|advert\w*)($|[-_\s])",
    re.IGNORECASE,
)
_NO_ARTICLE = re.compile(
    r"/(tags?|topics?|categor(y|ies)|authors?|search|login|signin|register|subscribe|about|contacts?|privacy|terms"
    r"|page|feeds?|rss|wp-admin|cdn-cgi)(/|$)|\.(pdf|jpe?g|png|gif|mp[34]|zip|xml)$",
    re.IGNORECASE,
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")


@dataclass(frozen=True, slots=True)
class Headline:
    """A link as the page wrote it, the words on it, and the date beside it ("" where there is none)."""

    link: str
    title: str
    date: str


def headlines(tree: HtmlElement, url: str) -> list[Headline]:
    """The headlines of a page in its order; of several links to one address the one with most words."""
    blocks: dict[str, dict[str, HtmlElement]] = defaultdict(dict)
    best: dict[str, HtmlElement] = {}
    for anchor in _anchors(tree):
        address = canonical(anchor.get("href") or "", url)
        if not _leads_to_article(address, url) or not _is_headline(_title(anchor)) or _is_around(anchor):
            continue
        if address not in best or len(_title(anchor)) > len(_title(best[address])):
            best[address] = anchor
        blocks[_signature(anchor)].setdefault(address, anchor)
    repeated = {address for block in blocks.values() if len(block) >= _REPEATED for address in block}
    dates = dates_by_block(tree)
    return [
        Headline(address, _title(anchor), when(anchor, dates))
        for address, anchor in best.items()
        if address in repeated
    ]


Dates = Mapping[HtmlElement, list[str]]


def dates_by_block(tree: HtmlElement) -> Dates:
    """For each element the dates of the <time>s a few levels inside it, as attribute or as words."""
    found: dict[HtmlElement, list[str]] = defaultdict(list)
    for one in islice(tree.iter("time"), MOST_ANCHORS):
        date = one.get("datetime") or words(one, 100)
        for block in (one, *_above(one)):
            found[block].append(date)
    return found


def when(element: HtmlElement, dates: Dates) -> str:
    """The date of the smallest block around an element that has one; "" where a block has several."""
    for block in (element, *_above(element)):
        if block in dates:
            return dates[block][0] if len(dates[block]) == 1 else ""
    return ""


def same_site(address: str, url: str) -> bool:
    """Whether two addresses are of one host, not counting www."""
    return host_of(address).removeprefix("www.") == host_of(url).removeprefix("www.")


def _anchors(tree: HtmlElement) -> Iterator[HtmlElement]:
    return (anchor for anchor in islice(tree.iter("a"), MOST_ANCHORS) if anchor.get("href"))


def _leads_to_article(address: str, url: str) -> bool:
    if not address or not same_site(address, url) or address == canonical(url):
        return False
    path = urlsplit(address).path
    return bool(path.strip("/")) and not _NO_ARTICLE.search(path)


def _title(anchor: HtmlElement) -> str:
    """The heading inside a link, else all its words: a card's link also holds its summary."""
    inner = next((one for one in anchor.iter(*_HEADINGS)), anchor)
    return words(inner, TITLE_LIMIT)


def _is_headline(title: str) -> bool:
    return len(title) >= _SHORTEST and len(title.split()) >= _FEWEST_WORDS


def _is_around(anchor: HtmlElement) -> bool:
    """Whether a link belongs to the page's furniture."""
    for above in anchor.iterancestors():
        if above.tag in ("article", "main", "body"):
            return False
        if above.tag in _AROUND or _AROUND_NAME.search(_called(above)):
            return True
    return False


def _called(element: HtmlElement) -> str:
    return f"{(element.get('class') or '')[:200]} {(element.get('id') or '')[:100]}"


def _signature(anchor: HtmlElement) -> str:
    """How the blocks around a link are made: the same for every item of one list."""
    parts = [anchor.tag, *(f"{one.tag}.{(one.get('class') or '')[:200].split(' ')[0]}" for one in _above(anchor))]
    return ">".join(str(part) for part in parts)


def _above(element: HtmlElement) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    for above in element.iterancestors():
        if len(found) == _LEVELS or above.tag in ("body", "html"):
            break
        found.append(above)
    return found
