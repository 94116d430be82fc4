"""What a page says of itself for machines: JSON-LD, OpenGraph, meta elements, <time>. Nothing is judged here."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from monitor.text import plain
from spiders.prose import paragraphs

_MOST_SCRIPTS = 40
_SCRIPT_LIMIT = 1_000_000
_MOST_NODES = 2_000
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?://\s*)?(?:\]\]>|-->)\s*$")
_ARTICLE = re.compile(r"(\w*Article|\w*BlogPosting|SocialMediaPosting|Report|Review)\Z")
# Names of meta elements, best first.
_PUBLISHED = """
article:published_time og:article:published_time datepublished date_published parsely-pub-date sailthru.date
dc.date.issued dcterms.issued dcterms.created dc.date.created dc.date pubdate publish-date publishdate publish_date
publication_date article.published article:published pdate mediator_published_time cxenseparse:recs:publishtime og:pubdate date
"""
_MODIFIED = "article:modified_time og:article:modified_time article:modified datemodified og:updated_time dcterms.modified lastmod"
_AUTHORS = "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl article.author"
_SITES = "og:site_name application-name"
# Names of classes: "publish-date", "entry-date", "article__date", "story-timestamp".
_DATELINE = re.compile(
    r"(?:^|[\s_-])(?:publish[\w-]{0,12}|(?:entry|article|story|post|byline|content)[\w-]{0,12}(?:date|time)\w{0,8})(?:\s|$)",
    re.IGNORECASE,
)
_DATELINE_LENGTH = 80
_FEW_CHILDREN = 4
_FALSE = ("false", "http://schema.org/false", "https://schema.org/false")


@dataclass(frozen=True, slots=True)
class Declared:
    """A page's own claims, best first, as written except that texts are plain. `body` has paragraphs."""

    titles: tuple[str, ...] = ()
    body: str = ""
    author: str = ""
    published: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    site: str = ""
    paywalled: bool = False


def declared(tree: HtmlElement) -> Declared:
    """Read everything that a page declares about its article."""
    nodes = tuple(_nodes(tree))
    article, page = _article(nodes), _of_type(nodes, "WebPage")
    metas = _metas(tree)
    both = (article, page)
    return Declared(
        titles=_kept(plain(_text(article.get("headline"))), *map(plain, metas.get("og:title", ()))),
        body=_body(article.get("articleBody")),
        author=_author(article, nodes, metas),
        published=_kept(
            *(_text(node.get("datePublished")) for node in both),
            *_of(metas, _PUBLISHED),
            *_times(tree),
            *_datelines(tree),
        ),
        modified=_kept(*(_text(node.get("dateModified")) for node in both), *_of(metas, _MODIFIED)),
        addresses=_kept(*_links(tree), *metas.get("og:url", ()), _text(article.get("url"))),
        languages=_kept(*_languages(tree, both, metas)),
        site=next((name for name in _sites(article, nodes, metas) if name and "://" not in name), ""),
        paywalled=_paywalled(article, metas),
    )


def _nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """All JSON-LD nodes of the page that stand at the top, in a graph or as the main thing of another."""
    waiting: list[Any] = [_decoded(script.text or "") for script in _scripts(tree)]
    seen = 0
    while waiting and seen < _MOST_NODES:
        value = waiting.pop(0)
        seen += 1
        if isinstance(value, list):
            waiting[:0] = value[:_MOST_NODES]
        elif isinstance(value, dict):
            yield value
            inner = (value.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage"))
            waiting.extend(part for part in inner if isinstance(part, dict | list))


def _scripts(tree: HtmlElement) -> list[HtmlElement]:
    scripts = [one for one in tree.iter("script") if "ld+json" in (one.get("type") or "").lower()]
    return scripts[:_MOST_SCRIPTS]


def _decoded(text: str) -> Any:
    """The value of one script: control characters, comment and CDATA wrapping and escaped quotes are forgiven."""
    text = _WRAPPING.sub("", text[:_SCRIPT_LIMIT]).strip()
    for attempt in (text, html.unescape(text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _types(node: Mapping[str, Any]) -> list[str]:
    declared_types = node.get("@type")
    values = declared_types if isinstance(declared_types, list) else [declared_types]
    return [str(value).rpartition("/")[2] for value in values]


def _article(nodes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The fullest article node: some pages declare a stub beside the real one."""
    articles = [node for node in nodes if any(_ARTICLE.match(kind) for kind in _types(node))]
    keys = ("headline", "datePublished", "author", "articleBody")
    return max(articles, key=lambda node: sum(bool(node.get(key)) for key in keys), default={})


def _of_type(nodes: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    return next((node for node in nodes if kind in _types(node)), {})


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    """The contents of meta elements by their lower-case name, property or itemprop."""
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        for key in ("property", "name", "itemprop", "http-equiv"):
            for name in (meta.get(key) or "").lower().split() if content else ():
                found.setdefault(name, []).append(content[:2_000])
    return found


def _of(metas: Mapping[str, Sequence[str]], names: str) -> list[str]:
    return [value for name in names.split() for value in metas.get(name, ())]


def _times(tree: HtmlElement) -> list[str]:
    """The moments of <time> elements: marked as the publication, else first in the article, else the only one."""
    times = [one for one in tree.iter("time") if one.get("datetime")]
    marks = [" ".join(one.get(key) or "" for key in ("itemprop", "class", "pubdate")).lower() for one in times]
    marked = [one for one, mark in zip(times, marks, strict=True) if "publish" in mark or "pubdate" in mark]
    inside = [one for one in times if next(one.iterancestors("article", "main"), None) is not None]
    moments = [str(one.get("datetime")) for one in (marked[:1] + inside[:1] or times)]
    return moments if marked or inside or len(set(moments)) == 1 else []


def _datelines(tree: HtmlElement) -> list[str]:
    """The short texts of elements that are called the article's date; only for pages that declare none to machines."""
    found = (one for one in tree.iter("span", "div", "p", "time", "li") if _DATELINE.search(one.get("class") or ""))
    texts = (" ".join(one.itertext()) for one in itertools.islice(found, _MOST_SCRIPTS) if len(one) <= _FEW_CHILDREN)
    return [text.strip() for text in texts if 0 < len(text.strip()) <= _DATELINE_LENGTH][:1]


def _links(tree: HtmlElement) -> list[str]:
    return [link.get("href") or "" for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]


def _languages(
    tree: HtmlElement, nodes: Sequence[Mapping[str, Any]], metas: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    root = tree if tree.tag == "html" else tree.getroottree().getroot()
    yield root.get("lang") or root.get("xml:lang") or ""
    for node in nodes:
        spoken = node.get("inLanguage")
        yield _text(spoken.get("alternateName")) if isinstance(spoken, dict) else _text(spoken)
    yield from _of(metas, "og:locale content-language dc.language language")


def _author(article: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], metas: Mapping[str, Sequence[str]]) -> str:
    listed = article.get("author") or article.get("creator")
    people = listed if isinstance(listed, list) else [listed]
    names = [_name(person, nodes) for person in people[:20]]
    written = [plain(value) for value in _of(metas, _AUTHORS) if "://" not in value]
    return ", ".join(_kept(*names) or _kept(*written)[:1])


def _sites(
    article: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], metas: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield from map(plain, _of(metas, _SITES))
    yield _name(article.get("publisher"), nodes)


def _name(value: Any, nodes: Sequence[Mapping[str, Any]]) -> str:
    """The name of a person or organisation: a node, a plain name, or a reference to another node."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return "" if "://" in value else plain(value)
    if not isinstance(value, dict):
        return ""
    if "name" not in value and "@id" in value:
        value = next((node for node in nodes if node.get("@id") == value["@id"] and "name" in node), value)
    name = value.get("name")
    return ", ".join(map(_text, name)) if isinstance(name, list) else plain(_text(name))


def _body(value: Any) -> str:
    text = "\n\n".join(map(_text, value)) if isinstance(value, list) else _text(value)
    if "&lt;" in text:
        text = html.unescape(text)
    if "\n\n" not in text and "<" not in text:
        text = text.replace("\n", "\n\n")
    return paragraphs(text)


def _paywalled(article: Mapping[str, Any], metas: Mapping[str, Sequence[str]]) -> bool:
    free = article.get("isAccessibleForFree")
    if free is None:
        parts = article.get("hasPart")
        listed = parts if isinstance(parts, list) else [parts]
        free = next((part.get("isAccessibleForFree") for part in listed if isinstance(part, dict)), None)
    return str(free).lower() in _FALSE or "locked" in metas.get("article:content_tier", ())


def _text(value: Any) -> str:
    """A string value; of a list or a value object ({"@value": ...}) the first string."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value", "")
    return value.strip() if isinstance(value, str) else ""


def _kept(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
