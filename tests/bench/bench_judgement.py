"""What judging costs in a full archive: CPU of the judgement, the transaction's time, memory.

Run: python tests/bench/bench_judgement.py [DOCUMENTS [DATABASE_URL]]
"""

from __future__ import annotations

import resource
import runpy
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from monitor.model import Document, Judgement, Level, Origin
from monitor.novelty import profile
from monitor.novelty.profile import all_of, packed
from monitor.pipeline.chrome import masked
from monitor.pipeline.ingest import foreseen, judged, record
from monitor.pipeline.reading import read_document
from monitor.store import Store, articles, nearness, stories
from monitor.store.tables import profile as profile_table
from monitor.store.tables import term, term_posting

NOVELTY = Path(__file__).resolve().parents[1] / "novelty"
STREAM = runpy.run_path(str(NOVELTY / "stream.py"))
INVENTED = runpy.run_path(str(NOVELTY / "invented.py"))
MEASURED = 300
BATCH = 500


def filled(store: Store, documents: int) -> None:
    """Put invented reports into the archive, with their postings, without judging them."""
    counts: Counter[int] = Counter()
    for numbers in batched(range(documents), BATCH):
        with store.write() as tx:
            postings: list[dict[str, int]] = []
            profiles: list[dict[str, Any]] = []
            for number in numbers:
                _add(tx, number, counts, postings, profiles)
            tx.execute(insert(profile_table), profiles)
            tx.execute(insert(term_posting), postings)
    with store.write() as tx:
        rows = [{"number": 0, "articles": documents}, *({"number": one, "articles": n} for one, n in counts.items())]
        for part in batched(rows, 10_000):
            tx.execute(insert(term), part)


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of so many at a time: the standard library has this from 3.12 on."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _add(tx: Any, number: int, counts: Counter[int], postings: list[Any], profiles: list[Any]) -> None:
    reading = read_document(_document(INVENTED["report"](number)))
    story = stories.add(tx, reading.document.title, INVENTED["OPENING"])
    title, now = reading.document.title, INVENTED["OPENING"]
    made = stories.add_development(tx, story, "", title, now, version_id=None, known=False)
    article_id, version_id = articles.add(
        tx, reading, f"filled:{number}", "wire", Judgement(Level.NEW), INVENTED["OPENING"],
        origin=Origin.FETCHED, story_id=story, development_id=made, on_topic=True,
    )  # fmt: skip
    words = profile(reading.document)
    numbers = all_of(words.stems) | all_of(words.marks)
    counts.update(numbers)
    profiles.append({"version_id": version_id, "packed": packed(words)})
    postings += ({"number": one, "article_id": article_id} for one in numbers if counts[one] <= nearness.MOST_POSTED)


def _document(one: Any) -> Document:
    return Document(f"https://wire.example/{one.article}", one.title, one.text, language="en", published=one.at)


def incoming(documents: int) -> Iterable[Any]:
    """A third new, a third near copies and a third other tellings of what the archive has."""
    for number in range(MEASURED):
        known = INVENTED["report"](number * 7 % documents)
        yield (
            INVENTED["report"](documents + number),
            INVENTED["near_copy"](known, "eastwire"),
            INVENTED["rewritten"](known, number),
        )[number % 3]


def measured(store: Store, watch: Any, documents: int) -> None:
    cpu, held, wall, levels = [], [], [], Counter[str]()
    for one in incoming(documents):
        begun = time.process_time()
        with store.read() as tx:
            own = masked(tx, read_document(_document(one)))
            ready = judged(watch, own, f"new:{one.article}", "wire", Origin.FETCHED, "")
            ready = foreseen(tx, watch, ready)
        locked = time.process_time()
        started = time.perf_counter()
        with store.write() as tx:
            store.watch_lock(tx)
            result = record(tx, watch, ready, one.at)
        wall.append(time.perf_counter() - started)
        ended = time.process_time()
        cpu.append(ended - begun)
        held.append(ended - locked)
        levels[result.level] += 1
    print(f"{documents:7} archived: CPU per document {_told(cpu)}; under the lock {_told(held)}")
    print(f"        transaction {_told(wall)}; {dict(levels)}")


def _told(seconds: list[float]) -> str:
    parts = statistics.quantiles(seconds, n=20)
    return f"median {1000 * parts[9]:.1f} ms, p95 {1000 * parts[18]:.1f} ms"


def main(documents: int, url: str) -> None:
    with STREAM["archive"](url) as (store, watch):
        filled(store, documents)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        measured(store, watch, documents)
        print(f"memory grew by {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000, sys.argv[2] if len(sys.argv) > 2 else "")
