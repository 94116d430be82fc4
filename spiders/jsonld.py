"""JSON-LD: the nodes that a page carries, and what stands in them. Pages write it in every wrong way there is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml.html import HtmlElement

from monitor.text import plain
from spiders.prose import paragraphs

Node = Mapping[str, Any]

_MOST_SCRIPTS = 40
_SCRIPT_LIMIT = 1_000_000
_MOST_NODES = 2_000
_MOST_PICTURES = 20
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?://\s*)?(?:\]\]>|-->)\s*$")
_ARTICLE = re.compile(r"(\w*Article|\w*BlogPosting|SocialMediaPosting|Report|Review)\Z")


def nodes_of(tree: HtmlElement) -> Iterator[Node]:
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


def _types(node: Node) -> list[str]:
    declared_types = node.get("@type")
    values = declared_types if isinstance(declared_types, list) else [declared_types]
    return [str(value).rpartition("/")[2] for value in values]


def article_of(nodes: Sequence[Node]) -> Node:
    """The fullest article node: some pages declare a stub beside the real one."""
    articles = [node for node in nodes if any(_ARTICLE.match(kind) for kind in _types(node))]
    keys = ("headline", "datePublished", "author", "articleBody")
    return max(articles, key=lambda node: sum(bool(node.get(key)) for key in keys), default={})


def node_of(nodes: Sequence[Node], kind: str) -> Node:
    return next((node for node in nodes if kind in _types(node)), {})


def body_of(value: Any) -> str:
    text = "\n\n".join(map(text_of, value)) if isinstance(value, list) else text_of(value)
    if "&lt;" in text:
        text = html.unescape(text)
    if "\n\n" not in text and "<" not in text:
        text = text.replace("\n", "\n\n")
    return paragraphs(text)


def name_of(value: Any, nodes: Sequence[Node]) -> str:
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
    return ", ".join(map(text_of, name)) if isinstance(name, list) else plain(text_of(name))


def captions_of(value: Any, nodes: Sequence[Node]) -> Iterator[str]:
    """The captions of pictures: nodes or references to other nodes."""
    for picture in value[:_MOST_PICTURES] if isinstance(value, list) else [value]:
        if isinstance(picture, dict):
            wanted = picture.get("@id") if "caption" not in picture else None
            whole = next(
                (node for node in nodes if wanted and node.get("@id") == wanted and "caption" in node), picture
            )
            yield plain(text_of(whole.get("caption")))


def text_of(value: Any) -> str:
    """A string value; of a list or a value object ({"@value": ...}) the first string."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value", "")
    return value.strip() if isinstance(value, str) else ""
