"""A compiled rule in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.query.analysis import LEAD_WORDS
from monitor.query.compiler import Compiled
from monitor.query.expr import And, AtLeast, Expr, Listed, Meta, Near, Not, Or, Pattern, Scope, Term
from monitor.query.forms import without_dictionary

_FIELDS = {
    "title": "in the title",
    "lead": f"in the title or the first {LEAD_WORDS} words of the body",
    "body": "in the body",
}
_SMALL = ("and", "or", "not", "near")
INSTALL = "`pip install 'storywatch[slavic]'`"
_META = {"source": "the source is", "lang": "the language is"}


def explain(compiled: Compiled) -> str:
    """What the rule asks for, one line a part, indented by two spaces a level; last, what inflection misses."""
    missing = uninflected(compiled)
    notes = [without_forms(missing)] if missing else []
    small = [word for word in _SMALL if word in compiled.forms]
    if small:
        notes.append(f"read as ordinary words: {', '.join(small)}; operators are written in CAPITALS")
    return "\n".join([*_lines(compiled.expr, 0), *notes])


def uninflected(compiled: Compiled) -> tuple[str, ...]:
    """The rule's words that match only as written, because their dictionary is not installed."""
    return tuple(word for word in compiled.forms if without_dictionary(word))


def without_forms(words: Sequence[str]) -> str:
    """Says which words lack their forms, and the command that mends it."""
    shown = ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")
    return (
        f"only as written, not in their other forms: {shown}; {INSTALL} brings the Ukrainian and Russian dictionaries"
    )


def _lines(expr: Expr, depth: int) -> Iterator[str]:
    yield "  " * depth + _head(expr)
    for part, weight in _parts(expr):
        lines = _lines(part, depth + 1)
        yield next(lines) + (f" (counts {weight})" if weight != 1 else "")
        yield from lines


def _head(expr: Expr) -> str:
    match expr:
        case Term():
            return _term(expr)
        case Near(_, _, distance, ordered):
            order = "in this order" if ordered else "in either order"
            return (
                f"next to each other, {order}:"
                if not distance
                else f"{_words(distance)} between, {order}, one paragraph:"
            )
        case And():
            return "all of:"
        case Or():
            return "any of:"
        case Not():
            return "but not:"
        case Scope(field):
            return f"{_FIELDS[field]}:"
        case Meta(field, value):
            return f"{_META[field]} {value}"
        case Listed(name):
            return f"the list @{name}:"
        case AtLeast(count):
            return f"at least {count} of:"


def _words(distance: int) -> str:
    return f"at most {distance} word{'s' if distance > 1 else ''}"


def _term(term: Term) -> str:
    written = term.written.removeprefix("=") if term.exact else term.written
    said = f"{written}, with exactly these letters" if term.exact else written
    if any(len(pattern.forms) > 1 for pattern in term.patterns):
        said += f" (matches: {' + '.join(map(_forms, term.words, term.patterns))})"
    return said


def _forms(word: str, pattern: Pattern) -> str:
    return ", ".join(sorted(pattern.forms)) or word


def _parts(expr: Expr) -> list[tuple[Expr, int]]:
    match expr:
        case Near(left, right):
            return [(left, 1), (right, 1)]
        case And(parts) | Or(parts):
            return [(part, 1) for part in parts]
        case Not(part) | Scope(_, part):
            return [(part, 1)]
        case Listed(_, _, part):
            return [(part, 1)] if part else []
        case AtLeast(_, items):
            return list(items)
        case _:
            return []
