"""A text cut into pieces: what a query hit, and what is new in it; whole, or a few lines around the hits. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

Span = tuple[int, int]
_BREAK = re.compile(r"\n\s*\n|\n")
_WIDTH = 70


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text on which the same is to be said; `hit` numbers the hit places of a field from 1, 0 is none.

    `muted`: its site repeats it, so it was left out in judging.
    """

    text: str
    hit: int = 0
    fresh: bool = False
    muted: bool = False


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap made one, empty and backward ones left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if 0 <= span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def pieces(
    text: str,
    hits: Iterable[Span],
    fresh: Iterable[Span] = (),
    start: int = 0,
    end: int | None = None,
    muted: Iterable[Span] = (),
) -> list[Piece]:
    """The text from `start` to `end` in pieces. All offsets are characters of the whole `text`."""
    stop = len(text) if end is None else end
    struck, new, grey = joined(hits), joined(fresh), joined(muted)
    edges = {edge for span in (*struck, *new, *grey) for edge in span if start < edge < stop}
    cuts = [start, *sorted(edges), stop]
    return [
        Piece(text[left:right], _inside(struck, left), bool(_inside(new, left)), bool(_inside(grey, left)))
        for left, right in pairwise(cuts)
        if left < right
    ]


def paragraphs(
    text: str, hits: Sequence[Span], fresh: Sequence[Span] = (), muted: Sequence[Span] = ()
) -> list[list[Piece]]:
    """The text as paragraphs of pieces."""
    found: list[list[Piece]] = []
    start = 0
    for gap in (*_BREAK.finditer(text), None):
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            found.append(pieces(text, hits, fresh, start, end, muted))
        start = gap.end() if gap else end
    return found


def lines(text: str, hits: Iterable[Span], limit: int = 3) -> tuple[tuple[Piece, ...], ...]:
    """At most `limit` lines of text around hits, with all the hits in them; each stays in its paragraph."""
    struck = joined(hits)
    found: list[tuple[Piece, ...]] = []
    shown = -1
    for start, end in struck:
        if len(found) == limit:
            break
        if start < shown:
            continue
        left, right = _side(text, start, -1), _side(text, end, 1)
        line = [_flat(piece) for piece in pieces(text, struck, (), left, right)]
        found.append((*_cut(text[:left], "…"), *line, *_cut(text[right:][:1], " …")))
        shown = right
    return tuple(found)


def _side(text: str, place: int, way: int) -> int:
    """Where a line ends on one side of a hit: with its paragraph, or at a space about 70 characters on."""
    if way < 0:
        edge = text.rfind("\n", 0, place) + 1
        far = place - _WIDTH
        return edge if far <= edge else max(text.find(" ", far, place), far)
    edge = text.find("\n", place)
    edge = len(text) if edge < 0 else edge
    far = place + _WIDTH
    if far >= edge:
        return edge
    space = text.rfind(" ", place, far + 1)
    return far if space < 0 else space


def _cut(beyond: str, sign: str) -> tuple[Piece, ...]:
    """The sign that a paragraph goes on beyond a line."""
    return (Piece(sign),) if beyond and not beyond.endswith("\n") else ()


def _flat(piece: Piece) -> Piece:
    return replace(piece, text=" ".join(re.split(r"\s+", piece.text)))


def _inside(spans: Sequence[Span], place: int) -> int:
    """The number of the span that holds a place, 0 when none does."""
    number = bisect_right(spans, place, key=lambda span: span[0])
    return number if number and place < spans[number - 1][1] else 0
