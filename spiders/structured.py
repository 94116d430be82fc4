"""What a page says of itself for machines: JSON-LD, OpenGraph, meta elements, <time>. Nothing is judged here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from monitor.text import plain
from spiders.jsonld import Node, article_of, body_of, captions_of, name_of, node_of, nodes_of, text_of

_MOST_DATELINES = 40
# Names of meta elements, best first.
_PUBLISHED = """
article:published_time og:article:published_time datepublished date_published parsely-pub-date sailthru.date
dc.date.issued dcterms.issued dcterms.created dc.date.created dc.date pubdate publish-date publishdate publish_date
publication_date article.published article:published pdate mediator_published_time
cxenseparse:recs:publishtime og:pubdate date
"""
_MODIFIED = """
article:modified_time og:article:modified_time article:modified datemodified og:updated_time dcterms.modified lastmod
"""
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
    captions: tuple[str, ...] = ()


def declared(tree: HtmlElement) -> Declared:
    """Read everything that a page declares about its article."""
    nodes = tuple(nodes_of(tree))
    article, page = article_of(nodes), node_of(nodes, "WebPage")
    metas = _metas(tree)
    both = (article, page)
    published = _kept(*(text_of(node.get("datePublished")) for node in both), *_of(metas, _PUBLISHED), *_times(tree))
    return Declared(
        titles=_kept(plain(text_of(article.get("headline"))), *map(plain, metas.get("og:title", ()))),
        body=body_of(article.get("articleBody")),
        author=_author(article, nodes, metas),
        published=published or tuple(_datelines(tree)),
        modified=_kept(*(text_of(node.get("dateModified")) for node in both), *_of(metas, _MODIFIED)),
        addresses=_kept(*_links(tree), *metas.get("og:url", ()), text_of(article.get("url"))),
        languages=_kept(*_languages(tree, both, metas)),
        site=next((name for name in _sites(article, nodes, metas) if name and "://" not in name), ""),
        paywalled=_paywalled(article, metas),
        captions=_kept(*captions_of(article.get("image"), nodes)),
    )


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
    texts = (" ".join(one.itertext()) for one in itertools.islice(found, _MOST_DATELINES) if len(one) <= _FEW_CHILDREN)
    return [text.strip() for text in texts if 0 < len(text.strip()) <= _DATELINE_LENGTH][:1]


def _links(tree: HtmlElement) -> list[str]:
    return [link.get("href") or "" for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]


def _languages(tree: HtmlElement, nodes: Sequence[Node], metas: Mapping[str, Sequence[str]]) -> Iterator[str]:
    root = tree if tree.tag == "html" else tree.getroottree().getroot()
    yield root.get("lang") or root.get("xml:lang") or ""
    for node in nodes:
        spoken = node.get("inLanguage")
        yield text_of(spoken.get("alternateName")) if isinstance(spoken, dict) else text_of(spoken)
    yield from _of(metas, "og:locale content-language dc.language language")


def _author(article: Node, nodes: Sequence[Node], metas: Mapping[str, Sequence[str]]) -> str:
    listed = article.get("author") or article.get("creator")
    people = listed if isinstance(listed, list) else [listed]
    names = [name_of(person, nodes) for person in people[:20]]
    written = [plain(value) for value in _of(metas, _AUTHORS) if "://" not in value]
    return ", ".join(_kept(*names) or _kept(*written)[:1])


def _sites(article: Node, nodes: Sequence[Node], metas: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from map(plain, _of(metas, _SITES))
    yield name_of(article.get("publisher"), nodes)


def _paywalled(article: Node, metas: Mapping[str, Sequence[str]]) -> bool:
    free = article.get("isAccessibleForFree")
    if free is None:
        parts = article.get("hasPart")
        listed = parts if isinstance(parts, list) else [parts]
        free = next((part.get("isAccessibleForFree") for part in listed if isinstance(part, dict)), None)
    return str(free).lower() in _FALSE or "locked" in metas.get("article:content_tier", ())


def _kept(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
