"""An archive of synthetic articles to measure search and backtest on, filled once and kept.

Own words by Zipf's law, each article about one of 400 topics; one in thirteen has words of the default rules woven in.
Two processes write and fold the texts, the store's own functions take them in.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, product
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import func, insert, select, text

from monitor.config import load
from monitor.inquiry.terms import terms
from monitor.model import Document, Level, Origin
from monitor.store import Store, index, open_store
from monitor.store.index import Folded
from monitor.store.rows import document_values
from monitor.store.tables import article, indexed, version
from monitor.watch import Watch, compile_watch, text_of

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500
WORDS = 450
TOPICS = 400
WOVEN = 13
"""One article in so many is about the talks; the pack finds most of these, and few others."""


class Language:
    """60,000 made-up words with Zipf's frequencies, and topics of thirty of them each; always the same."""

    def __init__(self) -> None:
        chance = random.Random(4)
        starts = ["b", "br", "d", "dr", "f", "g", "gl", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"]
        syllables = [a + b + c for a, b, c in product(starts, "aeiou", ["", "n", "r", "l", "m"])]
        words = dict.fromkeys("".join(chance.choices(syllables, k=chance.choice([1, 2, 2, 3]))) for _ in range(90_000))
        self.words = sorted(list(words)[:60_000], key=lambda word: len(word) + 3 * chance.random())
        self.weights = list(accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(len(self.words))))
        self.topics = [chance.sample(self.words[300:20_000], 30) for _ in range(TOPICS)]
        self.said = [
            sorted(min(one.patterns, key=lambda each: len(each.forms)).forms or {"zaporizhzhia"})[0]
            for compiled in default_watch().compiled.values()
            for one in terms(compiled.expr)
        ]

    def article(self, number: int) -> Document:
        """The article of a number."""
        chance = random.Random(number)
        topic = chance.choice(self.topics)
        words = chance.choices(self.words, cum_weights=self.weights, k=WORDS)
        for place in chance.sample(range(WORDS), WORDS // 10):
            words[place] = chance.choice(topic)
        if number % WOVEN == 0:
            for place in chance.sample(range(WORDS), WORDS // 25):
                words[place] = chance.choice(self.said)
        paragraphs = [" ".join(words[at : at + 50]) for at in range(0, WORDS, 50)]
        body = "\n\n".join(f"{one.capitalize()}." for one in paragraphs)
        return Document(f"https://wire.example/{number}", " ".join(words[:8]).title(), body, language="en")

    def rules(self) -> Iterator[tuple[str, str]]:
        """Seventy rules, of seven kinds."""
        for topic in self.topics[:10]:
            a, b, c, d, e, f, g, h, *more = topic
            yield "word", a
            yield "phrase", f'"{b} {c}" OR "{c} {b}"'
            yield "near", f"({a} OR {b}) NEAR/8 ({c} OR {d})"
            yield "and-not", f"({a} OR {b} OR {c}) AND ({d} OR {e}) NOT {f}"
            yield "wildcard", f"{(g + 'xx')[:4]}* NEAR/5 ({a} OR {h})"
            yield "atleast", f"ATLEAST/3({a}, {b}, {c}, {d}^2, {e})"
            yield "lists", f"({' OR '.join(topic[:12])}) NEAR/4 ({' OR '.join(more[:12])})"


@cache
def language() -> Language:
    """One for each process."""
    return Language()


def default_watch() -> Watch:
    """The watch of a config that says nothing."""
    return compile_watch(load(None, {"STORYWATCH_DATA": tempfile.gettempdir()}, Path("/")))


@contextmanager
def archive(about: str) -> Iterator[tuple[Store, int]]:
    """What the command line asks for: an archive, filled if it is not yet, and how many articles it has."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--keep", metavar="FOLDER", type=Path, help="an archive that stays, for the next run")
    where.add_argument("--url", help="an archive elsewhere, as postgresql+psycopg://user@host/database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = (given.keep or Path(folder)) / f"archive-{given.count}.db"
        store = open_store(given.url or f"sqlite:///{file}", synchronous="OFF")
        try:
            fill(store, given.count)
            yield store, given.count
        finally:
            store.close()


def fill(store: Store, count: int) -> None:
    """Bring an archive to `count` articles with one version each, as the store keeps them, without judgements."""
    with store.read() as tx:
        last = tx.scalar(select(func.max(article.c.id))) or 0
    if last > count:
        raise SystemExit(f"the archive holds {last:,} articles, more than {count:,}")
    begun, indexing = perf_counter(), 0.0
    blocks = [(first, min(count, first + BATCH - 1)) for first in range(last + 1, count + 1, BATCH)]
    with get_context("spawn").Pool(2) as pool:
        for block in pool.imap(written, blocks):
            indexing += entered(store, block)
    if blocks:
        each = 1000 / (count - last)
        print(f"filled in {perf_counter() - begun:.0f} s, {each * indexing:.2f} ms an article in the index; ", end="")
        tidy(store)
    print(f"{count:,} articles; {sizes(store)}", flush=True)


def written(block: tuple[int, int]) -> list[tuple[int, Document, Folded]]:
    """The articles from one number to another, folded."""
    documents = ((number, language().article(number)) for number in range(block[0], block[1] + 1))
    return [(number, one, index.folded(text_of(one, "wire"))) for number, one in documents]


def entered(store: Store, block: list[tuple[int, Document, Folded]]) -> float:
    """Put a block into the archive; returns the seconds that the index took."""
    with store.write() as tx:
        tx.execute(insert(article), [_article(number, one) for number, one, _ in block])
        tx.execute(insert(version), [_version(number, one) for number, one, _ in block])
        tx.execute(
            insert(indexed),
            [{"version_id": number, "article_id": number, "number": 1, "analyser": 0} for number, _, _ in block],
        )
        begun = perf_counter()
        index.put(tx, {number: words for number, _, words in block})
        return perf_counter() - begun


def tidy(store: Store) -> None:
    """What PostgreSQL does by itself within a minute."""
    if store.place.file is None:
        with store.write() as tx:
            tx.execute(text("ANALYZE"))


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


def _article(number: int, document: Document) -> dict[str, Any]:
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


def _version(number: int, document: Document) -> dict[str, Any]:
    return {
        "id": number,
        "article_id": number,
        "number": 1,
        "first_seen": START,
        **document_values(document),
        "scheme": 1,
        "text_hash": number,
        "marks": {"sampled": [], "numbers": [], "names": []},
        "level": Level.NEW,
        "nearest_id": None,
        "containment": 0.0,
        "agreement": 0.0,
        "newword": 1.0,
        "evidence": {"sentences": [], "facts": [], "against": []},
        "development_id": None,
    }
