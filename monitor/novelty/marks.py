"""Marks: what a report keeps when it is told in another language. Figures, places, concepts, skeletons of names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Protocol

from monitor.novelty.dates import Found
from monitor.novelty.gazetteer import named, place_words
from monitor.novelty.skeleton import skeleton
from monitor.novelty.weights import mark_term

_LETTERS = {"number": "n", "date": "d", "place": "p"}


class _Span(Protocol):
    """A stretch of the text."""

    @property
    def start(self) -> int: ...


def gazetted(stems: Sequence[str]) -> frozenset[str]:
    """Return the marks of the places (p...) and concepts (c...) that these stems name."""
    places = {f"p{entry}" for _, _, entry in named(stems, "places")}
    return frozenset(places | {f"c{entry}" for _, _, entry in named(stems, "concepts")})


def placed(fact: Found) -> Found:
    """Return a name that is a place of the gazetteer as that place."""
    words = fact.value.split()
    found = next(named(words, "places"), None) if fact.kind == "name" else None
    return fact._replace(kind="place", value=found[2]) if found and found[:2] == (0, len(words)) else fact


def mark_of(fact: Found) -> str:
    """Return the mark of a figure, a date or a place."""
    return f"{_LETTERS[fact.kind]}{fact.value}"


def marked(
    marks: Sequence[frozenset[str]], passages: Sequence[_Span], facts: Iterable[Found]
) -> Iterator[frozenset[str]]:
    """Yield the marks of each passage with those of the facts that stand in it."""
    starts = [passage.start for passage in passages]
    extra: dict[int, set[str]] = {}
    for fact in facts:
        extra.setdefault(bisect_right(starts, fact.start) - 1, set()).update(marks_of(fact))
    for number, own in enumerate(marks):
        yield own | extra.get(number, set())


def in_words(text: str, marks: Set[str], facts: Iterable[Found], numbers: Set[int]) -> tuple[str, ...]:
    """Say what these marks of a document are: figures and names as they stand in it, places and concepts in English."""
    said: dict[int, str] = {}
    for mark in sorted(marks):
        if mark[0] in "pc":
            said[mark_term(mark)] = mark[1:].replace("-", " ")
    for fact in facts:
        for mark in marks_of(fact):
            said.setdefault(mark_term(mark), text[fact.start : fact.end])
    return tuple(dict.fromkeys(word for number, word in said.items() if number in numbers))


def marks_of(fact: Found) -> Iterator[str]:
    """Yield the mark of a figure, date or place, and those of all words of a name but places."""
    if fact.kind in _LETTERS:
        yield mark_of(fact)
        return
    for word in fact.value.split():
        if word not in place_words() and (bones := skeleton(word)):
            yield f"k{bones}"
