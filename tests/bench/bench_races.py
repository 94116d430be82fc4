"""Two processes at a barrier, one that dies, a restart half-way: on SQLite, or on the archive URLs that are given.

Run: python tests/bench/bench_races.py [STORIES [EMPTY_URL EMPTY_URL EMPTY_URL EMPTY_URL]]
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from pathlib import Path

RACES = runpy.run_path(str(Path(__file__).resolve().parents[1] / "novelty" / "races.py"))


def main(stories: int, urls: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="storywatch-races-") as folder:
        one, two, three, four = urls or [f"sqlite:///{folder}/{name}.db" for name in "abcd"]
        print(f"{stories} stories x 2 near copies by two processes: {RACES['raced'](one, stories)} told")
        print(f"killed inside the transaction: told before and after {RACES['killed'](two, 40, 20)}, wanted (20, 40)")
        same = RACES["decisions"](three, 200, restarted=True) == RACES["decisions"](four, 200, restarted=False)
        print(f"200 documents with and without a restart: {'equal' if same else 'DIFFERENT'} decisions")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, sys.argv[2:])
