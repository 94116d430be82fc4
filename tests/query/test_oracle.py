"""The matcher against an independent, naive evaluation of random nested rules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.query import RuleSet, analyse, compile_query, match

WORDS = ["storm", "flood", "Rain", "RAIN", "storms", "stop"]
LISTS = {"wet": 'flood OR "rain storm"', "mild": "rain"}


@dataclass(frozen=True)
class Word:
    """A word of a text: spelling, field, paragraph."""

    spelling: str
    field: str
    paragraph: int


Texts = list[Word]
Places = set[frozenset[int]]  # the numbers of the words that together make one place


@dataclass(frozen=True)
class Leaf:
    """A word or phrase; `kind`: plain, exact or wildcard."""

    words: tuple[str, ...]
    kind: str

    def query(self) -> str:
        text = " ".join(f"{word}*" if self.kind == "wildcard" else word for word in self.words)
        return ("=" if self.kind == "exact" else "") + (f'"{text}"' if len(self.words) > 1 else text)

    def fits(self, word: str, spelling: str) -> bool:
        if self.kind == "exact":
            return word == spelling
        folded = spelling.lower()
        return folded.startswith(word.lower()) if self.kind == "wildcard" else folded == word.lower()

    def places(self, text: Texts, fields: set[str]) -> Places:
        size = len(self.words)
        found: Places = set()
        for start in range(len(text) - size + 1):
            window = text[start : start + size]
            together = len({(word.field, word.paragraph) for word in window}) == 1 and window[0].field in fields
            if together and all(map(self.fits, self.words, [word.spelling for word in window])):
                found.add(frozenset(range(start, start + size)))
        return found

    def holds(self, text: Texts, fields: set[str]) -> bool:
        return bool(self.places(text, fields))


@dataclass(frozen=True)
class Group:
    """Any other part of a rule: its kind, its parts and its number."""

    kind: str
    parts: tuple[Leaf | Group, ...]
    number: int = 0

    def query(self) -> str:
        parts = [part.query() for part in self.parts]
        match self.kind:
            case "AND" | "OR":
                return "(" + f" {self.kind} ".join(parts) + ")"
            case "BUT":
                return f"({parts[0]} NOT {parts[1]})"
            case "NEAR" | "ONEAR":
                return f"({parts[0]} {self.kind}/{self.number} {parts[1]})"
            case "ATLEAST":
                return f"ATLEAST/{self.number}({parts[0]}^2, {', '.join(parts[1:])})"
            case "wet" | "mild":
                return f"@{self.kind}"
            case _:
                return f"{self.kind}:{parts[0]}"

    def places(self, text: Texts, fields: set[str]) -> Places:
        if self.kind in ("OR", "wet", "mild"):
            return set().union(*(part.places(text, fields) for part in self.parts))
        if self.kind in ("title", "body"):
            return self.parts[0].places(text, fields & {self.kind})
        left, right = (part.places(text, fields) for part in self.parts)
        return {one | other for one, other in product(left, right) if self.near(one, other, text)}

    def near(self, one: frozenset[int], other: frozenset[int], text: Texts) -> bool:
        if one & other or len({(text[place].field, text[place].paragraph) for place in one | other}) > 1:
            return False
        if max(one) < min(other):
            between = min(other) - max(one) - 1
        elif self.kind == "ONEAR":
            return False
        else:
            between = min(one) - max(other) - 1
        return between <= self.number

    def holds(self, text: Texts, fields: set[str]) -> bool:
        match self.kind:
            case "AND":
                return all(part.holds(text, fields) for part in self.parts)
            case "OR":
                return any(part.holds(text, fields) for part in self.parts)
            case "BUT":
                return self.parts[0].holds(text, fields) and not self.parts[1].holds(text, fields)
            case "ATLEAST":
                weights = [2, *([1] * (len(self.parts) - 1))]
                held = [part.holds(text, fields) for part in self.parts]
                return sum(weight for weight, true in zip(weights, held, strict=True) if true) >= self.number
            case "title" | "body":
                return self.parts[0].holds(text, fields & {self.kind})
            case _:
                return bool(self.places(text, fields))


Part = Leaf | Group
WET = Group("wet", (Leaf(("flood",), "plain"), Leaf(("rain", "storm"), "plain")))
MILD = Group("mild", (Leaf(("rain",), "plain"),))
leaves = st.builds(
    Leaf,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["plain", "exact", "wildcard"]),
)
located: st.SearchStrategy[Part] = st.recursive(
    leaves | st.sampled_from([WET, MILD]),
    lambda part: (
        st.builds(Group, st.sampled_from(["NEAR", "ONEAR"]), st.tuples(part, part), st.integers(0, 4))
        | st.builds(Group, st.just("OR"), st.lists(part, min_size=2, max_size=3).map(tuple))
        | st.builds(Group, st.sampled_from(["title", "body"]), st.tuples(part))
    ),
    max_leaves=5,
)
rules: st.SearchStrategy[Part] = st.recursive(
    located,
    lambda part: (
        st.builds(Group, st.sampled_from(["AND", "OR"]), st.lists(part, min_size=2, max_size=3).map(tuple))
        | st.builds(Group, st.just("BUT"), st.tuples(part, part))
        | st.builds(Group, st.just("ATLEAST"), st.lists(part, min_size=2, max_size=4).map(tuple), st.integers(1, 3))
        | st.builds(Group, st.sampled_from(["title", "body"]), st.tuples(part))
    ),
    max_leaves=6,
)
paragraphs = st.lists(st.sampled_from([*WORDS, "x"]), max_size=9)
texts = st.tuples(paragraphs, st.lists(paragraphs, max_size=3))


def numbered(title: list[str], body: list[list[str]]) -> Texts:
    words = [Word(spelling, "title", 0) for spelling in title]
    return words + [Word(spelling, "body", number) for number, paragraph in enumerate(body) for spelling in paragraph]


@settings(derandomize=True, max_examples=400, deadline=None)
@given(rules, texts)
def test_matcher_agrees_with_the_naive_evaluation(rule: Part, text: tuple[list[str], list[list[str]]]) -> None:
    title, body = text
    fields = {"title": " ".join(title), "body": "\n\n".join(map(" ".join, body))}
    hits = match(compile_query(rule.query(), LISTS), analyse(fields["title"], fields["body"]))
    assert (hits is not None) == rule.holds(numbered(title, body), {"title", "body"}), rule.query()
    for hit in hits or ():
        assert fields[hit.field][hit.start : hit.end] == hit.text
        assert hit.text.lower().startswith(hit.term.strip('="').split("*")[0].lower()[:3])


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(rules, min_size=1, max_size=12), st.lists(texts, min_size=1, max_size=4))
def test_presearch_misses_nothing(parts: list[Part], articles: list[tuple[list[str], list[list[str]]]]) -> None:
    pairs = [
        (Rule(f"r{number}", part.query()), compile_query(part.query(), LISTS)) for number, part in enumerate(parts)
    ]
    rule_set = RuleSet(pairs)
    for title, body in articles:
        text = analyse(" ".join(title), "\n\n".join(map(" ".join, body)))
        assert rule_set.matches(text) == rule_set.matches(text, presearch=False)
