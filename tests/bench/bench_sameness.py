"""Precision and recall of the levels on generated edits, and the time that judging takes.

Run: python tests/bench/bench_sameness.py
"""

from __future__ import annotations

import runpy
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from monitor.model import Document, Judgement, Known, Origin
from monitor.novelty import Thresholds, judge, sketch
from monitor.novelty.digest import digest

ROOT = Path(__file__).resolve().parents[2]
EDITS = runpy.run_path(str(ROOT / "tests" / "novelty" / "edits.py"))
SILENT = ("same", "copy", "truncated")


def known(stories: list[tuple[str, str]]) -> list[Known]:
    made = []
    for number, (title, text) in enumerate(stories):
        document = Document(f"https://example.org/{number}", title, text)
        made.append(Known(number, number, title, text, document.url, "desk", Origin.FETCHED, sketch=sketch(document)))
    return made


def judged(case: Any) -> Judgement:
    document = Document("https://example.org/new", *case.new)
    return judge(document, sketch(document), known(case.known), Thresholds())


def quality() -> None:
    right: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    given: Counter[str] = Counter()
    by_edit: defaultdict[str, Counter[str]] = defaultdict(Counter)
    hidden = 0
    for case in [*EDITS["cases"](), *EDITS["combinations"]()]:
        level = str(judged(case).level)
        expected[case.expected] += 1
        given[level] += 1
        right[level] += level == case.expected
        by_edit[case.edit][level if level == case.expected else f"{level} (wanted {case.expected})"] += 1
        hidden += level in SILENT and case.expected not in SILENT
    print(f"{'level':10} {'cases':>6} {'P':>6} {'R':>6}")
    for level, cases in expected.most_common():
        print(f"{level:10} {cases:6} {right[level] / max(1, given[level]):6.3f} {right[level] / cases:6.3f}")
    print(f"news that would be silenced: {hidden} of {sum(expected.values())}\n")
    for edit, levels in by_edit.items():
        print(f"{edit:42} {dict(levels)}")


def timings() -> None:
    told = list(EDITS["stories"]().values())
    candidates = known((told * 2)[:10])
    document = Document("https://example.org/new", told[0][0], " ".join(text for _, text in told[:2]))
    own, words = sketch(document), len(document.text.split())

    def run(cold: bool) -> float:
        samples = []
        for _ in range(30):
            if cold:
                digest.cache_clear()
            started = time.process_time()
            judge(document, own, candidates, Thresholds())
            samples.append(time.process_time() - started)
        return sorted(samples)[len(samples) // 2] * 1e6

    def sketching() -> float:
        samples = []
        for _ in range(30):
            digest.cache_clear()
            started = time.process_time()
            sketch(document)
            samples.append(time.process_time() - started)
        return sorted(samples)[len(samples) // 2] * 1e6

    print(f"\nsketch of {words} words: {sketching():.0f} us")
    print(f"judge with 10 candidates: {run(False):.0f} us when they are remembered, {run(True):.0f} us when not")


if __name__ == "__main__":
    quality()
    timings()
