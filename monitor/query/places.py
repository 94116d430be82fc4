"""Where the parts of a rule stand in one text: sets of word numbers, each set kept in the bits of one integer.

A place of a part of a rule is one or more words. Places of one shape (which words after the first belong to it) are
kept together, as the numbers of their first words. Shifting and intersecting such sets answers NEAR and phrases for
all places at once, in time linear in the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from monitor.query.analysis import Text
from monitor.query.expr import Expr, Listed, Near, Or, Pattern, Scope, Term
from monitor.text import exact

MOST_WORK = 3_000_000
"""Steps of some 30 ns that one rule may take on one text; no rule a person writes takes a thousandth of them."""
MOST_FOR_SIDE = MOST_WORK // 16
"""Steps for all places of one NEAR inside another: where words are that dense, some of its places will do."""
_WORD_STEPS, _SPELLING_STEPS, _SHAPE_STEPS = 40, 40, 40
_FEW = 8
_NEARBY = (1 << 4096) - 1

Window = tuple[int, int]
Shapes = dict[int, int]
"""For each shape the first words of its places. Bit n of a shape: word n after the first belongs to the place."""


class Pair(NamedTuple):
    """Places of `shape` that begin at `starts`: joined from two shapes, the right one `shift` words after the left."""

    shape: int
    starts: int
    left: int
    right: int
    shift: int


class Places:
    """One rule's look at one text. `cut`: there was too much to look at, so what was not found may still be there."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.cut = False
        self.left = MOST_WORK
        self._step = 1 + (text.count >> 9)
        self._bits: dict[int, int] = {}
        self._shapes: dict[tuple[int, Window], Shapes] = {}
        self._borders: int | None = None
        self._crossing: dict[int, int] = {}

    def occurs(self, pattern: Pattern, window: Window) -> bool:
        """Is there such a word in the window? Spelling is not looked at."""
        if window == (0, self.text.count) and not pattern.wildcard:
            return not pattern.forms.isdisjoint(self.text.words)
        low, high = window
        for word in self._words(pattern):
            places = self.text.places[word]
            if bisect_left(places, low) < bisect_left(places, high):
                return True
        return False

    def absent(self, expr: Expr) -> bool:
        """Is it a term whose first word the text does not have at all? Of a long list most are, and cost no more."""
        if not isinstance(expr, Term):
            return False
        first = expr.patterns[0]
        return first.wildcard is None and first.forms.isdisjoint(self.text.words)

    def shapes(self, expr: Expr, window: Window) -> Shapes:
        """All places of a part that has some: a term, NEAR, or OR of such, also as a list or in a field."""
        key = (id(expr), window)
        known = self._shapes.get(key)
        if known is None:
            known = self._shapes[key] = self._found(expr, window)
        return known

    def pairs(self, near: Near, window: Window) -> Iterator[Pair]:
        """The places of both sides that are near enough, in one paragraph and without a common word."""
        ones = self.shapes(near.left, window)
        others = self.shapes(near.right, window) if ones else {}
        for left in ones:
            for right in others:
                shifts = _shifts(left, right, near)
                if not self._spend(len(shifts) * self._step):
                    return
                for shift in shifts:
                    pair = self._pair(left, ones[left], right, others[right], shift)
                    if pair.starts:
                        yield pair

    def _found(self, expr: Expr, window: Window) -> Shapes:
        match expr:
            case Term():
                starts = self._phrase(expr, window)
                return {solid(expr): starts} if starts else {}
            case Near():
                if not self.shapes(expr.left, window) or not self.shapes(expr.right, window):
                    return {}
                joined = ((pair.shape, pair.starts) for pair in self.pairs(expr, window))
                return self._joined(joined, MOST_FOR_SIDE)
            case Or(parts):
                present = (part for part in parts if not self.absent(part))
                return self._joined(found for part in present for found in self.shapes(part, window).items())
            case Listed(_, _, part):
                return self._listed(part, window) if part else {}
            case Scope(field, part):
                return self.shapes(part, inner(self.text, field, window))
            case _:
                return {}

    def _listed(self, part: Expr, window: Window) -> Shapes:
        """The places of a list, looked for once for all rules and as if by no rule: it costs each the same."""
        kept = self.text.seen.lists.get((id(part), window))
        if kept is None:
            alone = Places(self.text)
            shapes = alone.shapes(part, window)
            # The part is kept alive, for nothing else may come to have its id.
            kept = self.text.seen.lists[id(part), window] = (part, shapes, MOST_WORK - alone.left, alone.cut)
        _, shapes, cost, cut = kept
        self.cut = self.cut or cut
        return shapes if self._spend(cost) else {}

    def _joined(self, found: Iterable[tuple[int, int]], most: int = MOST_WORK) -> Shapes:
        shapes: Shapes = {}
        reserve = self.left - most
        for shape, starts in found:
            if shape not in shapes and not self._spend(_SHAPE_STEPS + 8 * self._step):
                break
            shapes[shape] = shapes.get(shape, 0) | starts
            if self.left < reserve:
                self.cut = True
                break
        return shapes

    def _phrase(self, term: Term, window: Window) -> int:
        """The first words of all places of a term."""
        low, high = window
        starts = -1
        for number, pattern in enumerate(term.patterns):
            starts &= self._numbers(pattern) >> number
            if not starts:
                return 0
        length = len(term.patterns)
        if window != (0, self.text.count):
            starts &= (1 << max(0, high - length + 1)) - 1
            starts = starts >> low << low
        return starts & ~self._across(length) if length > 1 else starts

    def _numbers(self, pattern: Pattern) -> int:
        known = self._bits.get(id(pattern))
        if known is None:
            known = self._bits[id(pattern)] = self._looked_up(pattern)
        return known

    def _looked_up(self, pattern: Pattern) -> int:
        """Read once for all rules; each pays as if it were the first, so that it finds the same beside any others."""
        kept = self.text.seen.numbers.get(id(pattern))
        if kept is not None and kept[2] <= self.left:
            self.left -= kept[2]
            return kept[1]
        before = self.left
        found = self._read(pattern)
        if self.left >= 0:
            # The pattern is kept alive, for nothing else may come to have its id.
            self.text.seen.numbers[id(pattern)] = (pattern, found, before - self.left)
        return found

    def _read(self, pattern: Pattern) -> int:
        lists = [self.text.places[word] for word in self._words(pattern)]
        numbers: Sequence[int] = lists[0] if len(lists) == 1 else [*chain.from_iterable(lists)]
        if not self._spend(len(numbers) + self._step):
            return 0
        if pattern.spelling:
            fitting = self._spelled(numbers, pattern)
            numbers = [number for number, fits in zip(numbers, fitting, strict=False) if fits]
        return _bits(numbers, self.text.count)

    def _words(self, pattern: Pattern) -> Iterator[str]:
        """The words of the text that a pattern fits by their folded form."""
        if pattern.wildcard is None:
            yield from pattern.forms & self.text.words
            return
        vocabulary = self.text.vocabulary
        for number in range(bisect_left(vocabulary, pattern.prefix), len(vocabulary)):
            word = vocabulary[number]
            if not word.startswith(pattern.prefix) or not self._spend(_WORD_STEPS):
                return
            if pattern.wildcard.fullmatch(word, len(pattern.prefix)):
                yield word

    def _spelled(self, numbers: Sequence[int], pattern: Pattern) -> Iterator[bool]:
        """Whether each of the words is spelled exactly so; a spelling that comes again is looked at once."""
        seen: dict[str, bool] = {}
        spelling = self.text.original.words.spelling
        for number in numbers:
            if not self._spend(_SPELLING_STEPS):
                return
            written = spelling(number)
            if written not in seen:
                seen[written] = exact(written) == pattern.spelling
            yield seen[written]

    def _pair(self, left: int, ones: int, right: int, others: int, shift: int) -> Pair:
        if shift < 0:
            shape, starts = left << -shift | right, others & ones >> -shift
        else:
            shape, starts = left | right << shift, ones & others >> shift
        if starts:
            starts &= ~self._across(shape.bit_length())
        return Pair(shape, starts, left, right, shift)

    def _across(self, length: int) -> int:
        """The words from which so many words reach into another paragraph."""
        if length not in self._crossing:
            if self._borders is None:
                self._borders = _bits(self.text.borders, self.text.count)
            crossing, covered = self._borders >> 1, 1
            while covered < length - 1:
                more = min(covered, length - 1 - covered)
                crossing |= crossing >> more
                covered += more
            self._crossing[length] = crossing
        return self._crossing[length]

    def _spend(self, steps: int) -> bool:
        """False when the work is used up."""
        self.left -= steps
        if self.left < 0:
            self.cut = True
        return self.left >= 0


def solid(term: Term) -> int:
    """The shape of a term: words without a gap."""
    return (1 << len(term.patterns)) - 1


def inner(text: Text, field: str, window: Window) -> Window:
    """The words of the window that are also in the field."""
    low, high = text.window(field)
    return max(low, window[0]), min(high, window[1])


def first_numbers(bits: int, most: int) -> list[int]:
    """The numbers in a set, rising, at most so many."""
    nearby = bits & _NEARBY
    digits = f"{nearby if nearby.bit_count() >= most else bits:b}"
    found: list[int] = []
    place = digits.rfind("1")
    while place >= 0 and len(found) < most:
        found.append(len(digits) - 1 - place)
        place = digits.rfind("1", 0, place)
    return found


def _bits(numbers: Sequence[int], count: int) -> int:
    """The set of these numbers, all below `count`."""
    if len(numbers) <= _FEW:
        bits = 0
        for number in numbers:
            bits |= 1 << number
        return bits
    digits = bytearray(b"0") * count
    for number in numbers:
        digits[~number] = 49  # the digit 1; the last digit is number 0
    return int(digits, 2)


def _shifts(left: int, right: int, near: Near) -> Sequence[int]:
    """How many words after the left place the right one may begin."""
    size, other = left.bit_length(), right.bit_length()
    after = range(size, size + near.distance + 1)
    if near.ordered:
        return after
    before = range(-other - near.distance, 1 - other)
    if left & left + 1 == 0 and right & right + 1 == 0:
        return [*before, *after]
    within = [shift for shift in range(1 - other, size) if not _shared(left, right, shift)]
    return [*before, *within, *after]


def _shared(left: int, right: int, shift: int) -> int:
    return left << -shift & right if shift < 0 else left & right << shift
