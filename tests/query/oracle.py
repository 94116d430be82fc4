"""Random rules and articles with a second, slow and simple judge of them, written from the grammar and not the engine.

A place is the set of word numbers that a part of a rule stands on; all places are listed and all pairs compared. The
tests and the fuzz script run this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random

from monitor.query import Text, analyse, compile_query, freeze, holds, match, thaw

# A text's word: its folded and its exact form.
SPELLINGS = {
    "storm": ("storm", "storm"),
    "Storm": ("storm", "Storm"),
    "STORM": ("storm", "STORM"),
    "storms": ("storms", "storms"),
    "flood": ("flood", "flood"),
    "Floods": ("floods", "Floods"),
    "rain": ("rain", "rain"),
    "Rain’s": ("rain", "Rain"),
    "US": ("us", "US"),
    "U.S.": ("us", "US"),
    "us": ("us", "us"),
    "stop": ("stop", "stop"),
    "Café": ("cafe", "Café"),
    "1,200": ("1200", "1200"),
    "x": ("x", "x"),
    "y": ("y", "y"),
}
# A rule's word: the folded forms among those above that it stands for.
PLAIN = {
    "storm": {"storm", "storms"},
    "storms": {"storm", "storms"},
    "Storms": {"storms"},
    "flood": {"flood", "floods"},
    "rain": {"rain"},
    "Rain’s": {"rain"},
    "us": {"us"},
    "U.S.": {"us"},
    "stop": {"stop"},
    "cafe": {"cafe"},
    "1200": {"1200"},
    "x": {"x"},
    "sto*": {"storm", "storms", "stop"},
    "stor?": {"storm"},
    "Flo*s": {"floods"},
    "storm*": {"storm", "storms"},
    "rai*": {"rain"},
    "sno*": set(),
}
EXACT = ["storm", "Storm", "STORM", "storms", "rain", "Rain", "US", "us", "Café", "Cafe", "stop"]
LISTS = {
    "wet": 'flood OR "rain storm"',
    "mild": "rain",
    "near": "(storm NEAR/2 rain) OR @mild",
    "both": "us AND @wet",
}
LEAD = 60
SOURCES, LANGUAGES = ("", "a b.example", "c Sub.B.example"), ("", "en", "uk", "uk-UA")

Numbers = frozenset[int]


@dataclass(frozen=True)
class Article:
    """Spellings: those of the title, and those of the body by paragraph."""

    title: list[str]
    body: list[list[str]]
    source: str
    language: str
    gap: str = " "

    def fields(self) -> tuple[str, str]:
        return self.gap.join(self.title), "\n\n".join(map(self.gap.join, self.body))

    def words(self) -> list[str]:
        return [*self.title, *(word for paragraph in self.body for word in paragraph)]

    def paragraphs(self) -> list[int]:
        return [number for number, words in enumerate([self.title, *self.body]) for _ in words]

    def zone(self, field: str) -> Numbers:
        titled, count = len(self.title), len(self.words())
        return frozenset(
            range(titled if field == "body" else 0, {"title": titled, "lead": titled + LEAD}.get(field, count))
        )


@dataclass(frozen=True)
class Leaf:
    """A word or a phrase."""

    words: tuple[str, ...]
    exact: bool = False

    def query(self) -> str:
        text = " ".join(self.words)
        return ("=" if self.exact else "") + (f'"{text}"' if len(self.words) > 1 else text)

    def fits(self, word: str, spelling: str) -> bool:
        folded, exact = SPELLINGS[spelling]
        return exact == word if self.exact else folded in PLAIN[word]

    def places(self, article: Article, zone: Numbers) -> set[Numbers]:
        words, paragraphs = article.words(), article.paragraphs()
        found = set()
        for start in range(len(words) - len(self.words) + 1):
            place = range(start, start + len(self.words))
            one_paragraph = len({paragraphs[number] for number in place}) == 1
            fit = all(self.fits(word, words[number]) for word, number in zip(self.words, place, strict=True))
            if fit and one_paragraph and zone.issuperset(place):
                found.add(frozenset(place))
        return found

    def holds(self, article: Article, zone: Numbers) -> bool:
        return bool(self.places(article, zone))


@dataclass(frozen=True)
class Group:
    """Any other part of a rule; `numbers`: a distance, or a count and the weights."""

    kind: str
    parts: tuple[Part, ...]
    numbers: tuple[int, ...] = ()
    value: str = ""

    def query(self) -> str:
        parts = [part.query() for part in self.parts]
        match self.kind:
            case "AND":
                return f"({self.value.join(parts)})"
            case "OR":
                return f"({' OR '.join(parts)})"
            case "BUT":
                return f"({parts[0]} {self.value}{parts[1]})"
            case "NEAR" | "ONEAR":
                return f"({parts[0]} {self.kind}/{self.numbers[0]} {parts[1]})"
            case "ATLEAST":
                count, *weights = self.numbers
                items = [f"{part}^{weight}" for part, weight in zip(parts, weights, strict=True)]
                return f"ATLEAST/{count}({', '.join(items)})"
            case "list":
                return f"@{self.value}"
            case "source" | "lang":
                return f"{self.kind}:{self.value}"
            case _:
                return f"{self.kind}:{parts[0]}"

    def places(self, article: Article, zone: Numbers) -> set[Numbers]:
        if self.kind in ("OR", "list"):
            return set().union(*(part.places(article, zone) for part in self.parts))
        if self.kind in ("title", "lead", "body"):
            return self.parts[0].places(article, zone & article.zone(self.kind))
        left, right = (part.places(article, zone) for part in self.parts)
        paragraphs = article.paragraphs()
        return {one | other for one, other in product(left, right) if self.near(one, other, paragraphs)}

    def near(self, one: Numbers, other: Numbers, paragraphs: list[int]) -> bool:
        if one & other or len({paragraphs[number] for number in one | other}) > 1:
            return False
        if max(one) < min(other):
            between = min(other) - max(one) - 1
        elif self.kind == "ONEAR":
            return False
        else:
            between = min(one) - max(other) - 1
        return between <= self.numbers[0]

    def holds(self, article: Article, zone: Numbers) -> bool:
        held = (
            [part.holds(article, zone) for part in self.parts] if self.kind in ("AND", "OR", "BUT", "ATLEAST") else []
        )
        match self.kind:
            case "AND":
                return all(held)
            case "OR":
                return any(held)
            case "BUT":
                return held[0] and not held[1]
            case "ATLEAST":
                count, *weights = self.numbers
                return sum(weight for weight, true in zip(weights, held, strict=True) if true) >= count
            case "title" | "lead" | "body":
                return self.parts[0].holds(article, zone & article.zone(self.kind))
            case "list":
                return self.parts[0].holds(article, zone)
            case "source":
                return any(f".{name}".endswith(f".{self.value}") for name in article.source.lower().split())
            case "lang":
                return f"{article.language.lower()}-".startswith(f"{self.value}-")
            case _:
                return bool(self.places(article, zone))


Part = Leaf | Group
_WET = Group("OR", (Leaf(("flood",)), Leaf(("rain", "storm"))))
_MILD = Leaf(("rain",))
LISTED: dict[str, Part] = {
    "wet": _WET,
    "mild": _MILD,
    "near": Group("OR", (Group("NEAR", (Leaf(("storm",)), _MILD), (2,)), _MILD)),
    "both": Group("AND", (Leaf(("us",)), _WET)),
}


def leaf(chance: Random) -> Leaf:
    size = chance.choice((1, 1, 1, 2, 2, 3))
    exact = chance.random() < 0.2
    return Leaf(tuple(chance.choice(EXACT if exact else list(PLAIN)) for _ in range(size)), exact)


def located(chance: Random, depth: int) -> Part:
    """A part that has places, as NEAR takes them."""
    if depth <= 0 or chance.random() < 0.25:
        return listed(chance, ("wet", "mild", "near")) if chance.random() < 0.2 else leaf(chance)
    kind = chance.choice(("NEAR", "NEAR", "ONEAR", "OR", "OR", "title", "lead", "body"))
    if kind in ("NEAR", "ONEAR"):
        return Group(
            kind, (located(chance, depth - 1), located(chance, depth - 1)), (chance.choice((0, 1, 2, 3, 5, 50)),)
        )
    return Group(kind, tuple(located(chance, depth - 1) for _ in range(3 if kind == "OR" else 1)))


def rule(chance: Random, depth: int = 4) -> Part:
    """Any part that may stand alone."""
    if depth <= 0 or chance.random() < 0.3:
        return located(chance, depth)
    kind = chance.choice(("AND", "AND", "OR", "OR", "BUT", "BUT", "ATLEAST", "title", "lead", "body", "list", "meta"))
    parts = tuple(rule(chance, depth - 1) for _ in range({"AND": 2, "OR": 2, "ATLEAST": 3, "BUT": 2}.get(kind, 1)))
    match kind:
        case "list":
            return listed(chance, tuple(LISTED))
        case "meta":
            described = chance.choice((("source", "b.example"), ("source", "a"), ("lang", "uk"), ("lang", "en")))
            return Group(described[0], (), (), described[1])
        case "AND":
            return Group(kind, parts, (), chance.choice((" AND ", " ")))
        case "BUT":
            return Group(kind, parts, (), chance.choice(("NOT ", "-", "AND NOT ")))
        case "ATLEAST":
            weights = [chance.randint(1, 3) for _ in parts]
            return Group(kind, parts, (chance.randint(1, sum(weights)), *weights))
        case _:
            return Group(kind, parts)


def listed(chance: Random, names: tuple[str, ...]) -> Group:
    name = chance.choice(names)
    return Group("list", (LISTED[name],), (), name)


def article(chance: Random) -> Article:
    words = chance.sample(list(SPELLINGS), chance.randint(2, len(SPELLINGS)))

    def some(most: int) -> list[str]:
        return [chance.choice(words) for _ in range(chance.randint(0, most))]

    body = [some(12) for _ in range(chance.randint(0, 3))]
    if chance.random() < 0.2:
        body.insert(0, ["y"] * chance.randint(LEAD - 6, LEAD) + some(12))
    gap = chance.choice((" ", ", ", "\n", " — ", ". "))
    return Article(some(6), body, chance.choice(SOURCES), chance.choice(LANGUAGES), gap)


def analysed(article: Article) -> Text:
    title, body = article.fields()
    return analyse(title, body, source=article.source, language=article.language)


def difference(part: Part, article: Article) -> str:
    """What the engine makes of it otherwise than this file does, live and thawed; empty when all agree."""
    compiled = compile_query(part.query(), LISTS)
    live = analysed(article)
    thawed = thaw(freeze(live), original=article.fields, source=article.source, language=article.language)
    expected = part.holds(article, frozenset(range(len(article.words()))))
    hits = match(compiled, live)
    told = {
        "holds": holds(compiled, live) == expected,
        "holds, thawed": holds(compiled, thawed) == expected,
        "match": (hits is not None) == expected,
        "match, thawed": match(compiled, thawed) == hits,
        "offsets": all(article.fields()[hit.field == "body"][hit.start : hit.end] == hit.text for hit in hits or ()),
        "evidence": not expected or "lang:" in part.query() or "source:" in part.query() or bool(hits),
        "terms": all(_true_hit(hit.term, hit.text, article.gap) for hit in hits or ()),
    }
    wrong = [name for name, right in told.items() if not right]
    return f"{', '.join(wrong)}: {part.query()} on {article}" if wrong else ""


def _true_hit(term: str, text: str, gap: str) -> bool:
    """Do the words of the hit fit the term that it names?"""
    words = tuple(term.strip('="').split(" "))
    spellings = text.split(gap)
    leaf = Leaf(words, term.startswith("="))
    # The dot that ends U.S. belongs to the word, the one before a space to the gap.
    return len(words) == len(spellings) and all(
        leaf.fits(word, spelling if spelling in SPELLINGS else f"{spelling}.")
        for word, spelling in zip(words, spellings, strict=True)
    )
