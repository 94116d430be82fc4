"""How telling a word or mark is: by how few of the archived documents have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import log

from xxhash import xxh32_intdigest

_BACKGROUND = 60
"""Documents that nobody read, so that a young archive does not take its first three for the world."""

_COMMON_MARKS = frozenset(
    ("pukraine", "prussia", "pmoscow", "pkyiv", "pkremlin", "punited-states", "cpresident", "cminister", "ctalks")
)
_SMALL_FIGURE = 3  # characters: 30, 46%, 175
# A mark's number ends in its kind, so that its weight is known without its text: (share of all news, force of a match).
_COMMON, _SMALL, _FIGURE, _DATE, _PLACE, _CONCEPT, _NAME = range(7)
_SHARES = (0.5, 0.10, 0.02, 0.02, 0.05, 0.08, 0.01)
_FORCES = (1.0, 1.3, 1.3, 1.3, 1.0, 1.0, 0.8)
_KINDS = {"n": _FIGURE, "d": _DATE, "p": _PLACE, "c": _CONCEPT, "k": _NAME}
_KIND_BITS = 7


@lru_cache(maxsize=1 << 17)
def term(stem: str) -> int:
    """Return the number of a stem: an unsigned 32-bit hash."""
    return xxh32_intdigest(stem.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1 << 16)
def mark_term(mark: str) -> int:
    """Return the number of a mark: a hash with the mark's kind in the last three bits."""
    kind = _KINDS[mark[0]]
    if mark in _COMMON_MARKS:
        kind = _COMMON
    elif kind == _FIGURE and len(mark) - 1 <= _SMALL_FIGURE:
        kind = _SMALL
    return term(f"#{mark}") & ~_KIND_BITS | kind


def is_concept(number: int) -> bool:
    """Is this number that of a concept, which is neither a figure nor a name?"""
    return number & _KIND_BITS == _CONCEPT


@dataclass(frozen=True, slots=True)
class Weights:
    """Inverse document frequencies: of `documents` archived articles, `counts` have the stem or mark of a number."""

    documents: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)

    def mark(self, number: int) -> float:
        """The weight of a mark, never negative; figures and dates weigh more, names of people less."""
        return _of_mark(number & _KIND_BITS, self.documents, self.counts.get(number, 0))

    def stem(self, number: int) -> float:
        """The weight of a stem, at least 1: every word of a sentence counts something."""
        return _of_stem(self.documents, self.counts.get(number, 0))

    def power(self, marks: Iterable[int]) -> float:
        """The sum of the squared weights of marks."""
        return sum(self.mark(number) ** 2 for number in marks)


@lru_cache(maxsize=1 << 14)
def _of_mark(kind: int, documents: int, count: int) -> float:
    seen = count + _BACKGROUND * _SHARES[kind]
    return _FORCES[kind] * max(0.0, log((documents + _BACKGROUND) / (seen + 0.5)))


@lru_cache(maxsize=1 << 14)
def _of_stem(documents: int, count: int) -> float:
    return 1 + max(0.0, log((documents + 1) / (count + 1)))
