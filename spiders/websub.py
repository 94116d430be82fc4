"""Which hub a listing names (W3C WebSub, section 4). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urljoin, urlsplit

from monitor.model import Hub
from monitor.urls import MAX_LENGTH

_HEADER_LIMIT = 4_000
_LINK = re.compile(
    r"<([^<>]{1,2000})>((?:\s{0,9};\s{0,9}[\w!#$&+.^`|~*-]{1,40}\s{0,9}(?:=\s{0,9}(?:\"[^\"]{0,500}\"|[^\s\",;]{1,500}))?)*)"
)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\x21-\x7e]")


def named_hub(links: Iterable[tuple[str, str]], base: str) -> Hub:
    """The first hub that can be asked, and the first "self", out of (relation, address) pairs; "" where there is none.

    An address stays byte for byte as written, because the hub knows the topic by exactly these bytes.
    """
    hub = topic = ""
    for relation, address in links:
        names = relation.lower().split()
        if not hub and "hub" in names:
            hub = _absolute(address, base)
        if not topic and "self" in names:
            topic = _absolute(address, base)
    return Hub(hub, topic)


def header_links(value: str) -> tuple[tuple[str, str], ...]:
    """The (relation, address) pairs of a Link header (RFC 8288)."""
    found = []
    for address, parameters in _LINK.findall(value[:_HEADER_LIMIT]):
        relation = _REL.search(parameters)
        if relation is not None:
            found.append((relation[1] or relation[2] or "", address.strip()))
    return tuple(found)


def offered_hub(headers: Mapping[str, str], listed: Hub, url: str) -> Hub:
    """The hub of a fetched listing: headers first, then body. Without a "self" its own address is the topic."""
    by_header = named_hub(header_links(headers.get("link", "")), url)
    hub = by_header.url or listed.url
    return Hub(hub, by_header.topic or listed.topic or url) if hub else Hub()


def _absolute(address: str, base: str) -> str:
    try:
        url = urljoin(base, address.strip()) if address.strip() else ""
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    plain = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    return url if plain and len(url) <= MAX_LENGTH and not _UNSAFE.search(url) else ""
