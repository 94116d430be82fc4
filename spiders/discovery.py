"""The feeds that a web page names (<link rel="alternate">)."""

from __future__ import annotations

from monitor.errors import ParseError
from monitor.urls import canonical
from spiders.kinds.markup import page_tree

MOST_FEEDS = 20
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})


def feed_links(body: bytes, url: str, content_type: str) -> tuple[str, ...]:
    """Their addresses in the order of the page, those of comments last."""
    try:
        tree = page_tree(body, content_type)
    except ParseError:
        return ()
    found: list[str] = []
    for link in tree.iter("link"):
        named = "alternate" in (link.get("rel") or "").lower().split()
        if named and (link.get("type") or "").split(";")[0].strip().lower() in _TYPES:
            found.append(canonical(link.get("href") or "", url))
    feeds = [one for one in dict.fromkeys(found) if one][:MOST_FEEDS]
    return tuple(sorted(feeds, key=lambda one: "comments" in one))
