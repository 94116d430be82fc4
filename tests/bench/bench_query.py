"""Articles a second through analysis, presearch and matching, and beside it what others need for the same rules.

Rules as people write them: words inflected, a quarter with a wildcard, one hit in 10,000 pairs of rule and article. In
one run, each engine in a process of its own: ours, `re` with a pattern a rule, pyahocorasick and hyperscan as a
presearch before our matcher, SQLite FTS5 in memory. Ours includes cutting articles into words, `re` and FTS5 need not.
Ours and those that use our matcher find the evidence, too. What needs seconds an article is left out from 100,000 on.

python tests/bench/bench_query.py [--articles 300] [--rules 10 1000 10000 100000] [--words 370]
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from monitor.model import Rule
from monitor.query import Compiled, RuleSet, analyse, compile_query, freeze, match, thaw
from monitor.query.needs import best, needs

SYLLABLES = ["ba", "ce", "do", "fi", "gu", "ka", "le", "mo", "ni", "pu", "ra", "se", "to", "vi", "zu", "th", "on", "ar"]
ENDINGS = ["", "", "", "s", "ed", "ing"]
VOCABULARY, COMMON = 12_000, 700
SLOW = 30  # articles that an engine gets which needs a second for few of them
TOO_MANY = 50_000  # rules with which the slow engines are left out
LONGEST = 20.0  # seconds after which an engine is stopped; its rate is of what it did


@dataclass(frozen=True)
class Wanted:
    """A rule: one of the words of every group, as a phrase or at most `near` words apart, and not `never`."""

    groups: tuple[tuple[str, ...], ...]
    phrase: bool = False
    near: int = 0
    never: str = ""

    def query(self) -> str:
        if self.phrase:
            return '"' + " ".join(word for word, *_ in self.groups) + '"'
        parts = [f"({' OR '.join(group)})" if len(group) > 1 else group[0] for group in self.groups]
        join = f" NEAR/{self.near} " if self.near else " AND "
        return join.join(parts) + (f" NOT {self.never}" if self.never else "")

    def pattern(self) -> str:
        """The nearest that a regular expression comes to it."""
        groups = ["(?:" + "|".join(any_form(word) for word in group) + ")" for group in self.groups]
        if self.phrase:
            return rf"\b{' '.join(groups)}\b"
        if self.near:
            gap = rf"\W+(?:\w+\W+){{0,{self.near}}}"
            return rf"\b(?:{groups[0]}{gap}{groups[1]}|{groups[1]}{gap}{groups[0]})\b"
        ahead = "".join(rf"(?=.*?\b{group}\b)" for group in groups)
        return rf"(?s)\A{ahead}" + (rf"(?!.*?\b{any_form(self.never)}\b)" if self.never else "")

    def fts(self) -> str:
        if self.phrase or self.near:
            shapes = [""]
            for group in self.groups:
                terms = [term for word in group for term in fts_forms(word)]
                join = " + " if self.phrase else " "
                shapes = [f"{shape}{join if shape else ''}{term}" for shape in shapes for term in terms]
            return " OR ".join(shapes if self.phrase else (f"NEAR({shape}, {self.near})" for shape in shapes))
        found = " AND ".join(f"({' OR '.join(t for word in group for t in fts_forms(word))})" for group in self.groups)
        return f"({found}) NOT ({' OR '.join(fts_forms(self.never))})" if self.never else found


def any_form(word: str) -> str:
    return rf"{word[:-1]}\w*" if word.endswith("*") else "(?:" + "|".join(sorted(forms_of(word))) + ")"


def fts_forms(word: str) -> list[str]:
    return [f'"{word[:-1]}" *'] if word.endswith("*") else [f'"{form}"' for form in sorted(forms_of(word))]


def forms_of(word: str) -> frozenset[str]:
    return compile_query(word, {}).forms[word]


@dataclass(frozen=True)
class World:
    """Articles and words made from a seed, so that every process has the same."""

    articles: list[str]
    rules: list[Wanted]


def world(articles: int, rules: int, length: int) -> World:
    chance = random.Random(7)
    words = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))) for _ in range(3 * VOCABULARY)})
    chance.shuffle(words)
    words = words[:VOCABULARY]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    written = [article(chance, words, weights, length) for _ in range(articles)]
    return World(written, [wanted(chance, words) for _ in range(rules)])


def article(chance: random.Random, words: Sequence[str], weights: Sequence[float], length: int) -> str:
    drawn = [word + chance.choice(ENDINGS) for word in chance.choices(words, weights, k=length)]
    return "\n\n".join(" ".join(drawn[start : start + 60]) for start in range(0, length, 60))


def wanted(chance: random.Random, words: Sequence[str]) -> Wanted:
    """A quarter each: two words in an article, a phrase, NEAR with a wildcard, groups with NOT."""

    def one() -> str:
        return words[int(COMMON * (len(words) / COMMON) ** chance.random()) - 1]

    kind = chance.randrange(4)
    if kind == 0:
        return Wanted(((one(),), (one(),)))
    if kind == 1:
        return Wanted(((one(),), (one(),)), phrase=True)
    if kind == 2:
        return Wanted(((f"{one()[:6]}*",), (one(), one())), near=8)
    return Wanted(((one(), one(), one()), (one(), one())), never=one())


def compiled(rules: Iterable[Wanted]) -> list[tuple[Rule, Compiled]]:
    return [(Rule(f"r{number}", rule.query()), compile_query(rule.query(), {})) for number, rule in enumerate(rules)]


def rate(work: Callable[[str], int], articles: Sequence[str]) -> tuple[float, float]:
    """Articles a second and hits an article."""
    start = time.process_time()
    done = found = 0
    for body in articles:
        found += work(body)
        done += 1
        if time.process_time() - start > LONGEST:
            break
    return done / (time.process_time() - start), found / done


def ours(made: World) -> tuple[float, float, str]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    rules = RuleSet(compiled(made.rules))
    built = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = sum(rules.candidates(analyse("", body)) for body in made.articles[:SLOW]) / len(made.articles[:SLOW])
    speed, hits = rate(lambda body: len(rules.matches(analyse("", body))), made.articles)
    return speed, hits, f"build {built:.2f} s, {memory:.0f} MB ({memory - before:.0f} for rules), {few:.1f} candidates"


def every_rule(made: World) -> tuple[float, float, str]:
    rules = RuleSet(compiled(made.rules))
    speed, hits = rate(lambda body: len(rules.matches(analyse("", body), presearch=False)), made.articles[:SLOW])
    return speed, hits, ""


def patterns(made: World) -> tuple[float, float, str]:
    ready = [re.compile(rule.pattern()) for rule in made.rules]
    speed, hits = rate(lambda body: sum(one.search(body) is not None for one in ready), made.articles[:SLOW])
    return speed, hits, "cutting into words not included"


def anchored(rules: Sequence[tuple[Rule, Compiled]]) -> dict[str, list[int]]:
    """The rules by the words and prefixes of which each needs one, behind a space."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, (_, one) in enumerate(rules):
        anchor = best(needs(one.expr))
        for word in (*anchor.words, *anchor.prefixes) if anchor else ():
            found[f" {word}"].append(number)
    return found


def ahocorasick(made: World) -> tuple[float, float, str]:
    import ahocorasick as library

    rules = compiled(made.rules)
    automaton = library.Automaton()
    for term, numbers in anchored(rules).items():
        automaton.add_word(term, numbers)
    automaton.make_automaton()

    def matched(body: str) -> int:
        text = analyse("", body)
        few = {number for _, numbers in automaton.iter(" " + body.replace("\n", " ")) for number in numbers}
        return sum(match(rules[number][1], text) is not None for number in few)

    return *rate(matched, made.articles), "finds, then our matcher"


def hyperscan(made: World) -> tuple[float, float, str]:
    import hyperscan as library

    rules = compiled(made.rules)
    terms = anchored(rules)
    numbers = list(terms.values())
    database = library.Database()
    database.compile([re.escape(term).encode() for term in terms], list(range(len(terms))), flags=[0] * len(terms))

    def matched(body: str) -> int:
        text, few = analyse("", body), set[int]()
        database.scan((" " + body.replace("\n", " ")).encode(), lambda found, *_: few.update(numbers[found]))
        return sum(match(rules[number][1], text) is not None for number in few)

    return *rate(matched, made.articles), "yardstick: finds, then our matcher"


def fts5(made: World) -> tuple[float, float, str]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE text USING fts5(body)")
    queries = [rule.fts() for rule in made.rules]
    start = time.process_time()
    database.executemany("INSERT INTO text (body) VALUES (?)", [(body,) for body in made.articles])
    found = done = 0
    for query in queries:
        found += len(database.execute("SELECT rowid FROM text WHERE text MATCH ?", (query,)).fetchall())
        done += 1
        if time.process_time() - start > LONGEST:
            break
    share = done / len(queries)
    seconds = (time.process_time() - start) / share
    note = f"all {len(made.articles)} articles at once; paragraphs not minded"
    return len(made.articles) / seconds, found / share / len(made.articles), note


ENGINES: dict[str, Callable[[World], tuple[float, float, str]]] = {
    "ours": ours,
    "ours, every rule": every_rule,
    "re": patterns,
    "pyahocorasick": ahocorasick,
    "FTS5": fts5,
    "hyperscan": hyperscan,
}


SLOWEST = ("ours, every rule", "re", "FTS5")


def measured(name: str, articles: int, rules: int, length: int) -> tuple[float, float, str]:
    if name in SLOWEST and rules >= TOO_MANY:
        return 0.0, 0.0, f"skipped from {TOO_MANY:,} rules on: it needs seconds an article"
    try:
        return ENGINES[name](world(articles, rules, length))
    except ImportError as error:
        return 0.0, 0.0, f"skipped: {error}"
    except sqlite3.OperationalError as error:
        return 0.0, 0.0, f"skipped: {error}"


def preparing(made: World) -> None:
    articles = made.articles
    live, _ = rate(lambda body: analyse("", body).count, articles)
    frozen = {body: freeze(analyse("", body)) for body in articles}
    thawed, _ = rate(lambda body: thaw(frozen[body], original=lambda: ("", body)).count, articles)
    size = sum(map(len, articles)) / len(articles) / 1_000
    kept = sum(map(len, frozen.values())) / len(articles) / 1_000
    words = Counter(word for body in articles for word in body.split())
    print(f"{len(articles)} articles of {size:.1f} kB, {len(words):,} words; frozen {kept:.1f} kB")
    print(f"cut into words {live:,.0f} articles/s ({1e3 / live:.2f} ms); thawed {thawed:,.0f} ({1e3 / thawed:.2f} ms)")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--articles", type=int, default=300)
    options.add_argument("--rules", type=int, nargs="+", default=[10, 1_000, 10_000, 100_000])
    options.add_argument("--words", type=int, default=370, help="words an article (370 are about 2.5 kB)")
    chosen: Any = options.parse_args()
    preparing(world(chosen.articles, 1, chosen.words))
    print(f"{'rules':>8}  {'engine':18}{'articles/s':>11}{'ours is':>12}{'hits/article':>14}  note")
    for count in chosen.rules:
        own = 0.0
        for name in ENGINES:
            with get_context("spawn").Pool(1) as pool:
                speed, hits, note = pool.apply(measured, (name, chosen.articles, count, chosen.words))
            own = own or speed
            times = f"{own / speed:,.1f} times" if speed else ""
            print(f"{count:>8,}  {name:18}{speed:>11,.1f}{times:>12}{hits:>14.2f}  {note}", flush=True)


if __name__ == "__main__":
    main()
