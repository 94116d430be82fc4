"""The parts of a rule, as a tree. `position` is the 0-based character in the query where a part begins."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one word of a term may be in a text.

    Either one of the folded `forms` (with `spelling`: only where exact() of the text's word is that spelling),
    or a word that begins with the folded `prefix` and goes on as `wildcard` says.
    """

    forms: frozenset[str] = frozenset()
    spelling: str = ""
    prefix: str = ""
    wildcard: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A word or, with several `words`, a phrase; `written` as in the rule.

    The compiler adds the patterns and `lists`: the names of the lists it stands in, from the rule inwards.
    """

    written: str
    words: tuple[str, ...]
    exact: bool
    position: int
    patterns: tuple[Pattern, ...] = ()
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """At most `distance` words between the two, in one paragraph; `ordered`: left comes first."""

    left: Expr
    right: Expr
    distance: int
    ordered: bool
    position: int


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Expr, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Expr, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not occur. Stands only beside something that must."""

    part: Expr
    position: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The part, looked for only in `field`: title, lead or body."""

    field: str
    part: Expr
    position: int


@dataclass(frozen=True, slots=True)
class Meta:
    """The article's `field`, source or lang, is `value` (lower case)."""

    field: str
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A named list; the compiler puts the list's own expression into `part`."""

    name: str
    position: int
    part: Expr | None = None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The weights of the alternatives that occur sum to `count` or more; each counts once."""

    count: int
    items: tuple[tuple[Expr, int], ...]
    position: int


Expr = Term | Near | And | Or | Not | Scope | Meta | Listed | AtLeast
