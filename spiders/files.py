"""Articles as files: text, Markdown and HTML into Documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from monitor.errors import ParseError
from monitor.model import Document
from monitor.text import clean, sentences
from monitor.urls import canonical
from spiders.bylines import author_name, leading_date, read_byline
from spiders.charset import decode
from spiders.dates import parse_date
from spiders.extract import extract
from spiders.items import TITLE_LIMIT
from spiders.languages import language_code, language_of
from spiders.markdown import read_markdown
from spiders.prose import TEXT_LIMIT, unfurnished
from spiders.sniff import HTML, kind_of

_HEADLINE_LENGTH = 160
_CUT_TITLE = 110
_WRAP_WIDTH = 90
_BYLINE_BLOCKS = 5
_HTML_NAMES = (".html", ".htm", ".xhtml")
_SENTENCE_END = re.compile(r"[.…:;,]$|[.!?…][\"'”’»)\]]*$")
_HARD_END = re.compile(r"(?<!\.)\.$|[:;,]$")


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the text of a file."""

    title: str = ""
    author: str = ""
    published: datetime | None = None


def document_from_file(name: str, data: bytes, now: datetime, *, url: str = "") -> Document:
    """The article in a .txt, .md or .html file; other names are judged by their bytes. Raises ParseError.

    `url` is where the file came from; without one a page's own address is taken.
    """
    suffix = PurePath(name).suffix.lower()
    kind = kind_of(data)
    if suffix in _HTML_NAMES or (suffix not in (".txt", ".md", ".markdown") and kind == HTML):
        document = extract(data, url, now)
        return document if url else replace(document, url=document.canonical)
    if not data.strip() or "binary" in kind or kind.startswith(("a PDF", "a picture", "a zip", "compressed")):
        raise ParseError(f"{kind}, not a text")
    text = clean(decode(data), TEXT_LIMIT, lines=True)
    if suffix in (".md", ".markdown"):
        return _from_markdown(text, now, url)
    return _document(_Head(), _blocks(text), now, url, "text")


def _from_markdown(text: str, now: datetime, url: str) -> Document:
    fields, body = read_markdown(text)
    head = _Head(
        title=clean(fields.get("title", ""), TITLE_LIMIT),
        author=author_name(fields.get("author", "") or fields.get("authors", "")),
        published=parse_date(fields.get("date", "") or fields.get("published", ""), now),
    )
    address = url or canonical(fields.get("url", "") or fields.get("source", "") or fields.get("canonical", ""))
    document = _document(head, _blocks(body), now, address, "markdown")
    declared = language_code([fields.get("lang", ""), fields.get("language", "")])
    return replace(document, language=language_of(document.text, declared))


def _document(head: _Head, blocks: Sequence[str], now: datetime, url: str, method: str) -> Document:
    head, rest = _read_head(head, unfurnished(blocks), now)
    text = "\n\n".join(rest)
    if not text and not head.title:
        raise ParseError("no text in it")
    return Document(
        url=url,
        title=head.title or _title_of(text),
        text=text or head.title,
        author=head.author,
        published=head.published,
        language=language_of(text, ""),
        method=method,
    )


def _read_head(head: _Head, blocks: Sequence[str], now: datetime) -> tuple[_Head, list[str]]:
    """Take title, repeated title, byline and date off the top of the blocks."""
    rest = list(blocks)
    if rest:
        stamp, rest[0] = leading_date(rest[0], now)
        head = replace(head, published=head.published or stamp)
    if rest and not head.title and is_headline(rest[0]):
        head = replace(head, title=rest.pop(0))
    while rest and head.title and rest[0].casefold() == head.title.casefold():
        del rest[0]
    for number, block in reversed(list(enumerate(rest[:_BYLINE_BLOCKS]))):
        if byline := read_byline(block, now):
            head = replace(head, author=byline.author or head.author, published=head.published or byline.published)
            del rest[number]
    return head, rest


def is_headline(line: str) -> bool:
    """Does this first line read like a headline: two words or more, short, and without a full stop?"""
    return len(line.split()) > 1 and len(line) <= _HEADLINE_LENGTH and not _HARD_END.search(line)


def _title_of(text: str) -> str:
    """The first sentence, cut between words where it is long."""
    start, end = sentences(text[:2_000])[0]
    sentence = " ".join(text[start:end].split())
    if len(sentence) <= _CUT_TITLE:
        return sentence.rstrip(".")
    return sentence[:_CUT_TITLE].rpartition(" ")[0].rstrip(" ,;:–—-") + "…"


def _blocks(text: str) -> list[str]:
    """The paragraphs of a text: blank lines part them, and line ends do, unless the lines are merely wrapped."""
    found: list[str] = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line]
        found.extend([" ".join(lines)] if _wrapped(lines) else lines)
    return found


def _wrapped(lines: Sequence[str]) -> bool:
    """Are these lines one paragraph, broken at some width?"""
    inner = lines[:-1]
    if not inner or max(map(len, lines)) > _WRAP_WIDTH:
        return False
    ended = sum(bool(_SENTENCE_END.search(line)) for line in inner)
    return 2 * ended <= len(inner) and sum(map(len, inner)) >= len(inner) * _WRAP_WIDTH // 2
