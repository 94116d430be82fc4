"""What a text must hold before a rule can match it: the necessary condition that the presearch looks up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.query.expr import And, AtLeast, Expr, Listed, Near, Or, Pattern, Scope, Term


@dataclass(frozen=True, slots=True)
class Need:
    """One of these folded words, or a word with one of these prefixes, must occur."""

    words: frozenset[str]
    prefixes: frozenset[str] = frozenset()

    def cost(self) -> float:
        """How often a text will meet it by chance: short words are frequent words."""
        return _rarity(self.words) + 4 * _rarity(self.prefixes)


def needs(expr: Expr) -> tuple[Need, ...]:
    """Needs that all must be met for `expr` to match; empty when it may match any text."""
    match expr:
        case Term(patterns=patterns):
            return tuple(map(_need, patterns))
        case Near(left, right):
            return needs(left) + needs(right)
        case And(parts):
            return tuple(need for part in parts for need in needs(part))
        case Or(parts):
            return _one_of(parts)
        case AtLeast(_, items):
            return _one_of(item for item, _ in items)
        case Scope(_, part):
            return needs(part)
        case Listed(_, _, part):
            return needs(part) if part else ()
        case _:
            return ()


def best(found: tuple[Need, ...]) -> Need | None:
    """The need that the fewest texts will meet."""
    return found[0] if len(found) == 1 else min(found, key=Need.cost, default=None)


def begins(vocabulary: Sequence[str], prefix: str) -> bool:
    """Does a word of the sorted vocabulary begin so?"""
    place = bisect_left(vocabulary, prefix)
    return place < len(vocabulary) and vocabulary[place].startswith(prefix)


@lru_cache(maxsize=1 << 14)
def _rarity(words: frozenset[str]) -> float:
    return sum(1 / len(word) ** 2 for word in words)


@lru_cache(maxsize=1 << 14)
def _need(pattern: Pattern) -> Need:
    return Need(pattern.forms, frozenset({pattern.prefix} if pattern.wildcard else ()))


def _one_of(parts: Iterable[Expr]) -> tuple[Need, ...]:
    chosen = [best(needs(part)) for part in parts]
    present = [need for need in chosen if need]
    if len(present) < len(chosen):
        return ()
    words = frozenset(word for need in present for word in need.words)
    return (Need(words, frozenset(prefix for need in present for prefix in need.prefixes)),)
