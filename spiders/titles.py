"""The headline of a page, without the name of its site. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from monitor.text import clean
from spiders.items import TITLE_LIMIT
from spiders.structured import Declared

_SUFFIX = re.compile(r"(?P<title>.*\S)(?:\s+[|•·—–-]|\s*[|»])\s+(?P<site>[^|•·»]{2,60})\Z")
_LONGEST_SITE = 5
_SHORTEST_TITLE = 15
_CUT = ("…", "...")


def page_title(tree: HtmlElement, said: Declared) -> str:
    """The declared headline, else the first <h1>, else <title>; "" when the page has none."""
    candidates = [without_site(title, said.site) for title in said.titles]
    candidates += [clean(title, TITLE_LIMIT) for title in _headings(tree)]
    candidates += [_without_any_site(clean(title, TITLE_LIMIT)) for title in _texts(tree, "title")]
    titles = [title for title in candidates if title and title.casefold() != said.site.casefold()]
    if not titles:
        return ""
    if titles[0].endswith(_CUT):
        stem = titles[0].rstrip("….")
        return next((title for title in titles[1:] if title.startswith(stem) and not title.endswith(_CUT)), titles[0])
    return titles[0]


def without_site(title: str, site: str) -> str:
    """The title without a trailing " | Site", " - Site" of exactly this site."""
    text = clean(title, TITLE_LIMIT)
    suffix = _SUFFIX.match(text)
    if suffix and site and suffix["site"].strip().casefold() == site.casefold():
        return suffix["title"]
    return text


def _without_any_site(title: str) -> str:
    suffix = _SUFFIX.match(title)
    if suffix and len(suffix["title"]) >= _SHORTEST_TITLE and len(suffix["site"].split()) <= _LONGEST_SITE:
        return suffix["title"]
    return title


def _headings(tree: HtmlElement) -> list[str]:
    """The texts of <h1>, those inside the article first: a site's logo is often one, too."""
    headings = sorted(tree.iter("h1"), key=lambda one: next(one.iterancestors("article", "main"), None) is None)
    return [" ".join(one.itertext()) for one in headings[:3]]


def _texts(tree: HtmlElement, tag: str) -> Iterator[str]:
    return (" ".join(one.itertext()) for one in tree.iter(tag))
