"""Marks: what a report keeps when it is told in another language. Figures, places, concepts, skeletons of names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from operator import attrgetter

from monitor.novelty.dates import Found
from monitor.novelty.gazetteer import named, place_words
from monitor.novelty.passage import Passage
from monitor.novelty.skeleton import skeleton
from monitor.novelty.weights import mark_term

_KINDS = {"number": "n", "date": "d"}


def gazetted(stems: Sequence[str]) -> frozenset[str]:
    """Return the marks of the places (p-) and concepts (c-) that these stems name."""
    places = {f"p{entry}" for _, _, entry in named(stems, "places")}
    return frozenset(places | {f"c{entry}" for _, _, entry in named(stems, "concepts")})


def marked(passages: Sequence[Passage], facts: Iterable[Found]) -> Iterator[Passage]:
    """Yield the passages with the marks of the facts that stand in them."""
    starts = [passage.start for passage in passages]
    extra: dict[int, set[str]] = {}
    for fact in facts:
        extra.setdefault(bisect_right(starts, fact.start) - 1, set()).update(_marks_of(fact))
    for number, passage in enumerate(passages):
        yield replace(passage, marks=passage.marks | extra[number]) if number in extra else passage


def in_words(text: str, marks: Set[str], facts: Iterable[Found], numbers: Set[int]) -> tuple[str, ...]:
    """Say what these marks of a document are: figures and names as they stand in it, places and concepts in English."""
    said: dict[int, str] = {}
    for mark in sorted(marks):
        if mark[0] in "pc":
            said[mark_term(mark)] = mark[1:].replace("-", " ")
    for fact in facts:
        for mark in _marks_of(fact):
            said.setdefault(mark_term(mark), text[fact.start : fact.end])
    return tuple(dict.fromkeys(word for number, word in said.items() if number in numbers))


def _marks_of(fact: Found) -> Iterator[str]:
    if kind := _KINDS.get(fact.kind):
        yield f"{kind}{fact.value}"
        return
    for word in fact.value.split():
        if word not in place_words() and (bones := skeleton(word)):
            yield f"k{bones}"
