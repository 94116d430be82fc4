"""What bytes look like when they are not what was asked for, in words for a person. Pure."""

from __future__ import annotations

import re

HEAD = 4_096
HTML = "an HTML page"
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed bytes (gzip)"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "compressed bytes (zstd)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"\x00\x00\x00", "a film or other binary data"),
)
_ROOTS = {
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap index",
    "opml": "an OPML list",
    "rss": "a feed",
    "feed": "a feed",
    "rdf": "a feed",
    "svg": "a picture",
}
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]{1,40}:)?([\w.-]{1,40})")
_PREAMBLE = re.compile(rb"\A(?:\s|<\?[^>]*>|<!--.*?-->|<!(?!--)[^>]*>)*", re.DOTALL)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<meta\s|<title[\s>]", re.IGNORECASE)
_CHECKS = (
    b"cf-chl", b"cf_chl", b"challenge-platform", b"just a moment", b"captcha-delivery", b"_incapsula_", b"ddos-guard",
    b"verify you are human", b"are you a robot", b"checking your browser",
)  # fmt: skip
_LOGIN = re.compile(rb"<input[^>]{0,300}type\s*=\s*[\"']?password")


def looks_like(body: bytes) -> str:
    """Name what these bytes are, as `kind_of` does, and what an HTML page is for if it is no article."""
    kind = kind_of(body)
    if kind != HTML:
        return kind
    head = body[: 16 * HEAD].lower()
    if any(check in head for check in _CHECKS):
        return "a page that checks for robots"
    return "a login page" if _LOGIN.search(head) else kind


def kind_of(body: bytes) -> str:
    """Name what these bytes begin as: "an HTML page", "a sitemap", "a PDF", "nothing (an empty answer)"..."""
    start = body[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "nothing (an empty answer)"
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    if start[:1] in (b"{", b"["):
        return "JSON"
    root = _root(start)
    if root in _ROOTS:
        return _ROOTS[root]
    if _HTML.search(start):
        return HTML
    if start.startswith(b"<?xml") or (root and start.startswith(b"<")):
        return f"XML with the root <{root}>" if root else "XML without an element"
    return "binary data" if is_binary(start) else "plain text"


def is_binary(start: bytes) -> bool:
    """Do these bytes hold control characters that no text has? UTF-16 and UTF-32 with a mark do not count."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    return sum(byte < 9 or 13 < byte < 27 for byte in start) * 50 > len(start)


def _root(start: bytes) -> str:
    preamble = _PREAMBLE.match(start)
    found = _ROOT.match(start, preamble.end() if preamble else 0)
    return found[1].decode("ascii", "replace").lower() if found else ""
