"""A query and the lists it names into something that can be matched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from monitor.errors import QueryError
from monitor.query.expr import And, AtLeast, Expr, Listed, Near, Not, Or, Pattern, Scope, Term
from monitor.query.forms import forms
from monitor.query.mends import nearest
from monitor.query.parser import check_near, parse
from monitor.text import ANALYSER, exact, fold

MOST_TERMS = 20_000
"""Words and phrases that one rule may hold after its lists are filled in."""
DEEPEST_TREE = 120

_parsed = lru_cache(maxsize=512)(parse)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to match; `revision` changes when the query, a list it uses, a form or the analyser does.

    `lists` are those it uses, `forms` all its words that are inflected, with what they stand for.
    """

    query: str
    expr: Expr
    revision: str
    lists: Mapping[str, str] = field(default_factory=dict, compare=False)
    forms: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)


def compile_query(query: str, lists: Mapping[str, str]) -> Compiled:
    """The query with its lists filled in; QueryError also for an unknown list and for lists that name each other."""
    return _compiled(query, lists, forms, _shared(frozenset(lists.items())))


def freeze_rule(compiled: Compiled) -> dict[str, Any]:
    """All that a rule means, as JSON: its lists and the forms of its words. The query itself is kept beside it."""
    inflected = {word: sorted(found) for word, found in sorted(compiled.forms.items())}
    return {"analyser": ANALYSER, "lists": dict(sorted(compiled.lists.items())), "forms": inflected}


def thaw_rule(query: str, frozen: Mapping[str, Any]) -> Compiled:
    """The rule as it was frozen, whatever lists, inflection and dictionaries say today."""
    known = {word: frozenset(found) for word, found in frozen["forms"].items()}
    return _compiled(query, frozen["lists"], known.__getitem__, {})


def _compiled(
    query: str, lists: Mapping[str, str], inflect: Callable[[str], frozenset[str]], shared: _Shared
) -> Compiled:
    compiler = _Compiler(lists, inflect, shared)
    expr = compiler.filled(_parsed(query), (), 0)
    unmarked = Compiled(query, expr, "", {name: lists[name] for name in compiler.used}, compiler.forms)
    content = json.dumps([query, freeze_rule(unmarked)], ensure_ascii=False)
    return replace(unmarked, revision=sha256(content.encode(errors="replace")).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class _Part:
    """A list as it stands in others: its terms counted, the lists and forms it needs, how many levels deep it is."""

    expr: Expr
    terms: int
    used: set[str]
    forms: dict[str, frozenset[str]]
    depth: int


_Shared = dict[tuple[str, ...], _Part]


@lru_cache(maxsize=4)
def _shared(lists: frozenset[tuple[str, str]]) -> _Shared:
    """What the rules over the same lists share, filled as they are compiled; by the lists from the rule inwards."""
    return {}


class _Compiler:
    def __init__(self, lists: Mapping[str, str], inflect: Callable[[str], frozenset[str]], shared: _Shared) -> None:
        self._lists = lists
        self._forms = inflect
        self._shared = shared
        self.terms = 0
        self.deepest = 0
        self.used: set[str] = set()
        self.forms: dict[str, frozenset[str]] = {}

    def filled(self, expr: Expr, within: tuple[str, ...], depth: int) -> Expr:
        """The expression with patterns and list contents; `within` are the lists it stands in."""
        self.deepest = max(self.deepest, depth)
        if depth > DEEPEST_TREE:
            raise QueryError(
                f"nested deeper than {DEEPEST_TREE} levels with its lists: make them flatter", expr.position
            )
        match expr:
            case Term():
                return self._term(expr, within)
            case Listed():
                return self._list(expr, within, depth)
            case Near():
                left, right = (self.filled(side, within, depth + 1) for side in (expr.left, expr.right))
                near = Near(left, right, expr.distance, expr.ordered, expr.position)
                check_near(near)
                return near
            case And(parts, position):
                return And(tuple(self.filled(part, within, depth + 1) for part in parts), position)
            case Or(parts, position):
                return Or(tuple(self.filled(part, within, depth + 1) for part in parts), position)
            case Not() | Scope():
                return replace(expr, part=self.filled(expr.part, within, depth + 1))
            case AtLeast(count, items, position):
                filled = tuple((self.filled(item, within, depth + 1), weight) for item, weight in items)
                return AtLeast(count, filled, position)
            case _:
                return expr

    def _term(self, term: Term, within: tuple[str, ...]) -> Term:
        self._count(1, term.position)
        patterns = tuple(self._pattern(word, term.exact) for word in term.words)
        return Term(term.written, term.words, term.exact, term.position, patterns, within)

    def _count(self, terms: int, position: int) -> None:
        self.terms += terms
        if self.terms > MOST_TERMS:
            raise QueryError(f"more than {MOST_TERMS:,} words and phrases with its lists: split the rule", position)

    def _pattern(self, word: str, is_exact: bool) -> Pattern:
        """What a rule's word, possibly with * and ?, may be in a text."""
        if is_exact or "*" in word or "?" in word:
            return _spelled(word) if is_exact else _open(word)
        found = self.forms[word] = self._forms(word)
        return _inflected(found)

    def _list(self, listed: Listed, within: tuple[str, ...], depth: int) -> Listed:
        name = listed.name
        if name in within:
            raise QueryError(f"@{name} contains itself ({_path(within, name)}): break the circle", listed.position)
        if name not in self._lists:
            known = ", ".join(f"@{known}" for known in sorted(self._lists)[:20]) or "none"
            close = nearest(name, self._lists)
            meant = f"write @{close}, or " if close else ""
            raise QueryError(
                f"unknown list @{name}: {meant}define it in [lists], or use one of {known}", listed.position
            )
        part = self._shared.get((*within, name))
        if part is None or depth + part.depth > DEEPEST_TREE:
            part = self._shared[*within, name] = self._filled_list(listed, within, depth)
        self.deepest = max(self.deepest, depth + part.depth)
        self.used |= part.used
        self.forms |= part.forms
        self._count(part.terms, listed.position)
        return Listed(name, listed.position, part.expr)

    def _filled_list(self, listed: Listed, within: tuple[str, ...], depth: int) -> _Part:
        name = listed.name
        inner = _Compiler(self._lists, self._forms, self._shared)
        try:
            expr = inner.filled(_parsed(self._lists[name]), (*within, name), depth + 1)
        except QueryError as error:
            # The innermost list is the one to mend, and the path to it may be a hundred lists long.
            said = error.message if error.message.startswith("in list @") else f"in list @{name}: {error}"
            raise QueryError(said, listed.position) from None
        return _Part(expr, inner.terms, {name, *inner.used}, inner.forms, inner.deepest - depth)


def _path(within: tuple[str, ...], name: str) -> str:
    return " > ".join(f"@{step}" for step in (*within[within.index(name) :], name))


# Patterns are shared: what a text is found to have of one rule's word need not be looked up for the next rule's.
_inflected = lru_cache(maxsize=1 << 15)(Pattern)


@lru_cache(maxsize=1 << 12)
def _spelled(word: str) -> Pattern:
    return Pattern(frozenset({fold(word)}), spelling=exact(word))


@lru_cache(maxsize=1 << 15)
def _open(word: str) -> Pattern:
    prefix = re.split(r"[*?]", word, maxsplit=1)[0]
    return Pattern(prefix=fold(prefix), wildcard=_wildcard(word[len(prefix) :]))


@lru_cache(maxsize=1 << 12)
def _wildcard(word: str) -> re.Pattern[str]:
    """* as any letters, ? as one. Atomic groups keep it linear however many * there are."""
    first, *rest = ("".join(map(_literal, re.findall(r"\?|[^?]+", part))) for part in re.split(r"\*+", word))
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + "".join(f".*{part}" for part in rest[-1:]), re.DOTALL)


def _literal(part: str) -> str:
    return "." if part == "?" else re.escape(fold(part))
