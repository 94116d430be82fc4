"""Does a rule match a text, and where: the one evaluator for live articles, search and backtest."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from monitor.model import Hit
from monitor.query.analysis import Text
from monitor.query.compiler import Compiled
from monitor.query.evidence import hit_at
from monitor.query.expr import And, AtLeast, Expr, Listed, Meta, Near, Not, Or, Pattern, Scope, Term

MOST_SPANS = 2_000
"""Places of one part of a rule that are looked at, first come; keeps silly rules on long texts linear."""
MOST_PAIRS = 6_000
"""Pairs of places that one NEAR compares."""
MOST_HITS = 50

Window = tuple[int, int]


class Span(NamedTuple):
    """Words `first` to `last` that fit a part of a rule: a term, or NEAR with its two sides.

    Bit n of `taken`: word `first` + n is one of those that fit, not one between.
    """

    first: int
    last: int
    taken: int
    term: Term | None
    sides: tuple[Span, ...] = ()


def match(compiled: Compiled, text: Text) -> tuple[Hit, ...] | None:
    """The evidence, in reading order and at most 50 hits, or None when the rule does not match.

    Every positive term that took part has hits; a rule of only source: or lang: matches without any.
    """
    spans = _spans(compiled.expr, text, (0, text.count))
    return None if spans is None else _hits(spans, text)


def holds(compiled: Compiled, text: Text) -> bool:
    """Does the rule match: `match` without the evidence."""
    return _spans(compiled.expr, text, (0, text.count)) is not None


def _spans(expr: Expr, text: Text, window: Window) -> list[Span] | None:
    """Where the expression holds inside the window; None when it does not hold."""
    match expr:
        case Term():
            return _term(expr, text, window)
        case Near():
            return _near(expr, text, window)
        case Or(parts):
            return _any([_spans(part, text, window) for part in parts])
        case And(parts):
            return _all(parts, text, window)
        case Not(part):
            return [] if _spans(part, text, window) is None else None
        case Listed(_, _, part):
            return _spans(part, text, window) if part else None
        case Scope(field, part):
            low, high = text.window(field)
            return _spans(part, text, (max(low, window[0]), min(high, window[1])))
        case AtLeast():
            return _at_least(expr, text, window)
        case Meta():
            return [] if _described(expr, text) else None


def _any(found: list[list[Span] | None]) -> list[Span] | None:
    held = [spans for spans in found if spans is not None]
    if len(held) < 2:
        return held[0] if held else None
    return sorted(chain.from_iterable(held), key=_reading_order)[:MOST_SPANS]


def _all(parts: tuple[Expr, ...], text: Text, window: Window) -> list[Span] | None:
    found: list[Span] = []
    for part in parts:
        spans = _spans(part, text, window)
        if spans is None:
            return None
        # More of one term than there may be hits are never shown.
        found += spans[:MOST_HITS] if isinstance(part, Term) else spans
    return found


def _at_least(expr: AtLeast, text: Text, window: Window) -> list[Span] | None:
    held = [(spans, weight) for item, weight in expr.items if (spans := _spans(item, text, window)) is not None]
    if sum(weight for _, weight in held) < expr.count:
        return None
    return [span for spans, _ in held for span in spans]


def _described(meta: Meta, text: Text) -> bool:
    """A domain covers its subdomains, a language its regions."""
    if meta.field == "lang":
        return text.language == meta.value or text.language.startswith(f"{meta.value}-")
    return any(name == meta.value or name.endswith(f".{meta.value}") for name in text.names)


def _term(term: Term, text: Text, window: Window) -> list[Span] | None:
    found = [_places(pattern, text) for pattern in term.patterns]
    rarest = min(range(len(found)), key=lambda number: len(found[number]))
    low, high = window[0] + rarest, window[1] - len(found) + 1 + rarest
    places = found[rarest]
    starts = (place - rarest for place in places[bisect_left(places, low) : bisect_left(places, high)])
    if len(found) > 1:
        others = [(number, frozenset(numbers)) for number, numbers in enumerate(found) if number != rarest]
        starts = (start for start in starts if _adjacent(start, others, len(found), text))
    last, taken = len(found) - 1, (1 << len(found)) - 1
    return [Span(start, start + last, taken, term) for start in islice(starts, MOST_SPANS)] or None


def _adjacent(start: int, others: list[tuple[int, frozenset[int]]], length: int, text: Text) -> bool:
    """Do the other words of the phrase follow each other from `start`, in one paragraph?"""
    if any(start + number not in places for number, places in others):
        return False
    return text.paragraphs[start] == text.paragraphs[start + length - 1]


def _places(pattern: Pattern, text: Text) -> Sequence[int]:
    """The numbers of all words that fit, rising."""
    forms: Iterable[str] = pattern.forms
    if pattern.wildcard:
        forms = _fitting(pattern, text.vocabulary)
    found = [text.places[form] for form in forms if form in text.places]
    places = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
    if pattern.spelling:
        return [place for place in places if text.exact(place) == pattern.spelling]
    return places


def _fitting(pattern: Pattern, vocabulary: Sequence[str]) -> Iterator[str]:
    for number in range(bisect_left(vocabulary, pattern.prefix), len(vocabulary)):
        word = vocabulary[number]
        if not word.startswith(pattern.prefix):
            return
        if pattern.wildcard and pattern.wildcard.fullmatch(word):
            yield word


def _near(near: Near, text: Text, window: Window) -> list[Span] | None:
    left = _spans(near.left, text, window)
    right = _spans(near.right, text, window) if left else None
    if not left or not right:
        return None
    pairs = [pair for pair in islice(_candidates(left, right, near), MOST_PAIRS) if _fits(*pair, near, text)]
    return sorted((_joined(*pair) for pair in pairs), key=_reading_order)[:MOST_SPANS] or None


def _candidates(left: list[Span], right: list[Span], near: Near) -> Iterator[tuple[Span, Span]]:
    """Pairs of a span of each side where the second begins neither too early nor too late."""
    reach = near.distance + 1
    starts = [span.first for span in right]
    longest = max(span.last - span.first for span in right)
    for span in left:
        earliest = span.last + 1 if near.ordered else span.first - reach - longest
        for number in range(bisect_left(starts, earliest), bisect_left(starts, span.last + reach + 1)):
            yield span, right[number]


def _fits(one: Span, other: Span, near: Near, text: Text) -> bool:
    """Near enough, in one paragraph, and without a common word; one may lie inside the other."""
    too_early = other.last < one.first - near.distance - 1
    overlap = other.first <= one.last and one.first <= other.last
    if too_early or (overlap and _share(one, other)):
        return False
    return text.paragraphs[one.first] == text.paragraphs[other.first]


def _share(one: Span, other: Span) -> bool:
    first = min(one.first, other.first)
    return bool((one.taken << one.first - first) & (other.taken << other.first - first))


def _joined(one: Span, other: Span) -> Span:
    first = min(one.first, other.first)
    taken = (one.taken << one.first - first) | (other.taken << other.first - first)
    return Span(first, max(one.last, other.last), taken, None, (one, other))


def _reading_order(span: Span) -> Window:
    return span.first, span.last


def _hits(spans: list[Span], text: Text) -> tuple[Hit, ...]:
    """The terms' places, each once. Where there are too many, every term keeps its first ones."""
    by_term: dict[tuple[str, tuple[str, ...]], dict[Window, None]] = {}
    for leaf in _leaves(spans):
        if leaf.term:
            by_term.setdefault((leaf.term.written, leaf.term.lists), {})[leaf.first, leaf.last] = None
    rounds = zip_longest(*([(place, term) for place in sorted(places)] for term, places in by_term.items()))
    chosen = islice((hit for taken in rounds for hit in taken if hit), MOST_HITS)
    return tuple(hit_at(*place, *term, text) for place, term in sorted(chosen))


def _leaves(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans of terms; a span that is a side of many is followed once."""
    waiting, seen = list(spans), set[int]()
    while waiting:
        span = waiting.pop()
        if id(span) not in seen:
            seen.add(id(span))
            waiting.extend(span.sides)
            yield span
