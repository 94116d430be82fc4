"""How to cite an article: plainly, for BibTeX, in Markdown, and where the Internet Archive would have it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.wording import link
from monitor.model import Version

_BIBTEX = re.compile(r"([\\{}$&#%_^~])")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!])")
_BIB_WORDS = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


@dataclass(frozen=True, slots=True)
class Citation:
    """`name` is what it is called on a button."""

    name: str
    text: str


def citations(number: int, version: Version, outlet: str, published: datetime | None) -> list[Citation]:
    """The newest state that was seen of an article, or an earlier one, in three forms."""
    document, seen = version.document, f"{version.first_seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    title, url = _flat(document.title) or "Untitled", link(document.url)
    day = "" if published is None else f"{published.astimezone(UTC):%Y-%m-%d}"
    author = _flat(document.author)
    by = ", ".join(part for part in (author, outlet) if part)
    state = f"version {version.number}, seen {seen}, Storywatch a{number}"
    plain = f"{by}: “{title}”{f', {day}' if day else ''}{f'. {url}' if url else ''} ({state})"
    marked = f"[{_escaped(title)}]({_address(url)})" if url else _escaped(title)
    written = f"{marked}, {_escaped(by)}{f', {day}' if day else ''} ({state})"
    return [
        Citation("plain", plain),
        Citation("BibTeX", _bibtex(number, version, title, author, outlet, day, url)),
        Citation("Markdown", written),
    ]


def _bibtex(number: int, version: Version, title: str, author: str, outlet: str, day: str, url: str) -> str:
    seen = version.first_seen.astimezone(UTC)
    fields = {
        "title": f"{{{_bib(title)}}}",
        "author": _bib(author),
        "organization": _bib(outlet),
        "date": day,
        "url": url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C"),
        "urldate": f"{seen:%Y-%m-%d}",
        "langid": version.document.language if version.document.language.isalpha() else "",
        "note": f"Version {version.number}, seen {seen:%H:%M} UTC",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{storywatch-a{number},\n{lines}}}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _bib(text: str) -> str:
    return _BIBTEX.sub(lambda found: _BIB_WORDS.get(found[0], "\\" + found[0]), text)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _address(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def wayback(version: Version) -> str:
    """What the Internet Archive has nearest to when a version was seen; "" for what has no public address."""
    url = link(version.document.url)
    return f"https://web.archive.org/web/{version.first_seen.astimezone(UTC):%Y%m%d%H%M%S}/{url}" if url else ""
