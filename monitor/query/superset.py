"""What an index can answer of a rule: words and their beginnings under AND and OR, never less than the rule finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from monitor.query.expr import And, AtLeast, Expr, Listed, Near, Not, Or, Pattern, Scope, Term

ANYTHING = ".."
"""Indexed for a text whose words do not fit into an index, and part of every query; no word of a text is this."""
MOST_WORDS = 5_000
"""Words that a query may name. A rule that needs more is asked by its rarest part, or reads everything."""
DEEPEST = 12
"""Levels of nesting that a query may have: the parser of FTS5 has a stack of 100 places, some for each level."""

# What both databases keep in one piece and as it is: FTS5's ascii tokenizer ends words at every other ASCII character
# and lowers capitals, PostgreSQL takes no NUL, and neither half of a surrogate pair.
_WHOLE = re.compile(r"[a-z0-9.\x80-\ud7ff\ue000-\U0010ffff]{1,500}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text has one of these words, a word that begins with one of `prefixes`, or holds one of `parts`."""

    words: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    parts: tuple[AllOf, ...] = ()


@dataclass(frozen=True, slots=True)
class AllOf:
    """A text holds all of these parts, of which there are at least two."""

    parts: tuple[OneOf, ...]


Node = OneOf | AllOf


@dataclass(frozen=True, slots=True)
class Superset:
    """`wanted` None: every text may match. `exact`: a text matches the rule if and only if it holds `wanted`."""

    wanted: Node | None
    exact: bool = False


EVERYTHING = Superset(None)


def superset(expr: Expr) -> Superset:
    """What every text holds that a compiled rule matches."""
    found = _superset(expr)
    if found.wanted is None or (_depth(found.wanted) <= DEEPEST and _size(found.wanted) <= MOST_WORDS):
        return found
    rarest = _flat(found.wanted)
    return EVERYTHING if _size(rarest) > MOST_WORDS else Superset(rarest)


def indexable(word: str) -> bool:
    """Whether both indexes keep a word whole and unchanged."""
    return word != ANYTHING and _WHOLE.fullmatch(word) is not None


def fts5(wanted: Node) -> str:
    """The query for a MATCH of SQLite's FTS5."""
    return f'{_written(wanted, _FTS5)} OR "{ANYTHING}"'


def tsquery(wanted: Node) -> str:
    """The query as the text of a PostgreSQL tsquery."""
    return f"{_written(wanted, _TSQUERY)} | '{ANYTHING}'"


def _superset(expr: Expr) -> Superset:
    match expr:
        case Term(patterns=patterns):
            return _all(_pattern(pattern) for pattern in patterns) if len(patterns) == 1 else _phrase(patterns)
        case Near(left, right):
            return _loose(_all((_superset(left), _superset(right))))
        case And(parts):
            found = _all(_superset(part) for part in parts if not isinstance(part, Not))
            return _loose(found) if any(isinstance(part, Not) for part in parts) else found
        case Or(parts):
            return _any([_superset(part) for part in parts])
        case Scope(_, part):
            return _loose(_superset(part))
        case Listed(_, _, part):
            return _superset(part) if part else EVERYTHING
        case AtLeast():
            return _at_least(expr)
        case _:
            return EVERYTHING


def _phrase(patterns: Iterable[Pattern]) -> Superset:
    return _loose(_all(map(_pattern, patterns)))


def _pattern(pattern: Pattern) -> Superset:
    if pattern.wildcard is None:
        return Superset(OneOf(frozenset(filter(indexable, pattern.forms))), not pattern.spelling)
    if not pattern.prefix:
        return EVERYTHING
    whole = pattern.wildcard.pattern == ".*"
    return Superset(OneOf(prefixes=frozenset(filter(indexable, [pattern.prefix]))), whole)


def _loose(found: Superset) -> Superset:
    return Superset(found.wanted)


def _all(found: Iterable[Superset]) -> Superset:
    kept = list(found)
    parts: dict[OneOf, None] = {}
    for one in kept:
        match one.wanted:
            case AllOf(inner):
                parts.update(dict.fromkeys(inner))
            case OneOf():
                parts[one.wanted] = None
    if not parts:
        return EVERYTHING
    never = OneOf()
    wanted: Node = AllOf(tuple(parts)) if len(parts) > 1 else next(iter(parts))
    return Superset(never if never in parts else wanted, all(one.exact for one in kept))


def _any(found: list[Superset]) -> Superset:
    nodes = [one.wanted for one in found if one.wanted is not None]
    if len(nodes) < len(found):
        return EVERYTHING
    return Superset(_union(nodes), all(one.exact for one in found))


def _union(nodes: Iterable[Node]) -> Node:
    words, prefixes = set[str](), set[str]()
    parts: dict[AllOf, None] = {}
    for node in nodes:
        if isinstance(node, AllOf):
            parts[node] = None
            continue
        words |= node.words
        prefixes |= node.prefixes
        parts.update(dict.fromkeys(node.parts))
    if len(parts) == 1 and not words and not prefixes:
        return next(iter(parts))
    return OneOf(frozenset(words), frozenset(prefixes), tuple(parts))


def _at_least(expr: AtLeast) -> Superset:
    """Of every group of items that weighs more than may be missing, one occurs; the rarest items make the groups."""
    items = [(_superset(item), weight) for item, weight in expr.items]
    spare = sum(weight for _, weight in items) - expr.count
    groups: list[list[Superset]] = []
    group, weighs = list[Superset](), 0
    for item, weight in sorted(items, key=lambda pair: _cost(pair[0].wanted)):
        group.append(item)
        weighs += weight
        if weighs > spare:
            groups.append(group)
            group, weighs = [], 0
    found = _all(map(_any, groups))
    any_will_do = expr.count <= min(weight for _, weight in items)
    all_must = len(groups) == len(items)
    return found if any_will_do or all_must else _loose(found)


def _cost(node: Node | None) -> float:
    """How often a text will hold it by chance; short words are frequent words."""
    match node:
        case None:
            return inf
        case AllOf(parts):
            return min(map(_cost, parts))
        case OneOf(words, prefixes, inner):
            own = sum(1 / len(word) ** 2 for word in words) + sum(4 / len(prefix) ** 2 for prefix in prefixes)
            return own + sum(map(_cost, inner))


def _flat(node: Node) -> OneOf:
    """One level of words that is implied by `node`."""
    if isinstance(node, AllOf):
        return min(map(_flat, node.parts), key=_cost)
    flat = [_flat(part) for part in node.parts]
    words = node.words.union(*(one.words for one in flat))
    return OneOf(words, node.prefixes.union(*(one.prefixes for one in flat)))


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, node.parts), default=0)


def _size(node: Node) -> int:
    own = len(node.words) + len(node.prefixes) if isinstance(node, OneOf) else 0
    return own + sum(map(_size, node.parts))


@dataclass(frozen=True, slots=True)
class _Dialect:
    both: str
    either: str
    word: Callable[[str], str]
    prefix: Callable[[str], str]


def _written(node: Node, dialect: _Dialect) -> str:
    """In parentheses wherever there is more than one thing; what can never be becomes what every query asks for."""
    if isinstance(node, AllOf):
        return "(" + dialect.both.join(_written(part, dialect) for part in node.parts) + ")"
    words = [dialect.word(word) for word in sorted(node.words)]
    words += [dialect.prefix(prefix) for prefix in sorted(node.prefixes)]
    words += [_written(part, dialect) for part in node.parts]
    return "(" + dialect.either.join(words or [dialect.word(ANYTHING)]) + ")"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


_FTS5 = _Dialect(" AND ", " OR ", _quoted, lambda prefix: f"{_quoted(prefix)} *")
_TSQUERY = _Dialect(" & ", " | ", _lexeme, lambda prefix: f"{_lexeme(prefix)}:*")
