"""What chrome costs and brings: `python tests/bench/bench_chrome.py [PAGES]`.

Pages of one host, each a story of its own in random words under the same furniture: how much two of them have in common
before and after it is learned, how much of each story is kept, and what masking and learning add to recording one.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from monitor.model import Document, Judgement, Level
from monitor.novelty.chrome import Mask, blanked
from monitor.novelty.digest import digest
from monitor.novelty.shingles import containment
from monitor.pipeline.chrome import Masked, masked, record_chrome
from monitor.reading import read_document
from monitor.store import Store, articles, open_store, stories

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
CHANCE = random.Random(11)
WORDS = [
    f"{a}{b}{c}" for a in ("var", "os", "ske", "lun", "mar", "hol", "tar") for b in "aeiou" for c in ("n", "by", "k")
]


def sentences(count: int) -> str:
    lines = (" ".join(CHANCE.choices(WORDS, k=14)).capitalize() + f" {CHANCE.randrange(9999)}." for _ in range(count))
    return "\n\n".join(lines)


def record(store: Store, document: Document, *, chrome: bool) -> tuple[Masked, float]:
    reading = read_document(document)
    start = time.perf_counter()
    with store.read() as tx:
        own = masked(tx, reading) if chrome else Masked(reading, reading, Mask(), frozenset())
    with store.write() as tx:
        story = stories.add(tx, document.title, NOW)
        values = (own.kept, document.url, "courier", Judgement(Level.NEW), NOW)
        _, version_id = articles.add(tx, *values, story_id=story, development_id=None, on_topic=True)
        if chrome:
            record_chrome(tx, own, version_id, story, NOW)
    return own, time.perf_counter() - start


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    furniture = sentences(8)
    own_texts = [sentences(20) for _ in range(pages)]
    texts = [f"{text}\n\n{furniture}" for text in own_texts]
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as folder:
        with closing(open_store(f"sqlite:///{Path(folder) / 'chrome.db'}")) as store:
            done = [
                record(store, Document(f"https://courier.example/{n}", f"Story {n}", text), chrome=True)
                for n, text in enumerate(texts)
            ]
        with closing(open_store(f"sqlite:///{Path(folder) / 'plain.db'}")) as store:
            plain = [
                record(store, Document(f"https://courier.example/{n}", f"Story {n}", text), chrome=False)[1]
                for n, text in enumerate(texts)
            ]
    learned = done[3:]
    before = [containment(digest("", a).shingles, digest("", b).shingles) for a, b in pairwise(texts)]
    seen = [one.seen.document.text for one, _ in learned]
    after = [containment(digest("", a).shingles, digest("", b).shingles) for a, b in pairwise(seen)]
    kept = [
        sum(len(part) for part in blanked(text, one.mask.spans)[: len(own)].split()) / sum(map(len, own.split()))
        for (one, _), text, own in zip(learned, texts[3:], own_texts[3:], strict=True)
    ]
    print(f"containment of neighbours: {statistics.fmean(before):.3f} before, {statistics.fmean(after):.3f} after")
    print(f"own text kept: {100 * statistics.fmean(kept):.2f} %")
    for name, times in (("without chrome", plain), ("with chrome", [took for _, took in done])):
        marks = statistics.quantiles(times, n=20)
        print(f"{name:15} median {1000 * statistics.median(times):6.2f} ms   p95 {1000 * marks[18]:6.2f} ms")


if __name__ == "__main__":
    main()
