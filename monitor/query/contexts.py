"""Keyword in context: the words that matched with a little of the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Hit

_BREAK = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Context:
    """One line: the original words that matched and what stands before and after, on one line each."""

    field: str
    before: str
    words: str
    after: str


def contexts(text_of_field: str, hits: Sequence[Hit], width: int = 60, limit: int = 3) -> tuple[Context, ...]:
    """At most `limit` lines from the hits of one field, with up to `width` characters on either side.

    Hits that an earlier line already shows get no line of their own; the sides end at a word and at a paragraph.
    """
    lines: list[Context] = []
    shown = -1
    for hit in sorted(hits, key=lambda hit: hit.start):
        if len(lines) == limit:
            break
        if hit.start >= shown:
            lines.append(_context(text_of_field, hit, width))
            shown = hit.end + width
    return tuple(lines)


def _context(text: str, hit: Hit, width: int) -> Context:
    before, after = _left(text, hit.start, width), _right(text, hit.end, width)
    return Context(hit.field, before, " ".join(text[hit.start : hit.end].split()), after)


def _left(text: str, end: int, width: int) -> str:
    start = max(0, end - width)
    side = text[start:end]
    breaks = list(_BREAK.finditer(side))
    if breaks:
        return _flat(side[breaks[-1].end() :])
    if start and not text[start - 1].isspace():
        side = side.partition(" ")[2]
    return ("…" if start else "") + _flat(side)


def _right(text: str, start: int, width: int) -> str:
    end = min(len(text), start + width)
    side = text[start:end]
    found = _BREAK.search(side)
    if found:
        return _flat(side[: found.start()])
    if end < len(text) and not text[end].isspace():
        side = side.rpartition(" ")[0]
    return _flat(side) + ("…" if end < len(text) else "")


def _flat(side: str) -> str:
    """On one line, keeping a space at either end."""
    return re.sub(r"\s+", " ", side)
