"""Search in a large archive: `python tests/bench/bench_search.py [N=200000] [URL]`.

Fills an archive with N synthetic articles (own words by Zipf's law, each article about one of 400 topics), then asks
70 rules of seven kinds. Goals at 200,000: candidates median < 10 ms; first verified page of 20 median < 50 ms and
p95 < 300 ms. Without a URL it makes a SQLite file in a temporary folder.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from sqlalchemy import insert, text

from monitor.inquiry.search import search
from monitor.model import Document, Level, Origin
from monitor.query import compile_query
from monitor.query.superset import superset
from monitor.store import Store, index, open_store, proposals
from monitor.store.review import ArticleFilter
from monitor.store.rows import document_values
from monitor.store.tables import article, version
from monitor.watch import text_of

START = datetime(2026, 1, 1, tzinfo=UTC)
CHOSEN = ArticleFilter(on_topic=True, origin=Origin.FETCHED)
BATCH = 500
WORDS = 450
TOPICS = 400


@dataclass
class Costs:
    """Seconds spent on the parts of filling."""

    rows: float = 0
    fold: float = 0
    index: float = 0
    batches: list[float] = field(default_factory=list)


class Language:
    """60,000 made-up words with Zipf's frequencies, and topics of thirty of them each."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        starts = ["b", "br", "d", "dr", "f", "g", "gl", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"]
        syllables = [a + b + c for a, b, c in product(starts, "aeiou", ["", "n", "r", "l", "m"])]
        words = dict.fromkeys("".join(chance.choices(syllables, k=chance.choice([1, 2, 2, 3]))) for _ in range(90_000))
        self.words = sorted(list(words)[:60_000], key=lambda word: len(word) + 3 * chance.random())
        self.weights = list(accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(len(self.words))))
        self.topics = [chance.sample(self.words[300:20_000], 30) for _ in range(TOPICS)]

    def article(self, number: int) -> Document:
        topic = self.chance.choice(self.topics)
        words = self.chance.choices(self.words, cum_weights=self.weights, k=WORDS)
        for place in self.chance.sample(range(WORDS), WORDS // 10):
            words[place] = self.chance.choice(topic)
        paragraphs = [" ".join(words[at : at + 50]) for at in range(0, WORDS, 50)]
        body = "\n\n".join(f"{one.capitalize()}." for one in paragraphs)
        return Document(f"https://wire.example/{number}", " ".join(words[:8]).title(), body, language="en")

    def rules(self) -> Iterator[tuple[str, str]]:
        for topic in self.topics[:10]:
            a, b, c, d, e, f, g, h, *more = topic
            yield "word", a
            yield "phrase", f'"{b} {c}" OR "{c} {b}"'
            yield "near", f"({a} OR {b}) NEAR/8 ({c} OR {d})"
            yield "and-not", f"({a} OR {b} OR {c}) AND ({d} OR {e}) NOT {f}"
            yield "wildcard", f"{(g + 'xx')[:4]}* NEAR/5 ({a} OR {h})"
            yield "atleast", f"ATLEAST/3({a}, {b}, {c}, {d}^2, {e})"
            yield "lists", f"({' OR '.join(topic[:12])}) NEAR/4 ({' OR '.join(more[:12])})"


def fill(store: Store, language: Language, count: int) -> Costs:
    """Articles with one version each, as the store keeps them, without judgements."""
    costs = Costs()
    for first in range(1, count + 1, BATCH):
        documents = [language.article(number) for number in range(first, min(count, first + BATCH - 1) + 1)]
        begun = perf_counter()
        folded = [index.folded(text_of(document, "wire")) for document in documents]
        costs.fold += perf_counter() - begun
        with store.write() as tx:
            begun = perf_counter()
            tx.execute(insert(article), [_article(first + n, one) for n, one in enumerate(documents)])
            tx.execute(insert(version), [_version(first + n, one) for n, one in enumerate(documents)])
            costs.rows += perf_counter() - begun
            begun = perf_counter()
            for n, words in enumerate(folded):
                index.add(tx, first + n, first + n, 1, words)
            costs.batches.append(perf_counter() - begun)
            costs.index += costs.batches[-1]
    return costs


def _article(number: int, document: Document) -> dict[str, object]:
    return {
        "id": number,
        "url": document.url,
        "url_key": document.url,
        "title": document.title,
        "source_id": "wire",
        "language": "en",
        "published": None,
        "first_seen": START + timedelta(minutes=number),
        "level": Level.NEW,
        "origin": Origin.FETCHED,
        "partial": False,
        "on_topic": True,
        "story_id": None,
        "versions": 1,
    }


def _version(number: int, document: Document) -> dict[str, object]:
    return {
        "id": number,
        "article_id": number,
        "number": 1,
        "first_seen": START,
        **document_values(document),
        "scheme": 1,
        "text_hash": number,
        "marks": {},
        "level": Level.NEW,
        "nearest_id": None,
        "containment": 0.0,
        "agreement": 0.0,
        "newword": 1.0,
        "evidence": {},
        "development_id": None,
    }


def sizes(store: Store) -> str:
    """How large the index and the frozen words are."""
    with store.read() as tx:
        if tx.dialect.name == "sqlite":
            found = tx.execute(text("SELECT sum(length(block)) FROM word_index_data")).scalar_one()
        else:
            found = tx.execute(text("SELECT pg_total_relation_size('word_index')")).scalar_one()
        words = tx.execute(text("SELECT sum(length(words)) FROM version_words")).scalar_one()
        texts = tx.execute(text("SELECT sum(length(text)) FROM version")).scalar_one()
    return f"index {found / 1e6:.0f} MB, frozen words {words / 1e6:.0f} MB, texts {texts / 1e6:.0f} MB"


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of this process's CPU, the best of three: the first reads the pages in."""
    spent = []
    for _ in range(3):
        begun, busy = perf_counter(), process_time()
        work()
        spent.append((1000 * (perf_counter() - begun), 1000 * (process_time() - busy)))
    return min(spent)


def told(name: str, spent: Sequence[tuple[float, float]]) -> None:
    clock, busy = zip(*spent, strict=True)
    p95 = quantiles(clock, n=20)[-1]
    print(f"{name:34} median {median(clock):7.1f} ms   p95 {p95:7.1f}   worst {max(clock):7.1f}", end="   ")
    print(f"(CPU {median(busy):7.1f}, p95 {quantiles(busy, n=20)[-1]:7.1f})", flush=True)


def main(count: int, url: str) -> None:
    language = Language(random.Random(4))
    with closing(open_store(url, synchronous="OFF")) as store:
        costs = fill(store, language, count)
        each = 1000 / count
        print(f"{count:,} articles: fold {each * costs.fold:.2f}, index {each * costs.index:.2f}, rows", end=" ")
        print(
            f"{each * costs.rows:.2f} ms each; slowest {BATCH} {max(costs.batches):.2f} s; {sizes(store)}", flush=True
        )
        rules = list(language.rules())
        found, pages, facets, proposals_of = [], [], [], []
        for _, query in rules:
            wanted = superset(compile_query(query, {}).expr)

            def propose(wanted=wanted) -> int:  # type: ignore[no-untyped-def]  # the default binds this rule's
                with store.read() as tx:
                    return len(proposals.proposed(tx, wanted, CHOSEN).version_ids)

            proposals_of.append(propose())
            found.append(timed(propose))
            pages.append(timed(lambda query=query: search(store, {}, query, most=20_000)))
            facets.append(timed(lambda query=query: search(store, {}, query, most=20_000, facets=UTC)))
        told("candidates (all ids)", found)
        told("first verified page of 20", pages)
        told("the same with facets", facets)
        for kind in dict.fromkeys(kind for kind, _ in rules):
            own = [n for n, (one, _) in enumerate(rules) if one == kind]
            many = median(proposals_of[n] for n in own)
            told(f"  page, {kind} ({many:,.0f} candidates)", [pages[n] for n in own])


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    if len(sys.argv) > 2:
        main(size, sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(size, f"sqlite:///{Path(folder) / 'archive.db'}")
