"""Sitemaps: news sitemaps, plain ones, and indexes of them (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from lxml import etree

from monitor.errors import ParseError
from monitor.model import Child, Listing
from monitor.text import clean
from monitor.urls import canonical
from spiders.dates import parse_date
from spiders.items import DATE_LIMIT, Feed, Item, entries
from spiders.kinds.contract import Polled
from spiders.languages import language_code
from spiders.sniff import looks_like

SITEMAP_INDEX = "sitemap index"
MOST_URLS = 50_000
# A plain sitemap lists a whole site: only what changed lately is news, and without dates no more than this.
RECENT = timedelta(days=3)
MOST_UNDATED = 200
MOST_CHILDREN = 5
MOST_UNDATED_CHILDREN = 3
_GZIP = b"\x1f\x8b"
_MOST_MEMBERS = 100
_BARE = re.compile(rb"&(?!#?\w{1,32};)")
_NEWS_NAME = re.compile(r"news|latest|recent", re.IGNORECASE)
_Row = Mapping[str, str]


def read_sitemap(polled: Polled) -> Listing:
    """A sitemap's entries, or an index's children. Raises ParseError, saying what the bytes look like instead."""
    body = unpacked(polled.body, polled.limit)
    try:
        root, rows, broken = _parsed(body)
    except etree.LxmlError as error:
        raise ParseError(f"{looks_like(body)}, not a sitemap: {str(error)[:200]}") from error
    if root == "sitemapindex":
        return Listing((), dialect=SITEMAP_INDEX, rejected=broken, children=_children(rows, polled))
    if root != "urlset":
        raise ParseError(f"{looks_like(body)}, not a sitemap")
    items, dialect, left = _items(rows, polled)
    language = language_code([], polled.source.language)
    found, rejected = entries(Feed("", "", dialect, items), polled.source, polled.url, polled.now, naive=polled.naive)
    return Listing(found, "", dialect, None, language, (*rejected, *left, *broken))


def unpacked(body: bytes, limit: int, *, whole: bool = True) -> bytes:
    """The body, gunzipped where it is gzip. Raises ParseError above `limit` bytes, or gives its start, not `whole`."""
    parts: list[bytes] = []
    size, rest = 0, body
    while rest.startswith(_GZIP) and size <= limit and len(parts) < _MOST_MEMBERS:
        inflater = zlib.decompressobj(wbits=31)
        try:
            parts.append(inflater.decompress(rest, limit + 1 - size))
        except zlib.error as error:
            raise ParseError(f"broken gzip: {error}") from error
        size, rest = size + len(parts[-1]), inflater.unused_data
    if size > limit and whole:
        raise ParseError("unpacked it is larger than [fetch] max_body")
    return b"".join(parts) if parts else body


def changed_children(listed: Sequence[Child], known: Mapping[str, Child]) -> tuple[Child, ...]:
    """The children of an index worth asking, newest first, with the validators that are `known`, by address.

    Never an archive: only children that changed within a few days of the newest one, and not since they were read.
    Those without a date are asked each time, conditionally, few of them and those called news first.
    """
    dates = [child.changed for child in listed if child.changed]
    since = max(dates) - RECENT if dates else None
    due = [
        child
        for child in listed
        if child.changed and since and child.changed >= since and known.get(child.url, _NEVER).lastmod != child.lastmod
    ]
    due.sort(key=_when, reverse=True)
    undated = [child for child in listed if not child.changed]
    undated.sort(key=lambda child: not _NEWS_NAME.search(child.url))
    few = [known.get(child.url, child) for child in undated[:MOST_UNDATED_CHILDREN]]
    return (*few, *due)


_NEVER = Child("", "never read")


def _when(child: Child) -> float:
    return child.changed.timestamp() if child.changed else 0.0


def _parsed(body: bytes) -> tuple[str, list[_Row], tuple[str, ...]]:
    """The root's name, a row for each url or sitemap, and a word if the document breaks off or is no clean XML."""
    rows: list[_Row] = []
    try:
        return _rows(body, rows, recover=False), rows, ()
    except etree.XMLSyntaxError as error:
        # What libxml2 mends by itself it also spoils: a bare "&" would take the rest of an address with it.
        mended: list[_Row] = []
        root = _rows(_BARE.sub(b"&amp;", body), mended, recover=True)
        if not mended:
            raise
        return root, mended, (f"not well-formed: {str(error)[:200]}",)


def _rows(body: bytes, rows: list[_Row], *, recover: bool) -> str:
    events = etree.iterparse(
        io.BytesIO(body), events=("start", "end"), recover=recover, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root = ""
    for event, element in events:
        name = _name(element)
        if not root:
            root = name
            if element.getroottree().docinfo.doctype:
                raise ParseError("a document with a DTD of its own, not a sitemap")
            if root not in ("urlset", "sitemapindex"):
                return root
        elif event == "end" and name in ("url", "sitemap"):
            rows.append(dict(_fields(element)))
            element.clear()
            while (before := element.getprevious()) is not None:
                element.getparent().remove(before)
            if len(rows) >= MOST_URLS:
                break
    return root


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Name and text of what a url element holds: its own fields, and those of its news element as news:NAME."""
    for child in element:
        name = _name(child)
        if name == "news":
            yield "news:", ""
            for inner in child.iter():
                if len(inner) == 0:
                    yield f"news:{_name(inner)}", inner.text or ""
        elif name in ("loc", "lastmod"):
            yield name, (child.text or "").strip()


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _items(rows: Sequence[_Row], polled: Polled) -> tuple[list[Item], str, tuple[str, ...]]:
    """The rows that are news, what such a sitemap is called, and a word on those that are left out."""
    # Only what is younger than two days carries news: by Google's rule.
    news = [row for row in rows if "news:" in row]
    if news:
        return [_news(row) for row in news], "news sitemap", _left_out(len(rows) - len(news))
    dated = [(when, row) for row in rows if (when := _date(row, polled))]
    recent = [row for when, row in sorted(dated, key=lambda one: one[0], reverse=True) if when >= polled.now - RECENT]
    undated = [row for row in rows if not row.get("lastmod")]
    kept = [*recent, *undated[:MOST_UNDATED]]
    return [_plain(row) for row in kept], "sitemap", _left_out(len(rows) - len(kept))


def _left_out(count: int) -> tuple[str, ...]:
    return (f"{count} older pages left out",) if count else ()


def _date(row: _Row, polled: Polled) -> datetime | None:
    return parse_date(row.get("lastmod", ""), polled.now, naive=polled.naive)


def _news(row: _Row) -> Item:
    return Item(
        link=row.get("loc", ""),
        title=row.get("news:title", "") or _from_address(row.get("loc", "")),
        published=row.get("news:publication_date", ""),
        updated=row.get("lastmod", ""),
        language=row.get("news:language", ""),
    )


def _plain(row: _Row) -> Item:
    address = row.get("loc", "")
    return Item(link=address, title=_from_address(address), updated=row.get("lastmod", ""))


def _from_address(address: str) -> str:
    """The words of an address, for `only` to look at until the page tells its title."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return ""
    name = path.rstrip("/").rpartition("/")[2].rpartition(".")
    words = re.split(r"[-_+\s]+", name[0] or name[2])
    return " ".join(word for word in words if word)


def _children(rows: Sequence[_Row], polled: Polled) -> tuple[Child, ...]:
    found = ((canonical(row.get("loc", ""), polled.url), row) for row in rows)
    return tuple(
        Child(address, clean(row.get("lastmod", ""), DATE_LIMIT), changed=_date(row, polled))
        for address, row in found
        if address
    )
