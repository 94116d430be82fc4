"""The words of rules, and which of them no text has."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from monitor.inquiry.candidates import Candidate, candidates
from monitor.model import Rule
from monitor.query import Compiled, RuleSet, holds
from monitor.query.expr import And, AtLeast, Expr, Listed, Near, Or, Scope, Term
from monitor.store import Store
from monitor.store.review import ArticleFilter

_LOOKS = 1_000


def terms(expr: Expr) -> Iterator[Term]:
    """The words and phrases that a rule looks for, as often as they stand in it; not what it must not have."""
    match expr:
        case Term():
            yield expr
        case Near(left, right):
            yield from terms(left)
            yield from terms(right)
        case And(parts) | Or(parts):
            for one in parts:
                yield from terms(one)
        case Scope(_, part):
            yield from terms(part)
        case Listed(_, _, part):
            yield from terms(part) if part else ()
        case AtLeast(_, items):
            for item, _ in items:
                yield from terms(item)
        case _:
            return


class Unmet:
    """The words of some rules that no text was seen to have yet."""

    def __init__(self, asked: Sequence[Compiled]) -> None:
        self._left: dict[str, Compiled] = {}
        for compiled in asked:
            for term in terms(compiled.expr):
                self._left.setdefault(_key(term), replace(compiled, expr=term))
        self._looks = 0
        self._file()

    def _file(self) -> None:
        self._filed = len(self._left)
        self._rules = RuleSet([(Rule(key, ""), compiled) for key, compiled in self._left.items()])

    def look(self, candidate: Candidate) -> None:
        """Cross off what a text has. After the first thousand there is little left, for which the index is quicker."""
        if not self._left or self._looks == _LOOKS:
            return
        self._looks += 1
        for found in self._rules.matches(candidate.text):
            self._left.pop(found.rule_id, None)
        # Filed anew now and then only: what is crossed off costs little, and filing does, too.
        if len(self._left) < 0.75 * self._filed:
            self._file()

    def left(self, store: Store) -> frozenset[str]:
        """Marks of the words that nothing in the archive has, asked of the index where no look has told."""
        return frozenset(key for key, compiled in self._left.items() if not _stands(store, compiled))

    def of(self, compiled: Compiled, left: Container[str]) -> tuple[Term, ...]:
        """The words of one rule that are among those left, each once."""
        return tuple({_key(term): term for term in terms(compiled.expr) if _key(term) in left}.values())


def _stands(store: Store, compiled: Compiled) -> bool:
    found = candidates(store, compiled, ArticleFilter(on_topic=None), newest_only=False)
    return any(holds(compiled, one.text) for one in found)


def _key(term: Term) -> str:
    forms = ("|".join(sorted(one.forms) or (one.prefix,)) for one in term.patterns)
    return f"{term.written}\0{chr(0).join(forms)}"
