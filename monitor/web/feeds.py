"""Lists as RSS 2.0, for feed readers: the permalink of a row is its guid, no text of others beyond headlines."""

from __future__ import annotations

import html
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from monitor.text.xmltext import legal

_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Item:
    """A row in a feed. `path` is its page of ours, `moment` when it came (ISO 8601), `text` a line or two about it.

    `article`: the article (a12) whose headline the title is, where the page is not its own.
    """

    path: str
    title: str
    moment: str
    text: str = ""
    categories: tuple[str, ...] = ()
    article: str = ""


def rss(title: str, home: str, page: str, itself: str, items: Sequence[Item]) -> bytes:
    """A feed. `home` is where the screens are (https://host), `page` and `itself` paths there."""
    ElementTree.register_namespace("atom", _ATOM)
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    _put(channel, "title", title)
    _put(channel, "link", home + page)
    _put(channel, "description", title)
    link = {"href": legal(home + itself), "rel": "self", "type": "application/rss+xml"}
    ElementTree.SubElement(channel, f"{{{_ATOM}}}link", link)
    _put(channel, "generator", "Storywatch")
    moments = [one.moment for one in items if one.moment]
    if moments:
        _put(channel, "lastBuildDate", _date(max(moments)))
    for one in items:
        _add(channel, home, one)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _add(channel: ElementTree.Element, home: str, one: Item) -> None:
    item = ElementTree.SubElement(channel, "item")
    _put(item, "title", one.title or "Untitled")
    _put(item, "link", home + one.path)
    _put(item, "guid", home + one.path).set("isPermaLink", "true")
    if one.moment:
        _put(item, "pubDate", _date(one.moment))
    if one.text:
        # Readers take a description for HTML.
        _put(item, "description", html.escape(one.text))
    for category in one.categories:
        _put(item, "category", category)


def _put(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = legal(text)
    return child


def _date(moment: str) -> str:
    return format_datetime(datetime.fromisoformat(moment))
