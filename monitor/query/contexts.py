"""Keyword in context: the words that matched with a little of the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Hit

_BREAK = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Context:
    """One line: the original words that matched and what stands before and after, on one line each.

    `note` says what else is known of the hits that the line shows: their zone and a cue that may turn them round.
    """

    field: str
    before: str
    words: str
    after: str
    note: str = ""


def contexts(text_of_field: str, hits: Sequence[Hit], width: int = 60, limit: int = 3) -> tuple[Context, ...]:
    """At most `limit` lines from the hits of one field, with up to `width` characters on either side.

    Hits that an earlier line already shows get no line of their own; the sides end at a word and at a paragraph.
    """
    lines: list[list[Hit]] = []
    for hit in sorted(hits, key=lambda hit: hit.start):
        if lines and hit.start < lines[-1][0].end + width:
            lines[-1].append(hit)
        elif len(lines) < limit:
            lines.append([hit])
        else:
            break
    return tuple(_context(text_of_field, line, width) for line in lines)


def _context(text: str, line: Sequence[Hit], width: int) -> Context:
    hit = line[0]
    before, after = _left(text, hit.start, width), _right(text, hit.end, width)
    return Context(hit.field, before, " ".join(text[hit.start : hit.end].split()), after, _note(line))


def _note(line: Sequence[Hit]) -> str:
    """Zone, list member and cue: "lead, @strike: attack, cue: denied". The cue may be of any hit on the line."""
    first = line[0]
    member = f"@{first.lists[-1]}: {first.term}" if first.lists else ""
    cue = next((f"cue: {' '.join(hit.cue.text.split())}" for hit in line if hit.cue), "")
    return ", ".join(filter(None, (first.zone, member, cue)))


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
