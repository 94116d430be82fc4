"""What a hit tells: where it stands, which member of which list it is, in which form, and what may turn it round."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Cue, Hit
from monitor.query.analysis import LEAD_WORDS, Text
from monitor.query.cues import close, cue_near


def hit_at(first: int, last: int, term: str, lists: tuple[str, ...], text: Text, cues: Sequence[int]) -> Hit:
    """The evidence for a term that the words `first` to `last` of the text fit; `cues`: where there may be cues."""
    found = text.tokens[first : last + 1]
    start, end = found[0].start, found[-1].end
    field = "title" if first < text.titled else "body"
    form = " ".join(token.folded for token in found)
    return Hit(
        field,
        start,
        end,
        text.field(first)[start:end],
        term,
        lists,
        form,
        _zone(first, start, text),
        _cue(first, last, text) if close(cues, first, last) else None,
    )


def _zone(first: int, start: int, text: Text) -> str:
    if first < text.titled:
        return "title"
    if start >= text.original.uncaptioned:
        return "caption"
    return "lead" if first < text.titled + LEAD_WORDS else "body"


def _cue(first: int, last: int, text: Text) -> Cue | None:
    low, high = (0, text.titled) if first < text.titled else (text.titled, text.count)
    span = cue_near(text.tokens, first, last, (low, high), text.field(first))
    if span is None:
        return None
    start, end = span
    return Cue(start, end, text.field(first)[start:end])
