"""A text cut into pieces: what a rule hit, and what is new in it. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]
_BREAK = re.compile(r"\n\s*\n|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text on which the same is to be said; `hit` numbers the hit places of a field from 1, 0 is none."""

    text: str
    hit: int = 0
    fresh: bool = False


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
    text: str, hits: Iterable[Span], fresh: Iterable[Span] = (), start: int = 0, end: int | None = None
) -> list[Piece]:
    """The text from `start` to `end` in pieces. All offsets are characters of the whole `text`."""
    stop = len(text) if end is None else end
    struck, new = joined(hits), joined(fresh)
    edges = {edge for span in (*struck, *new) for edge in span if start < edge < stop}
    cuts = [start, *sorted(edges), stop]
    return [
        Piece(text[left:right], _inside(struck, left), bool(_inside(new, left)))
        for left, right in pairwise(cuts)
        if left < right
    ]


def paragraphs(text: str, hits: Sequence[Span], fresh: Sequence[Span] = ()) -> list[list[Piece]]:
    """The text as paragraphs of pieces."""
    found: list[list[Piece]] = []
    start = 0
    for gap in (*_BREAK.finditer(text), None):
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            found.append(pieces(text, hits, fresh, start, end))
        start = gap.end() if gap else end
    return found


def _inside(spans: Sequence[Span], place: int) -> int:
    """The number of the span that holds a place, 0 when none does."""
    number = bisect_right(spans, place, key=lambda span: span[0])
    return number if number and place < spans[number - 1][1] else 0
