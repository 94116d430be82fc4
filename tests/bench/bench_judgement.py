"""What judging costs in a full archive: CPU of the judgement, the transaction's time, memory.

    python tests/bench/bench_judgement.py [DOCUMENTS [DATABASE_URL]] [--keep FILE] [--profile]

`--keep` fills that SQLite file once and measures on a copy of it from then on; `--profile` tells where the time went.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import resource
import runpy
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from monitor.model import Document, Judgement, Level, Origin, Reading
from monitor.novelty import profile
from monitor.novelty.profile import all_of, packed
from monitor.pipeline.chrome import masked
from monitor.pipeline.ingest import foreseen, judged, record
from monitor.reading import read_document
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
    # A fresh interpreter for each: the store's connections must not be inherited.
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = pool.imap(_prepared, range(documents), chunksize=100)
        for some in batched(made, BATCH):
            with store.write() as tx:
                _add(tx, some, counts)
    with store.write() as tx:
        rows = [{"number": 0, "articles": documents}, *({"number": one, "articles": n} for one, n in counts.items())]
        for part in batched(rows, 10_000):
            tx.execute(insert(term), part)


def _prepared(number: int) -> tuple[int, Reading, bytes, frozenset[int]]:
    """Everything of a report that needs no archive."""
    reading = read_document(_document(INVENTED["report"](number)))
    words = profile(reading.document)
    return number, reading, packed(words), all_of(words.stems) | all_of(words.marks)


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of so many at a time: the standard library has this from 3.12 on."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _add(tx: Any, some: list[tuple[int, Reading, bytes, frozenset[int]]], counts: Counter[int]) -> None:
    postings: list[dict[str, int]] = []
    profiles: list[dict[str, Any]] = []
    now = INVENTED["OPENING"]
    for number, reading, kept, words in some:
        title = reading.document.title
        story = stories.add(tx, title, now)
        made = stories.add_development(tx, story, "", title, now, version_id=None, known=False)
        article_id, version_id = articles.add(
            tx, reading, f"filled:{number}", "wire", Judgement(Level.NEW), now,
            origin=Origin.FETCHED, story_id=story, development_id=made, on_topic=True,
        )  # fmt: skip
        counts.update(words)
        profiles.append({"version_id": version_id, "packed": kept})
        postings += ({"number": one, "article_id": article_id} for one in words if counts[one] <= nearness.MOST_POSTED)
    tx.execute(insert(profile_table), profiles)
    tx.execute(insert(term_posting), postings)


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


def run(documents: int, url: str, *, fill: bool, watched: bool) -> None:
    with STREAM["archive"](url) as (store, watch):
        if fill:
            filled(store, documents)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        profiler = cProfile.Profile()
        if watched:
            profiler.enable()
        measured(store, watch, documents)
        profiler.disable()
        print(f"memory grew by {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")
        if watched:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def main() -> None:
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("documents", type=int, nargs="?", default=8_000)
    wishes.add_argument("url", nargs="?", default="")
    wishes.add_argument("--keep", type=Path)
    wishes.add_argument("--profile", action="store_true")
    asked = wishes.parse_args()
    if asked.keep is None:
        run(asked.documents, asked.url, fill=True, watched=asked.profile)
        return
    if not asked.keep.exists():
        with STREAM["archive"](f"sqlite:///{asked.keep}") as (store, _):
            filled(store, asked.documents)
    with TemporaryDirectory(prefix="storywatch-judgement-") as folder:
        copy = shutil.copy(asked.keep, Path(folder) / "archive.db")
        run(asked.documents, f"sqlite:///{copy}", fill=False, watched=asked.profile)


if __name__ == "__main__":
    main()
