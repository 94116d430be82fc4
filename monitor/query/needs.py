"""What a text must hold before a rule can match it: the necessary condition that the presearch looks up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.query.expr import And, AtLeast, Expr, Listed, Near, Or, Pattern, Scope, Term

_UNSEEN = 1e-4  # share of texts that a word is in which none of the learnt texts held


@dataclass(frozen=True, slots=True)
class Need:
    """One of these folded words, or a word with one of these prefixes, must occur."""

    words: frozenset[str]
    prefixes: frozenset[str] = frozenset()

    def cost(self, shares: Mapping[str, float] | None = None) -> float:
        """How often a text will meet it by chance. Where that was not learnt, short words are frequent words."""
        words = sum(_rarity(word) if shares is None else shares.get(word, 0) + _UNSEEN for word in self.words)
        return words + sum(4 * _rarity(prefix) for prefix in self.prefixes)


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


def best(found: tuple[Need, ...], shares: Mapping[str, float] | None = None) -> Need | None:
    """The need that the fewest texts will meet."""
    return min(found, key=lambda need: need.cost(shares), default=None)


def begins(vocabulary: Sequence[str], prefix: str) -> bool:
    """Does a word of the sorted vocabulary begin so?"""
    place = bisect_left(vocabulary, prefix)
    return place < len(vocabulary) and vocabulary[place].startswith(prefix)


def _rarity(word: str) -> float:
    return 1 / len(word) ** 2


def _need(pattern: Pattern) -> Need:
    return Need(pattern.forms, frozenset({pattern.prefix} if pattern.wildcard else ()))


def _one_of(parts: Iterable[Expr]) -> tuple[Need, ...]:
    chosen = [best(needs(part)) for part in parts]
    present = [need for need in chosen if need]
    if len(present) < len(chosen):
        return ()
    words = frozenset(word for need in present for word in need.words)
    return (Need(words, frozenset(prefix for need in present for prefix in need.prefixes)),)
