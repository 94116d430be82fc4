"""A compiled rule as one line that people read: what it asks for, lists by their names, without the words' forms."""

from __future__ import annotations

from monitor.query.expr import And, AtLeast, Expr, Listed, Meta, Near, Not, Or, Scope, Term

_FIELDS = {"title": "in the title", "lead": "in the title or at the start", "body": "in the body"}
_META = {"source": "from the source", "lang": "in the language"}


def sentence(expr: Expr) -> str:
    """Such as: @blacksea at most 12 words from @ceasefire, but not "grain deal"."""
    match expr:
        case Term():
            return _term(expr)
        case Listed(name):
            return f"@{name}"
        case Near():
            return _near(expr)
        case And(parts):
            return _all(parts)
        case Or(parts):
            return " or ".join(_inside(one) for one in parts)
        case Not(part):
            return f"not {_inside(part)}"
        case Scope(field, part):
            return f"{_inside(part)} {_FIELDS[field]}"
        case Meta(field, value):
            return f"{_META[field]} {value}"
        case AtLeast(count, items):
            return f"at least {count} of: " + ", ".join(_weighed(one, weight) for one, weight in items)


def _term(term: Term) -> str:
    bare = term.written.removeprefix("=").strip('"')
    said = f"“{bare}”" if len(term.words) > 1 else bare
    return f"{said} with exactly these letters" if term.exact else said


def _near(near: Near) -> str:
    left, right = _inside(near.left), _inside(near.right)
    if not near.distance:
        return f"{left} right before {right}" if near.ordered else f"{left} next to {right}"
    words = f"{near.distance} word{'s' if near.distance > 1 else ''}"
    return f"{left} followed within {words} by {right}" if near.ordered else f"{left} at most {words} from {right}"


def _all(parts: tuple[Expr, ...]) -> str:
    wanted = " and ".join(_inside(one) for one in parts if not isinstance(one, Not))
    unwanted = " or ".join(_inside(one.part) for one in parts if isinstance(one, Not))
    return f"{wanted}, but not {unwanted}" if unwanted else wanted


def _inside(part: Expr) -> str:
    """A part of something larger: in brackets where it would else be read wrongly."""
    return f"({sentence(part)})" if isinstance(part, And | Or | Near | AtLeast) else sentence(part)


def _weighed(part: Expr, weight: int) -> str:
    return sentence(part) if weight == 1 else f"{sentence(part)} (counts {weight})"
