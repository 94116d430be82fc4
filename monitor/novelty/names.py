"""Names: capitalised words where the language does not capitalise anyway."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter

from monitor.novelty.dates import Found
from monitor.novelty.spelling import spelled
from monitor.novelty.stems import means_nothing, stem
from monitor.text import Token

_STARTS = re.compile(r"[\"“”«»„‘:;•|…\n]|(?:^|\s)[—–-]\s|[.!?][\"”’»)]*\s")
_JOINS = frozenset((" ", "-", "\u00a0", "‑"))
_CALENDAR_TEXT = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday i im ive
"""
_CALENDAR = frozenset(_CALENDAR_TEXT.split())
_END = re.compile(r"[.!?…][\"”’»)\]]*$")


def names(text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> Iterator[Found]:
    """Yield the names inside `spans`, the sentences of the text; the value is the stems of the words.

    The first word of a sentence is a name only if it is written large inside another. Lines that are all large, and
    headings in title case, say nothing about names.
    """
    sentences = [part for span in spans if (part := _within(tokens, span)) and not _shouts(text, span, part)]
    inside = {
        token.folded
        for part in sentences
        for before, token in pairwise(part)
        if _is_large(text, token) and not _opens(text, before, token)
    }
    for part in sentences:
        for run in _runs(text, part, inside):
            yield Found("name", " ".join(stem(spelled(token.folded)) for token in run), run[0].start, run[-1].end)


def _within(tokens: Sequence[Token], span: tuple[int, int]) -> Sequence[Token]:
    first, end = (bisect_left(tokens, place, key=attrgetter("start")) for place in span)
    return tokens[first:end]


def _shouts(text: str, span: tuple[int, int], part: Sequence[Token]) -> bool:
    """Is this sentence in capitals, or a heading that gives every word one?"""
    long = [token for token in part if token.end - token.start > 3]
    if sum(_is_large(text, token) for token in long) <= 0.6 * len(long):
        return False
    letters = list(filter(str.isalpha, text[span[0] : span[1]]))
    if sum(map(str.isupper, letters)) > 0.6 * len(letters):
        return True
    return len(long) > 2 and not _END.search(text, span[0], span[1])


def _is_large(text: str, token: Token) -> bool:
    return text[token.start].isupper() and token.folded not in _CALENDAR


def _opens(text: str, before: Token, token: Token) -> bool:
    """Does a quotation, list item or clause that is written large begin here?"""
    return token.start - before.end > 1 and bool(_STARTS.search(text, before.end, token.start))


def _runs(text: str, part: Sequence[Token], inside: set[str]) -> Iterator[list[Token]]:
    """Neighbouring name words, as "Vladimir Putin"."""
    run: list[Token] = []
    for number, token in enumerate(part):
        opens = number == 0 or _opens(text, part[number - 1], token)
        is_name = _is_large(text, token) and not (opens and (token.folded not in inside or means_nothing(token.folded)))
        if run and (not is_name or text[run[-1].end : token.start] not in _JOINS):
            yield run
            run = []
        if is_name:
            run.append(token)
    if run:
        yield run
