"""The search index over the words of every version: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

It holds the matcher's own words, so that it proposes everything the matcher would find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, or_, select, text, update

from monitor.query import Text, freeze, frozen_words
from monitor.query.superset import ANYTHING, indexable
from monitor.store.columns import insert_new
from monitor.store.tables import indexed, meta, version, version_words
from monitor.text import ANALYSER

# PostgreSQL takes 1,048,575 bytes of words in one tsvector.
_MOST_BYTES = 1_000_000
_BEGUN = "reindexing"
_NOTE = insert(indexed)
_KEEP = insert(version_words)
_ENTER = {
    "sqlite": text("INSERT INTO word_index (rowid, words) VALUES (:version_id, :words)"),
    "postgresql": text(
        "INSERT INTO word_index (version_id, words) VALUES (:version_id, array_to_tsvector(CAST(:words AS text[])))"
    ),
}
_WITHDRAW = {
    # An index without its own copy of the words must be told what it is to forget, to the word.
    "sqlite": text("INSERT INTO word_index (word_index, rowid, words) VALUES ('delete', :version_id, :words)"),
    "postgresql": text("DELETE FROM word_index WHERE version_id = :version_id"),
}
_CLEAR = {
    "sqlite": text("INSERT INTO word_index (word_index) VALUES ('delete-all')"),
    "postgresql": text("TRUNCATE word_index"),
}
OUTDATED = or_(indexed.c.analyser < ANALYSER, indexed.c.analyser > ANALYSER)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as the index keeps it: its frozen words, its different words, and what it goes by."""

    frozen: bytes
    vocabulary: tuple[str, ...]
    source: str
    language: str


def folded(read: Text) -> Folded:
    """Made before a lock is taken: it costs about a millisecond."""
    return Folded(freeze(read), tuple(read.vocabulary), " ".join(sorted(read.names)), read.language)


def add(tx: Connection, version_id: int, article_id: int, number: int, words: Folded | None) -> None:
    """Index a new version; without its words it is noted as one that still has to be."""
    analyser = 0 if words is None else ANALYSER
    row = {"version_id": version_id, "article_id": article_id, "number": number, "analyser": analyser}
    tx.execute(_NOTE, row)
    if words is not None:
        _enter(tx, [(version_id, words)])


def put(tx: Connection, words: Mapping[int, Folded]) -> int:
    """Index versions that were not, or by another analyser; returns how many nobody else had indexed meanwhile."""
    own = indexed.c.version_id.in_(list(words))
    query = select(indexed.c.version_id).where(own, indexed.c.analyser != ANALYSER).order_by(indexed.c.version_id)
    ids = tx.scalars(query.with_for_update()).all()
    if ids:
        tx.execute(update(indexed).where(indexed.c.version_id.in_(ids)).values(analyser=ANALYSER))
        _forget(tx, ids)
        _enter(tx, [(version_id, words[version_id]) for version_id in ids])
    return len(ids)


def remove(tx: Connection, version_id: int) -> None:
    """Take a version out of the index, before its own row is deleted."""
    _forget(tx, [version_id])
    tx.execute(delete(indexed).where(indexed.c.version_id == version_id))


def begin(tx: Connection) -> bool:
    """Begin to make the index anew; False when that was begun before and has not ended."""
    if tx.execute(select(meta.c.key).where(meta.c.key == _BEGUN)).first() is not None:
        return False
    tx.execute(insert_new(tx, meta), {"key": _BEGUN, "value": str(ANALYSER)})
    clear(tx)
    return True


def finish(tx: Connection) -> None:
    """The index is made anew."""
    tx.execute(delete(meta).where(meta.c.key == _BEGUN))


def clear(tx: Connection) -> None:
    """Empty the index: every version has to be indexed again, also one that was never noted."""
    tx.execute(_CLEAR[tx.dialect.name])
    tx.execute(delete(version_words))
    tx.execute(delete(indexed))
    columns = select(version.c.id, version.c.article_id, version.c.number, literal(0))
    tx.execute(insert(indexed).from_select(["version_id", "article_id", "number", "analyser"], columns))


def waiting(tx: Connection, limit: int) -> Sequence[int]:
    """Versions that this analyser has not indexed, the newest first of those that one other did (or none, 0)."""
    # Of one analyser an index gives them in order; of all others every one would be sorted each time.
    other = tx.scalar(select(indexed.c.analyser).where(OUTDATED).limit(1))
    query = select(indexed.c.version_id).where(indexed.c.analyser == other)
    return tx.scalars(query.order_by(indexed.c.version_id.desc()).limit(limit)).all()


def is_whole(tx: Connection) -> bool:
    """Whether this analyser has indexed every version."""
    return tx.execute(select(indexed.c.version_id).where(OUTDATED).limit(1)).first() is None


def counts(tx: Connection) -> tuple[int, int]:
    """How many versions are not indexed, and how many there are. Looks at every one of them."""
    known = select(func.count()).select_from(indexed).where(indexed.c.analyser == ANALYSER).scalar_subquery()
    row = tx.execute(select(func.count().label("versions"), known.label("known")).select_from(version)).one()
    return row.versions - row.known, row.versions


def _enter(tx: Connection, words: Sequence[tuple[int, Folded]]) -> None:
    """In order of their ids: FTS5 writes a piece of its index for every step back."""
    tx.execute(
        _KEEP,
        [
            {"version_id": version_id, "source": one.source, "language": one.language, "words": one.frozen}
            for version_id, one in words
        ],
    )
    dialect = tx.dialect.name
    entries = [{"version_id": version_id, "words": _entry(dialect, one.vocabulary)} for version_id, one in words]
    tx.execute(_ENTER[dialect], entries)


def _forget(tx: Connection, version_ids: Sequence[int]) -> None:
    own = version_words.c.version_id.in_(version_ids)
    columns = version_words.c.version_id, version_words.c.words
    rows = tx.execute(select(*columns).where(own).order_by(version_words.c.version_id)).all()
    if not rows:
        return
    entries: list[dict[str, Any]] = [{"version_id": row.version_id} for row in rows]
    if tx.dialect.name == "sqlite":
        for entry, row in zip(entries, rows, strict=True):
            entry["words"] = _entry("sqlite", frozen_words(row.words))
    tx.execute(_WITHDRAW[tx.dialect.name], entries)
    tx.execute(delete(version_words).where(own))


def _entry(dialect: str, vocabulary: Sequence[str]) -> str | list[str]:
    """The words as the index takes them, or what stands for anything where it could not keep them all."""
    fits = sum(len(word.encode("utf-8", "replace")) for word in vocabulary) <= _MOST_BYTES
    words = list(vocabulary) if fits and all(map(indexable, vocabulary)) else [ANYTHING]
    return " ".join(words) if dialect == "sqlite" else words
