"""Many rules against one text: a presearch by what rules need picks the few that are worth evaluating."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from monitor.model import Match, Rule
from monitor.query.analysis import Text
from monitor.query.compiler import Compiled
from monitor.query.matcher import match
from monitor.query.needs import best, needs

# Prefixes are filed under their first three to five letters, so that each word of a text asks three times.
_SHORTEST, _LONGEST = 3, 5


class RuleSet:
    """Rules filed by the words of which each needs one. Safe to share between threads once built."""

    def __init__(self, rules: Sequence[tuple[Rule, Compiled]]) -> None:
        self._rules = tuple(rules)
        self._needs = tuple(needs(compiled.expr) for _, compiled in rules)
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_prefix: dict[str, list[int]] = defaultdict(list)
        for number, found in enumerate(self._needs):
            anchor = best(found)
            if anchor is None:
                self._always.append(number)
                continue
            for word in anchor.words:
                self._by_word[word].append(number)
            for prefix in anchor.prefixes:
                self._by_prefix[prefix[:_LONGEST]].append(number)

    def matches(self, text: Text, *, presearch: bool = True) -> tuple[Match, ...]:
        """All rules that match, in their order. Without `presearch` every rule is evaluated: the oracle for tests."""
        numbers = sorted(self._candidates(text)) if presearch else range(len(self._rules))
        return tuple(self._matched(numbers, text))

    def _candidates(self, text: Text) -> set[int]:
        found = set(self._always)
        for word in self._by_word.keys() & text.words:
            found.update(self._by_word[word])
        if self._by_prefix:
            for length in range(_SHORTEST, _LONGEST + 1):
                for prefix in self._by_prefix.keys() & {word[:length] for word in text.vocabulary}:
                    found.update(self._by_prefix[prefix])
        return {number for number in found if all(need.met(text) for need in self._needs[number])}

    def _matched(self, numbers: Iterable[int], text: Text) -> Iterable[Match]:
        for number in numbers:
            rule, compiled = self._rules[number]
            hits = match(compiled, text)
            if hits is not None:
                yield Match(rule.id, compiled.revision, hits)
