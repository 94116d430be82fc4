"""Random nested rules on random articles: the engine against a brute-force judge, live, thawed and with presearch.

Run: python tests/fuzz/fuzz_rules.py [PAIRS] [SEED]. 200,000 pairs take some minutes. Exits with 1 at a difference.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from monitor.model import Rule
from monitor.query import RuleSet, compile_query

ORACLE: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "query" / "oracle.py"))
RULES, ARTICLES = 20, 10
MOST_SHOWN = 20


def batch(chance: Random) -> tuple[int, list[str]]:
    """How many pairs matched, and the differences."""
    parts = [ORACLE["rule"](chance, chance.randint(1, 5)) for _ in range(RULES)]
    articles = [ORACLE["article"](chance) for _ in range(ARTICLES)]
    told = [ORACLE["difference"](part, article) for part in parts for article in articles]
    lists = ORACLE["LISTS"]
    rules = RuleSet([(Rule(part.query(), part.query()), compile_query(part.query(), lists)) for part in parts])
    matched = 0
    for article in articles:
        text = ORACLE["analysed"](article)
        every, few = rules.matches(text, presearch=False), rules.matches(text)
        matched += len(every)
        if every != few:
            missed = {match.rule_id for match in every} ^ {match.rule_id for match in few}
            told.append(f"presearch: {missed} on {article}")
    return matched, [difference for difference in told if difference]


def main() -> int:
    pairs, seed = (*map(int, sys.argv[1:]), *(200_000, 1)[len(sys.argv) - 1 :])
    chance = Random(seed)
    started = time.monotonic()
    done = matched = 0
    differences: list[str] = []
    while done < pairs and len(differences) < MOST_SHOWN:
        found, told = batch(chance)
        done, matched = done + RULES * ARTICLES, matched + found
        differences += told
    print(*differences[:MOST_SHOWN], sep="\n", end="\n" if differences else "")
    seconds = time.monotonic() - started
    print(f"{done:,} pairs, {matched:,} matches, {len(differences)} differences, {seconds:,.0f} s (seed {seed})")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
