"""What evidence costs: `python tests/bench/bench_warc.py [PAGES] [ROWS]`.

Each page is 60 KB of words as HTML. Measured: putting a page on the disk (records, write, fsync), its row with its
seal, the seal of a version, bytes kept per page, and verifying ROWS versions with as many raw records.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Document, Fetch, Judgement, Level, Outcome, Reading, Sketch, Wire
from monitor.store import articles, evidence, open_store
from monitor.store.chain import Kind, seal_rows
from monitor.store.raw import RawWriter
from monitor.store.verify import verify

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
CHANCE = random.Random(7)
VOCABULARY = ["".join(CHANCE.choices("abcdefghiklmnoprstuvy", k=CHANCE.randint(2, 11))) for _ in range(8_000)]
HEADERS = (("Date", "Wed, 18 Mar 2026 12:00:00 GMT"), ("Content-Type", "text/html; charset=utf-8"), ("Server", "press"))


def page(number: int) -> Fetch:
    words = " ".join(CHANCE.choices(VOCABULARY, k=5_000))
    body = f"<html><head><title>{number}</title></head><body><div class='article'><p>{words}</p></div>".encode()
    url = f"https://courier.example/{number}"
    body = body + b"<nav><a href='/next'>Next</a></nav>" * max(0, (60_000 - len(body)) // 35)
    return Fetch(url, Outcome.OK, NOW, 0.2, 200, url, body=body, wire=Wire(HEADERS, HEADERS))


def timed(work: Callable[[], Any], times: list[float]) -> Any:
    began = time.perf_counter()
    result = work()
    times.append(1000 * (time.perf_counter() - began))
    return result


def told(name: str, times: list[float]) -> None:
    ranked = sorted(times)
    print(f"{name:36} median {statistics.median(ranked):7.2f} ms   p99 {ranked[int(0.99 * len(ranked))]:7.2f} ms")


def version(tx: Any, number: int) -> tuple[int, int]:
    text = " ".join(CHANCE.choices(VOCABULARY, k=480))
    sampled = tuple(CHANCE.getrandbits(64) - 2**63 for _ in range(60))
    document = Document(f"https://courier.example/{number}", f"Headline {number}", text, method="trafilatura")
    reading = Reading(document, Sketch(1, number, sampled))
    found = Judgement(Level.NEW)
    return articles.add(
        tx, reading, f"k{number}", "courier", found, NOW, story_id=None, development_id=None, on_topic=True
    )


def main(pages: int, rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = RawWriter(folder / "warc")
        fetches = [page(number) for number in range(pages)]
        writing: list[float] = []
        kept = [timed(lambda one=one: writer.keep(one, "k", "trafilatura", NOW), writing) for one in fetches]
        told("a page to the disk", writing)
        size, stored = sum(one.size for one in kept), sum(one.length for one in kept)
        print(f"{'bytes a page':36} {size // pages} as read, {stored // pages} kept ({stored / size:.0%})")
        with closing(open_store(f"sqlite:///{folder / 'archive.db'}")) as store:
            sealing: list[float] = []
            proving: list[float] = []
            with store.write() as tx:
                for number in range(rows):
                    article_id, version_id = version(tx, number)
                    timed(lambda one=version_id: seal_rows(tx, [(Kind.VERSION, one)]), sealing)
                    proof = kept[number % pages]
                    timed(lambda one=article_id, proof=proof: evidence.add(tx, proof, one), proving)
            told("the seal of a version", sealing)
            told("the row of a raw record, sealed", proving)
            began = time.perf_counter()
            verdict = verify(store, folder / "warc", lambda _done, _total: None)
            seconds = time.perf_counter() - began
            checked = sum(verdict.checked.values())
            print(
                f"verify: {checked} rows, {verdict.read / 1e6:.0f} MB of raw records: {seconds:.1f} s, {verdict.faults}"
            )
            began = time.perf_counter()
            verify(store, None, lambda _done, _total: None)
            print(f"verify, rows only: {time.perf_counter() - began:.1f} s")
        writer.close()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [300, 10_000][len(numbers) :]))
