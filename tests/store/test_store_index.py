"""The search index follows the versions: written with them, taken out with them, and made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, text, update

from monitor import pipeline
from monitor.model import Reading
from monitor.query import Text, analyse, compile_query
from monitor.query.superset import superset
from monitor.store import Store, articles, index, proposals
from monitor.store.index import Folded, folded
from monitor.store.review import ArticleFilter
from monitor.store.tables import indexed, meta, posting, version, version_mask, version_words
from monitor.text import ANALYSER

EVERY = ArticleFilter(on_topic=None)


def words(reading: Reading) -> Folded:
    return folded(text_of(reading))


def text_of(reading: Reading) -> Text:
    return analyse(reading.document.title, reading.document.text, source="courier courier.example", language="en")


class Shelf:
    """An archive with a hand that puts articles into it."""

    def __init__(self, store: Store, make: Any) -> None:
        self.store = store
        self.make = make

    def put(self, key: str, body: str, *, indexed: bool = True) -> tuple[int, int]:
        with self.store.write() as tx:
            return self.put_in(tx, key, body, indexed=indexed)

    def put_in(self, tx: Connection, key: str, body: str, *, indexed: bool = True) -> tuple[int, int]:
        reading = self.make.reading(body, url=f"https://courier.example/{key}")
        options = {"story_id": None, "development_id": None, "on_topic": True}
        own = words(reading) if indexed else None
        return articles.add(tx, reading, key, "courier", self.make.judgement(), self.make.now, **options, words=own)

    def edit(self, article_id: int, body: str) -> int:
        reading = self.make.reading(body)
        with self.store.write() as tx:
            return articles.add_version(
                *(tx, article_id, reading, self.make.judgement(), self.make.now),
                development_id=None,
                words=words(reading),
            )

    def ids(self, query: str, *, newest_only: bool = True) -> list[int]:
        """The versions that are proposed."""
        with self.store.read() as tx:
            wanted = superset(compile_query(query, {}).expr)
            return proposals.proposed(tx, wanted, EVERY, newest_only=newest_only).version_ids.tolist()

    def certain(self, query: str) -> bool:
        with self.store.read() as tx:
            return proposals.proposed(tx, superset(compile_query(query, {}).expr), EVERY).certain

    def sound(self) -> bool:
        """FTS5's own check; PostgreSQL's index has nobody but PostgreSQL to fill it."""
        if self.store.place.file is not None:
            with self.store.write() as tx:
                tx.execute(text("INSERT INTO word_index (word_index) VALUES ('integrity-check')"))
        return True

    def unindexed(self) -> tuple[int, int]:
        with self.store.read() as tx:
            return index.counts(tx)


@pytest.fixture
def shelf(store: Store, make: Any) -> Shelf:
    return Shelf(store, make)


def test_a_version_is_found_by_its_words_as_soon_as_it_is_recorded(shelf: Shelf) -> None:
    _, old = shelf.put("a", "The harbour was closed.")
    article_id, first = shelf.put("b", "The harbour was open. Přístav, гавань і море; U.S. 1,500 tonnes.")
    second = shelf.edit(article_id, "The airport was open.")
    assert shelf.ids("harbour") == [old]
    assert shelf.ids("harbour", newest_only=False) == [first, old]
    assert shelf.ids("open", newest_only=False) == [second, first]
    for query in ("pristav", "Přístav", "гавань", "мор*", "US", '"1500"', "harb* tonne"):
        assert shelf.ids(query, newest_only=False)[:1] == [first], query
    assert shelf.ids("tonn* NOT closed") == []
    assert shelf.certain("harbour") and not shelf.certain("harbour NEAR/3 open")
    assert shelf.sound() and shelf.unindexed() == (0, 3)


def test_nothing_stays_of_a_transaction_that_broke(shelf: Shelf) -> None:
    shelf.put("a", "The harbour was closed.")

    def broken() -> None:
        with shelf.store.write() as tx:
            shelf.put_in(tx, "b", "The harbour was open.")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert (shelf.ids("harbour"), shelf.ids("open")) == ([1], [])
    _, other = shelf.put("b", "Somebody else's words.")
    assert (shelf.ids("open"), shelf.ids("somebody")) == ([], [other])
    assert shelf.sound() and shelf.unindexed() == (0, 2)


def test_what_is_taken_out_is_not_found(shelf: Shelf) -> None:
    ids = [shelf.put(key, f"The harbour {key} was closed.")[1] for key in "abc"]
    with shelf.store.write() as tx:
        index.remove(tx, ids[1])
        tx.execute(delete(posting).where(posting.c.version_id == ids[1]))
        tx.execute(delete(version).where(version.c.id == ids[1]))
    assert shelf.ids("harbour") == [ids[2], ids[0]]
    assert shelf.sound() and shelf.unindexed() == (0, 2)
    with shelf.store.read() as tx:
        found = "word_index MATCH 'harbour'" if shelf.store.place.file else "words @@ CAST('harbour' AS tsquery)"
        assert len(tx.execute(text(f"SELECT 1 FROM word_index WHERE {found}")).all()) == 2


def test_what_is_not_indexed_may_always_match(shelf: Shelf) -> None:
    _, bare = shelf.put("a", "The airport was closed.", indexed=False)
    _, known = shelf.put("b", "The harbour was closed.")
    assert (shelf.ids("harbour"), shelf.ids("nowhere")) == ([known, bare], [bare])
    assert not shelf.certain("harbour") and shelf.unindexed() == (1, 2)
    rows = pipeline.waiting_words(shelf.store, 10)
    assert pipeline.index_words(shelf.store, rows) == 1
    assert pipeline.index_words(shelf.store, rows) == 0
    assert (shelf.ids("harbour"), shelf.ids("airport")) == ([known], [bare])
    assert shelf.sound() and shelf.certain("harbour") and shelf.unindexed() == (0, 2)


def _aged(tx: Connection, version_id: int, make_words: Callable[[str], str]) -> None:
    """As if another analyser had indexed a version, whose words were others."""
    row = tx.execute(select(version).where(version.c.id == version_id)).one()
    index.remove(tx, version_id)
    other = folded(analyse(make_words(row.title), make_words(row.text)))
    other = replace(other, frozen=bytes([ANALYSER + 1]) + other.frozen[1:])
    index.add(tx, version_id, row.article_id, row.number, other)
    tx.execute(update(indexed).where(indexed.c.version_id == version_id).values(analyser=ANALYSER + 1))


def test_another_analyser_s_rows_may_always_match_until_they_are_made_again(shelf: Shelf) -> None:
    _, old = shelf.put("a", "The harbour was closed.")
    _, new = shelf.put("b", "The airport was closed.")
    with shelf.store.write() as tx:
        _aged(tx, old, lambda words: f"{words} jetty")
    assert shelf.ids("airport") == [new, old] and shelf.unindexed() == (1, 2)
    with shelf.store.read() as tx:
        assert set(proposals.frozen(tx, [old, new])) == {new}
    assert pipeline.index_words(shelf.store, pipeline.waiting_words(shelf.store, 10)) == 1
    assert (shelf.ids("airport"), shelf.ids("harbour"), shelf.ids("jetty")) == ([new], [old], [])
    assert shelf.sound() and shelf.unindexed() == (0, 2)


def test_a_text_of_too_many_words_may_always_match(shelf: Shelf) -> None:
    body = " ".join(f"{n:x}".translate(str.maketrans("0123456789", "ghijklmnop")) * 20 for n in range(14_000))
    _, huge = shelf.put("a", body)
    _, small = shelf.put("b", "The harbour was closed.")
    assert (shelf.ids("harbour"), shelf.ids("nowhere")) == ([small, huge], [huge])
    assert shelf.unindexed() == (0, 2) and not shelf.certain("harbour")
    with shelf.store.write() as tx:
        index.remove(tx, huge)
    assert shelf.ids("nowhere") == [] and shelf.sound()


@pytest.mark.parametrize(
    "body", ["", "…", "a\0b harbour\0 'quoted' \"twice\" back\\slash", "\ud800 harbour", "🙂 海港 é"]
)
def test_odd_texts_are_indexed(shelf: Shelf, body: str) -> None:
    _, odd = shelf.put("a", body)
    assert shelf.ids("harbour") == ([odd] if "harbour" in body else [])
    assert shelf.ids('"海港"') == ([odd] if "海" in body else [])
    with shelf.store.write() as tx:
        index.remove(tx, odd)
    assert shelf.ids("envoys") == [] and shelf.sound()


def test_reindexing_makes_the_index_anew_and_goes_on_where_it_was_interrupted(shelf: Shelf) -> None:
    ids = [shelf.put(key, f"The harbour {key} was closed.")[1] for key in "abcde"]
    with shelf.store.write() as tx:
        _aged(tx, ids[0], str.upper)
        tx.execute(delete(indexed).where(indexed.c.version_id == ids[1]))
    told: list[tuple[int, int]] = []

    def interrupted(done: int, total: int) -> None:
        told.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.reindex(shelf.store, interrupted)
    assert shelf.ids("nowhere") == ids[::-1] and shelf.unindexed() == (5, 5)
    assert pipeline.index_words(shelf.store, pipeline.waiting_words(shelf.store, 2)) == 2
    assert pipeline.reindex(shelf.store, lambda *far: told.append(far)) == (3, True)
    assert told == [(0, 5), (2, 5), (5, 5)]
    assert (shelf.ids("nowhere"), shelf.ids("harbour")) == ([], ids[::-1])
    assert pipeline.reindex(shelf.store, lambda *_: None) == (5, False)
    assert shelf.sound() and shelf.unindexed() == (0, 5)
    with shelf.store.read() as tx:
        assert tx.execute(select(meta.c.key).where(meta.c.key == "reindexing")).all() == []
        assert len(tx.execute(select(version_words)).all()) == 5


def test_words_are_those_that_were_not_masked(shelf: Shelf) -> None:
    _, bare = shelf.put("a", "Subscribe here. The harbour was closed.", indexed=False)
    with shelf.store.write() as tx:
        tx.execute(version_mask.insert(), {"version_id": bare, "spans": [[0, 15]], "note": ""})
    pipeline.index_words(shelf.store, pipeline.waiting_words(shelf.store, 10))
    assert (shelf.ids("subscribe"), shelf.ids("harbour")) == ([], [bare])


def test_what_waits_is_taken_by_the_hand_whoever_indexed_it_before(shelf: Shelf) -> None:
    ids = [shelf.put(key, f"The harbour {key} was closed.", indexed=key in "bd")[1] for key in "abcd"]
    with shelf.store.write() as tx:
        _aged(tx, ids[1], str.upper)
    taken: list[list[int]] = []
    while words := pipeline.waiting_words(shelf.store, 1):
        taken.append(list(words))
        assert pipeline.index_words(shelf.store, words) == 1
    assert sorted(taken) == [[ids[0]], [ids[1]], [ids[2]]]
    assert shelf.sound() and shelf.unindexed() == (0, 4)


def test_many_are_indexed_at_once_but_not_those_that_somebody_did_meanwhile(shelf: Shelf) -> None:
    ids = [shelf.put(key, f"The harbour {key} was closed.", indexed=False)[1] for key in "abc"]
    words = pipeline.waiting_words(shelf.store, 10)
    assert pipeline.index_words(shelf.store, {ids[1]: words[ids[1]]}) == 1
    assert pipeline.index_words(shelf.store, words) == 2
    assert (shelf.ids("harbour"), shelf.ids("nowhere")) == (ids[::-1], [])
    assert shelf.sound() and shelf.unindexed() == (0, 3)
