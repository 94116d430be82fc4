"""A fetched page into a Document. CPU and memory without a bound on hostile pages, so run it in the pool."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.errors import ParseError
from monitor.model import Document, Entry, Selectors, Source, TextMode
from monitor.text import clean
from monitor.urls import canonical, host_of
from spiders.bylines import author_name
from spiders.captions import apart, captions
from spiders.charset import decode
from spiders.dates import parse_date
from spiders.items import DATE_LIMIT, NAME_LIMIT, TITLE_LIMIT
from spiders.languages import language_code, language_of
from spiders.prose import TEXT_LIMIT, unfurnished
from spiders.selecting import selected_text, selected_title
from spiders.sniff import HTML, kind_of, looks_like
from spiders.structured import declared
from spiders.titles import page_title

HTML_LIMIT = 5 * 2**20
_SHORT = 250
_BODY_SHARE = 0.6
_SAME_SHARE = 0.9
_FEWEST_WORDS = 5
_SHELL_LENGTH = 600
_SHELL = re.compile(
    r"(enable|turn on|requires?|activate) javascript|javascript (is|must be) (disabled|enabled|required)"
    r"|verify (that )?you are (a )?human|checking your browser|(включите|увімкніть) javascript",
    re.IGNORECASE,
)
_SAME_DAY = timedelta(hours=36)


def extract(
    body: bytes,
    url: str,
    now: datetime,
    *,
    content_type: str = "",
    entry: Entry | None = None,
    source: Source | None = None,
    naive: tzinfo = UTC,
) -> Document:
    """The article on the page that was fetched from `url`. Raises ParseError with the cause when there is none.

    `method` names where the text comes from: selector, trafilatura, json-ld or trafilatura-full. Dates without a zone
    are read in `source.utc_offset`, else in `naive`.
    """
    tree = _tree(body[:HTML_LIMIT], content_type)
    said = declared(tree)
    select = source.select if source else Selectors()
    title = selected_title(tree, select.title) or page_title(tree, said) or (entry.title if entry else "")
    text, method = selected_text(tree, select.body), "selector"
    if not text:
        text, method = _article_text(tree, said.body, title)
    _refuse_unread(text, body)
    text, captioned = _with_captions(tree, text, said.captions, title)
    zone = timezone(source.utc_offset) if source and source.utc_offset is not None else naive
    raw, published = _published(said.published, entry, now, zone)
    spoken = language_code([*said.languages, entry.language if entry else ""], source.language if source else ())
    return Document(
        url=url,
        title=title or text.partition("\n")[0][:TITLE_LIMIT],
        text=text,
        author=author_name(said.author or (entry.author if entry else "") or _written_author(tree)),
        published=published,
        published_raw=raw,
        modified=next((when for one in said.modified if (when := parse_date(one, now, naive=zone))), None),
        language=language_of(text, spoken),
        site=clean(said.site, NAME_LIMIT),
        canonical=_canonical(said.addresses, url),
        paywalled=said.paywalled,
        method=method,
        captions=captioned,
    )


def from_entry(entry: Entry, source: Source, now: datetime) -> Document:
    """What a source itself listed, as a document; partial where only headline and summary are known.

    Raises ParseError for an entry without any words.
    """
    text = entry.text or entry.summary or entry.title
    if not text:
        raise ParseError("the source listed neither title nor text")
    enough = source.text is TextMode.FEED and bool(entry.summary)
    return Document(
        url=entry.url,
        title=entry.title or text.partition("\n")[0][:TITLE_LIMIT],
        text=text,
        author=entry.author,
        published=min(entry.published, now) if entry.published else None,
        published_raw=entry.published_raw,
        language=language_of(f"{entry.title}\n{text}", language_code([entry.language], source.language)),
        site=source.name,
        method="feed",
        partial=not entry.text and not enough,
    )


def _tree(body: bytes, content_type: str) -> HtmlElement:
    kind = kind_of(body)
    if kind not in (HTML, "plain text") and not kind.startswith("XML with"):
        raise ParseError(f"{kind}, not a page" if body.strip() else "an empty page")
    # Here and below, not at the top: the daemon names these readers, and its children, where they run, have it loaded.
    from trafilatura import load_html

    try:
        tree = load_html(decode(body, content_type))
    except Exception as error:
        raise _broken(error) from error
    if tree is None:
        raise ParseError(f"{kind}, but nothing in it can be read as HTML")
    return tree


def _article_text(tree: HtmlElement, declared_body: str, title: str) -> tuple[str, str]:
    """The text by the cheapest reader that finds enough of it, and that reader's name."""
    text, method = _trafilatura(tree, title, fast=True), "trafilatura"
    # In need trafilatura takes the declared body, too, but without its paragraphs.
    flat = "\n" not in text and "\n" in declared_body and len(declared_body) > _SAME_SHARE * len(text)
    if flat or len(text) < _BODY_SHARE * len(declared_body):
        text, method = declared_body, "json-ld"
    if len(text) < _SHORT:
        full = _trafilatura(tree, title, fast=False)
        if len(full) > len(text):
            return full, "trafilatura-full"
    return text, method


def _with_captions(tree: HtmlElement, text: str, said: Sequence[str], title: str) -> tuple[str, int]:
    """The text with its captions as last paragraphs, and how many characters at its end they are."""
    blocks = text.split("\n\n")
    kept, under = apart(blocks, captions(tree, blocks, said, title))
    if not kept or not under:
        return text, 0
    prose, whole = "\n\n".join(kept), "\n\n".join((*kept, *under))
    return whole, len(whole) - len(prose)


def _trafilatura(tree: HtmlElement, title: str, *, fast: bool) -> str:
    from trafilatura import extract as article_text

    try:
        text = article_text(tree, fast=fast, include_comments=False, include_tables=True) or ""
    except Exception as error:
        raise _broken(error) from error
    blocks = unfurnished(clean(text, TEXT_LIMIT, lines=True).split("\n"))
    if blocks and title and blocks[0].casefold() == title.casefold():
        del blocks[0]
    return "\n\n".join(blocks)


def _written_author(tree: HtmlElement) -> str:
    from trafilatura.metadata import extract_author

    try:
        return extract_author(tree) or ""
    except Exception as error:
        raise _broken(error) from error


def _broken(error: Exception) -> ParseError:
    """Somebody else's reader raised on a hostile page: any exception of it means the same."""
    return ParseError(f"the page breaks its reader: {type(error).__name__}: {str(error)[:200]}")


def _refuse_unread(text: str, body: bytes) -> None:
    if len(text) < _SHELL_LENGTH and _SHELL.search(text):
        raise ParseError("the page needs JavaScript or checks for robots; no article text in it")
    if len(text.split()) < _FEWEST_WORDS:
        raise ParseError(f"no article text found ({looks_like(body)})")


def _published(written: Sequence[str], entry: Entry | None, now: datetime, zone: tzinfo) -> tuple[str, datetime | None]:
    """The first readable date; where it names no time, a more exact one of the same day."""
    read = [(one, when) for one in written if (when := parse_date(one, now, naive=zone))]
    if entry and entry.published:
        read.append((entry.published_raw, min(entry.published, now)))
    if not read:
        return clean(next(iter(written), ""), DATE_LIMIT), None
    first = read[0][1]
    near = (one for one in read if ":" in one[0] and abs(one[1] - first) < _SAME_DAY)
    raw, when = next(near, read[0])
    return clean(raw, DATE_LIMIT), when


def _canonical(addresses: Sequence[str], url: str) -> str:
    """The page's own name for itself, believed only on its own site and where it is not merely the front page.

    A page without an address (a file) is believed.
    """
    for written in addresses:
        address = canonical(written, url)
        if address and not url:
            return address
        if address and _site(address) == _site(url) and (_path(address) or not _path(url)):
            return address
    return ""


def _site(url: str) -> str:
    return re.sub(r"^(www\d?|m|mobile|amp)\.", "", host_of(url))


def _path(url: str) -> str:
    return urlsplit(url).path.strip("/") + urlsplit(url).query
