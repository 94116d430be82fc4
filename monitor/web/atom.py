"""Entries as an Atom feed (RFC 4287). Pure; hostile text stays text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from monitor.text.xmltext import legal

_SPACE = "http://www.w3.org/2005/Atom"
# Nobody can own this name, so nobody else makes names that begin so (RFC 4151, RFC 2606).
TAG = "tag:storywatch.invalid,2026:"
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `name` never changes, `url` and `page` may be "", `content` is plain text in lines and paragraphs."""

    name: str
    title: str
    published: datetime
    updated: datetime
    url: str
    page: str
    rules: tuple[str, ...]
    summary: str
    content: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands above the entries: its fixed name, its title, its own address and that of the screens."""

    name: str
    title: str
    address: str
    home: str


def atom(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """The whole document in UTF-8; the same entries always make the same bytes."""
    root = _head(feed, max((one.updated for one in entries), default=_START))
    for one in entries:
        _entry(root, one)
    return _written(root)


def streamed(feed: Feed, updated: datetime, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The document in parts, an entry at a time, however many there are."""
    head, _slash, end = _written(_head(feed, updated)).rpartition(b"</")
    yield head
    for one in entries:
        alone = ElementTree.Element("alone")
        _entry(alone, one)
        ElementTree.indent(alone, " ")
        entry: bytes = ElementTree.tostring(alone[0], "utf-8")
        yield b" " + entry.strip() + b"\n"
    yield b"</" + end


def _written(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root, " ")
    written: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _head(feed: Feed, updated: datetime) -> ElementTree.Element:
    root = ElementTree.Element("feed", {"xmlns": _SPACE})
    _add(root, "id", feed.name)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(updated))
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.home, "text/html")
    _add(_add(root, "author", ""), "name", "Storywatch")
    _add(root, "generator", "Storywatch")
    return root


def _entry(root: ElementTree.Element, one: Entry) -> None:
    entry = _add(root, "entry", "")
    _add(entry, "id", one.name)
    _add(entry, "title", legal(one.title).strip() or "Untitled")
    _add(entry, "published", _moment(one.published))
    _add(entry, "updated", _moment(one.updated))
    _link(entry, "alternate", one.url or one.page, "text/html")
    if one.url:
        _link(entry, "related", one.page, "text/html")
    for rule in one.rules:
        ElementTree.SubElement(entry, "category", {"term": legal(rule)})
    if one.summary:
        _add(entry, "summary", one.summary)
    _add(entry, "content", _markup(one.content)).set("type", "html")


def _add(parent: ElementTree.Element, tag: str, text: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, tag)
    made.text = legal(text)
    return made


def _link(parent: ElementTree.Element, rel: str, address: str, kind: str) -> None:
    if address:
        ElementTree.SubElement(parent, "link", {"rel": rel, "type": kind, "href": legal(address)})


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _markup(text: str) -> str:
    """Plain text as HTML: paragraphs and line ends are the only markup in it."""
    paragraphs = (html.escape(part.strip("\n")) for part in legal(text).split("\n\n"))
    return "".join("<p>" + part.replace("\n", "<br>") + "</p>" for part in paragraphs if part)
