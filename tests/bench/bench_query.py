"""Articles a second through tokenising and matching, beside Python's `re` with one pattern a rule, in one run.

python tests/bench/bench_query.py [--articles 300] [--rules 10 1000 10000] [--words 370]
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import time
from collections.abc import Callable, Sequence

from monitor.model import Rule
from monitor.query import RuleSet, Text, analyse, compile_query

SYLLABLES = ["ba", "ce", "do", "fi", "gu", "ka", "le", "mo", "ni", "pu", "ra", "se", "to", "vi", "zu"]
RE_ARTICLES = 20


def vocabulary(chance: random.Random, size: int) -> list[str]:
    words = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))) for _ in range(2 * size)}
    return sorted(words)[:size]


def article(chance: random.Random, words: Sequence[str], weights: Sequence[float], length: int) -> str:
    drawn = chance.choices(words, weights, k=length)
    return "\n\n".join(" ".join(drawn[start : start + 60]) for start in range(0, length, 60))


def rule(chance: random.Random, rare: Sequence[str]) -> str:
    """A quarter each: word, phrase, NEAR, and an OR group with AND and NOT."""
    a, b, c, d, e = chance.sample(rare, 5)
    return chance.choice([a, f'"{a} {b}"', f"{a} NEAR/5 {b}", f"({a} OR {b} OR {c}*) AND {d} NOT {e}"])


def as_pattern(query: str) -> re.Pattern[str]:
    """The nearest that a regular expression comes to the rule; AND and NOT by look-ahead."""
    words = re.findall(r"[a-z]+\*?", query)
    words = [word.replace("*", r"\w*") for word in words]
    if "NEAR" in query:
        gap = r"\W+(?:\w+\W+){0,5}"
        return re.compile(rf"\b(?:{words[0]}{gap}{words[1]}|{words[1]}{gap}{words[0]})\b")
    if "NOT" in query:
        any_of = "|".join(words[:3])
        return re.compile(rf"(?s)\A(?=.*?\b(?:{any_of})\b)(?=.*?\b{words[3]}\b)(?!.*?\b{words[4]}\b)")
    gap = r"\W+"
    return re.compile(rf"\b{gap.join(words)}\b")


def rate(work: Callable[[str], int], articles: Sequence[str]) -> tuple[float, int]:
    start = time.perf_counter()
    found = sum(map(work, articles))
    return len(articles) / (time.perf_counter() - start), found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=300)
    options.add_argument("--rules", type=int, nargs="+", default=[10, 1_000, 10_000])
    options.add_argument("--words", type=int, default=370, help="words an article (370 are about 2.3 kB)")
    chosen = options.parse_args()
    chance = random.Random(7)
    words = vocabulary(chance, 30_000)
    chance.shuffle(words)
    weights = [1 / (rank + 2) for rank in range(len(words))]
    articles = [article(chance, words, weights, chosen.words) for _ in range(chosen.articles)]
    tokenised, _ = rate(lambda body: len(analyse("", body).tokens), articles)
    size = sum(map(len, articles)) / len(articles) / 1_000
    print(f"{len(articles)} articles of {size:.1f} kB; tokenising alone {tokenised:,.0f} articles/s")
    print(f"{'rules':>8} {'build s':>8} {'articles/s':>11} {'hits/art':>9} {'re art/s':>9} {'times':>6} {'MB':>5}")
    for count in chosen.rules:
        report(count, [rule(chance, words[200:]) for _ in range(count)], articles)


def report(count: int, queries: Sequence[str], articles: Sequence[str]) -> None:
    start = time.perf_counter()
    rules = RuleSet([(Rule(f"r{number}", query), compile_query(query, {})) for number, query in enumerate(queries)])
    built = time.perf_counter() - start

    def ours(body: str) -> int:
        text: Text = analyse("", body)
        return len(rules.matches(text))

    patterns = [as_pattern(query) for query in queries]
    speed, hits = rate(ours, articles)
    plain, _ = rate(lambda body: sum(pattern.search(body) is not None for pattern in patterns), articles[:RE_ARTICLES])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = hits / len(articles)
    print(
        f"{count:>8,} {built:>8.2f} {speed:>11,.0f} {share:>9.2f} {plain:>9,.1f} {speed / plain:>6,.0f} {memory:>5.0f}"
    )


if __name__ == "__main__":
    main()
