"""Chrome: the sentences that a site repeats from story to story, and a text with them blanked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monitor.model import Told
from monitor.novelty.digest import MOST, cut
from monitor.novelty.shingles import signed

STORIES = 3
"""A sentence that one host tells in so many different stories is the site's, not the news's."""

MOST_MASKED = 0.5
"""Share of a text's words; where more is repeated, something else is going on, and nothing is taken away."""

TOO_MUCH = "more than half of the text is repeated on this site, so nothing of it was left out"


@dataclass(frozen=True, slots=True)
class Mask:
    """What of a text is chrome: spans of characters, in order; `note` says why there are none although some repeat."""

    spans: tuple[tuple[int, int], ...] = ()
    note: str = ""


def told(host: str, text: str) -> tuple[Told, ...]:
    """Cut a text into sentences as novelty does. A changed figure makes another sentence. No host, no sentences."""
    return tuple(_told(host, text)) if host else ()


def _told(host: str, text: str) -> Iterable[Told]:
    for start, end, words in cut(text).sentences[:MOST]:
        if words:
            yield Told(start, end, signed(f"{host}\n{' '.join(words)}"), len(words))


def mask(sentences: Collection[Told], chrome: Collection[int]) -> Mask:
    """Return what to leave out of a text: its sentences that are the host's chrome, unless they are most of it."""
    known = frozenset(chrome)
    hidden = [one for one in sentences if one.mark in known]
    if sum(one.words for one in hidden) > MOST_MASKED * sum(one.words for one in sentences):
        return Mask(note=TOO_MUCH)
    return Mask(tuple((one.start, one.end) for one in hidden))


def blanked(text: str, hidden: Iterable[tuple[int, int]]) -> str:
    """Return the text with spans blanked, of the same length, so that all offsets stay true.

    A blank begins with a paragraph's end: what stood on its two sides does not become neighbours.
    """
    parts, shown = [], 0
    for start, end in hidden:
        parts += [text[shown:start], "\n\n"[: end - start].ljust(end - start)]
        shown = end
    return "".join((*parts, text[shown:]))
