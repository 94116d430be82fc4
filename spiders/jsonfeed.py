"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read forgivingly. Pure."""

from __future__ import annotations

import html
import json
from typing import Any

from monitor.errors import ParseError
from spiders.items import Feed, Item


def read_json_feed(body: bytes) -> Feed:
    """Raises ParseError when this is no JSON, or JSON without a list of items."""
    feed = _decoded(body)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise ParseError("JSON, but no JSON Feed: it has no list of items")
    version = _text(feed.get("version")).rpartition("/")[2]
    items = (_item(raw) for raw in feed["items"] if isinstance(raw, dict))
    dialect = f"json {version}".strip()
    return Feed(_text(feed.get("title")), _text(feed.get("language")), dialect, items, links=_links(feed))


def _links(feed: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Its hubs, of which there are other kinds than WebSub, and its own address."""
    listed = feed.get("hubs")
    hubs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = [("hub", _text(one.get("url"))) for one in hubs if _text(one.get("type")).lower() == "websub"]
    return (*found, ("self", _text(feed.get("feed_url"))))


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"broken JSON: {str(error)[:200]}") from error


def _item(raw: dict[str, Any]) -> Item:
    content = _text(raw.get("content_html")) or _escaped(raw.get("content_text"))
    return Item(
        link=_text(raw.get("url")) or _text(raw.get("external_url")),
        guid=_text(raw.get("id")),
        title=_escaped(raw.get("title")),
        summary=_escaped(raw.get("summary")),
        content=content,
        author=_escaped(_authors(raw)),
        published=_text(raw.get("date_published")),
        updated=_text(raw.get("date_modified")),
        language=_text(raw.get("language")),
    )


def _authors(raw: dict[str, Any]) -> str:
    listed = raw.get("authors")
    people = listed if isinstance(listed, list) else [raw.get("author")]
    names = [_text(person.get("name")) for person in people if isinstance(person, dict)]
    return ", ".join(name for name in names if name)


def _text(value: Any) -> str:
    """A string, or a number where a string belongs; anything else is nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _escaped(value: Any) -> str:
    """Plain text as the markup that every item field is."""
    return html.escape(_text(value), quote=False)
