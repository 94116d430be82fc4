"""JSON answers that are known by their shape: GDELT DOC 2.0 (mode=artlist), WordPress posts, JSON Feed."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from monitor.errors import ParseError
from monitor.model import Listing
from monitor.text import clean
from spiders.items import Feed, Item, entries
from spiders.kinds.contract import Polled
from spiders.languages import language_code
from spiders.parse import parse_feed
from spiders.sniff import kind_of

_EXPECTED = (
    "expected is a GDELT article list (mode=artlist&format=json), a list of WordPress posts (/wp-json/wp/v2/posts) "
    "or a JSON Feed"
)
_LANGUAGES = {
    "english": "en", "ukrainian": "uk", "russian": "ru", "german": "de", "french": "fr", "polish": "pl",
    "spanish": "es", "italian": "it", "turkish": "tr", "arabic": "ar", "chinese": "zh", "portuguese": "pt",
}  # fmt: skip
# GDELT writes headlines as a list of words, so every mark stands alone.
_LOOSE_MARK = re.compile(r"\s+([,.:;!?%)\]»”’])")
_LOOSE_OPENING = re.compile(r"([(\[«“])\s+")
_LOOSE_JOINT = re.compile(r"(?<=\w)\s+(['’-])\s+(?=\w)")


def read_api(polled: Polled) -> Listing:
    """Raises ParseError, saying what was expected, or what the service says went wrong."""
    found = _decoded(polled.body)
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        return parse_feed(polled.body, polled.source, polled.url, polled.content_type, polled.now, naive=polled.naive)
    items, dialect = _items(found, polled.url)
    listed, rejected = entries(Feed("", "", dialect, items), polled.source, polled.url, polled.now, naive=polled.naive)
    return Listing(listed, "", dialect, None, language_code([], polled.source.language), rejected)


def _items(found: Any, url: str) -> tuple[Iterable[Item], str]:
    if isinstance(found, dict) and isinstance(found.get("articles"), list):
        return [_gdelt(one) for one in found["articles"] if isinstance(one, dict)], "gdelt"
    if found == {} and "/api/v2/doc" in url:
        return [], "gdelt"
    if isinstance(found, list) and all(isinstance(one, dict) and "link" in one for one in found):
        return [_wordpress(one) for one in found], "wordpress"
    if isinstance(found, dict) and isinstance(found.get("message"), str):
        raise ParseError(f"the service answers: {clean(found['message'], 300)}")
    raise ParseError(f"JSON of another shape ({_shape(found)}); {_EXPECTED}")


def _decoded(body: bytes) -> Any:
    found = kind_of(body)
    if found != "JSON":
        words = f": {clean(body[:600].decode('utf-8', 'replace'), 200)}" if found == "plain text" else ""
        raise ParseError(f"{found}, not JSON{words}")
    try:
        return json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"broken JSON: {str(error)[:200]}") from error


def _gdelt(raw: dict[str, Any]) -> Item:
    """`seendate` is when GDELT saw the article, not when it was published: it dates nothing here."""
    title = _LOOSE_JOINT.sub(r"\1", _LOOSE_OPENING.sub(r"\1", _LOOSE_MARK.sub(r"\1", _text(raw.get("title")))))
    return Item(
        link=_text(raw.get("url")),
        title=html.escape(title, quote=False),
        language=_LANGUAGES.get(_text(raw.get("language")).lower(), ""),
    )


def _wordpress(raw: dict[str, Any]) -> Item:
    return Item(
        link=_text(raw.get("link")),
        guid=_rendered(raw.get("guid")) or _text(raw.get("id")),
        title=_rendered(raw.get("title")),
        summary=_rendered(raw.get("excerpt")),
        content=_rendered(raw.get("content")),
        published=_moment(raw, "date"),
        updated=_moment(raw, "modified"),
    )


def _moment(raw: dict[str, Any], name: str) -> str:
    """The date in UTC where it is given; the other one is the site's own wall clock."""
    gmt = _text(raw.get(f"{name}_gmt"))
    return f"{gmt}Z" if gmt and not gmt.endswith("Z") else gmt or _text(raw.get(name))


def _rendered(value: Any) -> str:
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _shape(found: Any) -> str:
    if isinstance(found, dict):
        names = ", ".join(clean(str(name), 30) for name in list(found)[:6])
        return f"an object with {names}" if names else "an empty object"
    return f"a list of {len(found)}" if isinstance(found, list) else f"one {type(found).__name__}"


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
