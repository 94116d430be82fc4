"""Does a rule match a text, and where: the one evaluator for live articles, search and backtest.

The answer is exact, unless a rule asks for more work than anybody's rule ever does (see MOST_WORK): then what was
found counts, what was not found is unknown, and a rule that hangs on something unknown does not match. So a hit is
always true, also behind NOT.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, zip_longest

from monitor.model import Hit
from monitor.query.analysis import Text
from monitor.query.compiler import Compiled
from monitor.query.cues import cue_places
from monitor.query.evidence import hit_at
from monitor.query.expr import And, AtLeast, Expr, Listed, Meta, Near, Not, Or, Scope, Term
from monitor.query.places import MOST_WORK, Places, Shapes, Window, first_numbers, inner, solid

MOST_HITS = 50


def match(compiled: Compiled, text: Text) -> tuple[Hit, ...] | None:
    """The evidence, in reading order and at most 50 hits, or None when the rule does not match.

    Every positive term that took part has hits; a rule of only source: or lang: matches without any.
    """
    places = Places(text)
    window = (0, text.count)
    if not _held(compiled.expr, places, window):
        return None
    places.left = MOST_WORK
    evidence = _Evidence(places)
    evidence.gather(compiled.expr, window)
    return evidence.hits()


def holds(compiled: Compiled, text: Text) -> bool:
    """Does the rule match: `match` without the evidence."""
    return bool(_held(compiled.expr, Places(text), (0, text.count)))


def _held(expr: Expr, places: Places, window: Window) -> bool | None:
    """Does the expression hold inside the window? None: it was too much work to know."""
    match expr:
        case Term():
            return _term(expr, places, window)
        case Near():
            return True if next(places.pairs(expr, window), None) else _missing(places)
        case Or(parts):
            return _any(_held(part, places, window) for part in parts)
        case And(parts):
            return _all(_held(part, places, window) for part in parts)
        case Not(part):
            held = _held(part, places, window)
            return None if held is None else not held
        case Listed(_, _, part):
            return _held(part, places, window) if part else False
        case Scope(field, part):
            return _held(part, places, inner(places.text, field, window))
        case AtLeast():
            return _at_least(expr, places, window)
        case Meta():
            return _described(expr, places.text)


def _missing(places: Places) -> bool | None:
    return None if places.cut else False


def _any(found: Iterable[bool | None]) -> bool | None:
    unknown = False
    for held in found:
        if held:
            return True
        unknown = unknown or held is None
    return None if unknown else False


def _all(found: Iterable[bool | None]) -> bool | None:
    unknown = False
    for held in found:
        if held is False:
            return False
        unknown = unknown or held is None
    return None if unknown else True


def _at_least(expr: AtLeast, places: Places, window: Window) -> bool | None:
    certain = possible = 0
    for item, weight in expr.items:
        held = _held(item, places, window)
        certain += weight if held else 0
        possible += 0 if held is False else weight
        if certain >= expr.count:
            return True
    return None if possible >= expr.count else False


def _term(term: Term, places: Places, window: Window) -> bool | None:
    if len(term.patterns) == 1 and not term.exact:
        return places.occurs(term.patterns[0], window) or _missing(places)
    return bool(places.shapes(term, window)) or _missing(places)


def _described(meta: Meta, text: Text) -> bool:
    """A domain covers its subdomains, a language its regions."""
    if meta.field == "lang":
        return text.language == meta.value or text.language.startswith(f"{meta.value}-")
    return any(name == meta.value or name.endswith(f".{meta.value}") for name in text.names)


class _Evidence:
    """The terms that took part in a match, and at which words."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._found: dict[Term, int] = {}

    def gather(self, expr: Expr, window: Window) -> None:
        """Notes where an expression that holds does so; alternatives that do not hold leave nothing."""
        match expr:
            case Term() | Near():
                self._trace(expr, window, self._places.shapes(expr, window))
            case And(parts) | Or(parts):
                self._those_that_hold(parts, window)
            case AtLeast(_, items):
                self._those_that_hold((item for item, _ in items), window)
            case Listed(_, _, part):
                if part:
                    self.gather(part, window)
            case Scope(field, part):
                self.gather(part, inner(self._places.text, field, window))

    def hits(self) -> tuple[Hit, ...]:
        """In reading order, each once. Where there are too many, every term keeps its first ones."""
        noted: dict[tuple[str, tuple[str, ...]], set[Window]] = {}
        for term, starts in self._found.items():
            last = len(term.patterns) - 1
            found = noted.setdefault((term.written, term.lists), set())
            found.update((start, start + last) for start in first_numbers(starts, MOST_HITS))
        rounds = zip_longest(*([(place, term) for place in sorted(found)] for term, found in noted.items()))
        chosen = islice((hit for taken in rounds for hit in taken if hit), MOST_HITS)
        text = self._places.text
        if text.seen.cues is None:
            text.seen.cues = cue_places(text)
        cues = text.seen.cues
        return tuple(hit_at(first, last, name, lists, text, cues) for (first, last), (name, lists) in sorted(chosen))

    def _those_that_hold(self, parts: Iterable[Expr], window: Window) -> None:
        for part in parts:
            if _held(part, self._places, window):
                self.gather(part, window)

    def _trace(self, expr: Expr, window: Window, wanted: Shapes) -> None:
        """Notes the terms that these places of a part are made of."""
        match expr:
            case Term():
                starts = wanted.get(solid(expr), 0) & self._places.shapes(expr, window).get(solid(expr), 0)
                if starts:
                    self._found[expr] = self._found.get(expr, 0) | starts
            case Or(parts):
                for part in parts:
                    if not self._places.absent(part):
                        self._trace(part, window, wanted)
            case Listed(_, _, part):
                if part:
                    self._trace(part, window, wanted)
            case Scope(field, part):
                self._trace(part, inner(self._places.text, field, window), wanted)
            case Near():
                self._trace_sides(expr, window, wanted)

    def _trace_sides(self, near: Near, window: Window, wanted: Shapes) -> None:
        left: Shapes = {}
        right: Shapes = {}
        for pair in self._places.pairs(near, window):
            starts = pair.starts & wanted.get(pair.shape, 0)
            if starts:
                left[pair.left] = left.get(pair.left, 0) | starts << max(0, -pair.shift)
                right[pair.right] = right.get(pair.right, 0) | starts << max(0, pair.shift)
        if left:
            self._trace(near.left, window, left)
            self._trace(near.right, window, right)
