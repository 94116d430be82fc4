"""Many rules against one text: a presearch by what rules need picks the few that are worth evaluating."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model import Match, Rule
from monitor.query.analysis import Text
from monitor.query.compiler import Compiled
from monitor.query.matcher import match
from monitor.query.needs import Need, begins, best, needs

# Prefixes are filed under their first five letters, shorter ones whole, so that a text asks once for each length.
_LONGEST = 5


class RuleSet:
    """Rules filed by the words of which each needs one. Safe to share between threads once built."""

    def __init__(self, rules: Sequence[tuple[Rule, Compiled]]) -> None:
        self._rules = tuple(rules)
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[tuple[str, int]]] = {}
        self._others: list[tuple[frozenset[str], ...]] = []
        for number, (_, compiled) in enumerate(rules):
            found = needs(compiled.expr)
            anchor = best(found)
            self._file(number, anchor)
            # What holds a prefix is left to the matcher: asking the vocabulary twice gains nothing.
            self._others.append(tuple(need.words for need in found if need is not anchor and not need.prefixes))
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def _file(self, number: int, anchor: Need | None) -> None:
        if anchor is None:
            self._always.append(number)
            return
        for word in anchor.words:
            self._by_word.setdefault(word, []).append(number)
        for prefix in anchor.prefixes:
            self._by_prefix.setdefault(prefix[:_LONGEST], []).append((prefix, number))

    def matches(self, text: Text, *, presearch: bool = True) -> tuple[Match, ...]:
        """All rules that match, in their order. Without `presearch` every rule is evaluated: the oracle for tests."""
        numbers = sorted(self._candidates(text)) if presearch else range(len(self._rules))
        return tuple(self._matched(numbers, text))

    def candidates(self, text: Text) -> int:
        """How many rules the presearch leaves to the matcher."""
        return len(self._candidates(text))

    def _candidates(self, text: Text) -> set[int]:
        words = text.words
        found = set(self._always)
        for word in self._by_word.keys() & words:
            found.update(self._by_word[word])
        for length in self._lengths:
            for key in self._by_prefix.keys() & {word[:length] for word in words}:
                found.update(number for prefix, number in self._by_prefix[key] if begins(text.vocabulary, prefix))
        return {number for number in found if not any(map(words.isdisjoint, self._others[number]))}

    def _matched(self, numbers: Iterable[int], text: Text) -> Iterable[Match]:
        for number in numbers:
            rule, compiled = self._rules[number]
            hits = match(compiled, text)
            if hits is not None:
                yield Match(rule.id, compiled.revision, hits)
