"""The hash chain over what was recorded: every row is sealed in the transaction that writes it.

A seal holds the SHA-256 of its row's content, and the SHA-256 over the chain of the seal before it and itself. A row
that rightly changes (a file that expires) is sealed again: of several seals of a row the newest is in force.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, text

from monitor.store.rows import DOCUMENT_COLUMNS, AnyRow
from monitor.store.tables import article, match, raw, seal, version, warc

START = "0" * 64
BATCH = 500
_CHAIN_LOCK = 0x53544F5259_0004

Content = dict[str, Any]


class Kind(StrEnum):
    """What is sealed; `matches` are all of one version, by the version's id."""

    VERSION = "version"
    MATCHES = "matches"
    WARC = "warc"
    RAW = "raw"


def seal_rows(tx: Connection, rows: Sequence[tuple[Kind, int]]) -> None:
    """Seal rows that this transaction has written, in this order.

    They are read back first: sealed is what the database keeps, not what it was given.
    """
    if tx.dialect.name == "postgresql":
        # Two transactions must not seal at one position. Taken after the watch lock, never before it.
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    position, before = head(tx)
    found = {kind: contents(tx, kind, [row for of, row in rows if of is kind]) for kind in {kind for kind, _ in rows}}
    made = []
    for kind, row_id in rows:
        position += 1
        digest = digest_of(found[kind][row_id])
        before = link(before, position, kind, row_id, digest)
        made.append({"position": position, "kind": kind.value, "row_id": row_id, "digest": digest, "chain": before})
    if made:
        tx.execute(_ADD, made)


def head(tx: Connection) -> tuple[int, str]:
    """Position and chain of the newest seal; (0, zeros) when nothing is sealed."""
    row = tx.execute(_HEAD).first()
    return (0, START) if row is None else (row.position, row.chain)


def link(before: str, position: int, kind: str, row_id: int, digest: str) -> str:
    """The chain at one seal: SHA-256 in hex over the chain before it and what the seal says."""
    return hashlib.sha256(f"{before}|{position}|{kind}|{row_id}|{digest}".encode()).hexdigest()


def digest_of(content: Content) -> str:
    """SHA-256 in hex over the canonical JSON of a row."""
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} in a sealed row")


def contents(tx: Connection, kind: Kind, row_ids: Sequence[int]) -> dict[int, Content]:
    """What of these rows is sealed, by row id; rows that do not exist are not in it."""
    return _CONTENTS[kind](tx, row_ids)


def _any_of(column: Any) -> ColumnElement[bool]:
    """One of the rows `ids`: a query is built once, which takes longer than to answer it."""
    return cast("ColumnElement[bool]", column.in_(bindparam("ids", expanding=True)))


# What an archive's first schema had. Where a version stands in a story is no part of it: people may move that.
_VERSION = select(
    version.c.id,
    version.c.article_id,
    version.c.number,
    version.c.first_seen,
    *DOCUMENT_COLUMNS,
    version.c.scheme,
    version.c.text_hash,
    version.c.marks,
    version.c.level,
    version.c.nearest_id,
    version.c.containment,
    version.c.agreement,
    version.c.newword,
    version.c.evidence,
    article.c.url_key,
    article.c.source_id,
    article.c.origin,
    article.c.first_seen.label("article_first_seen"),
).join_from(version, article)
_MATCH = select(match.c.version_id, match.c.rule_id, match.c.revision, match.c.hits, match.c.created).where(
    _any_of(match.c.version_id)
)
_WARC = select(warc.c.id, warc.c.file, warc.c.head, warc.c.head_digest, warc.c.begun, warc.c.expired)
_RAW = select(
    raw.c.id,
    raw.c.warc_id,
    raw.c.offset,
    raw.c.length,
    raw.c.digest,
    raw.c.payload,
    raw.c.size,
    raw.c.url,
    raw.c.url_key,
    raw.c.outcome,
    raw.c.status,
    raw.c.fetched,
    raw.c.version_id,
)
_HEAD = select(seal.c.position, seal.c.chain).order_by(seal.c.position.desc()).limit(1)
_ADD = insert(seal)


def _single(query: Select[*tuple[Any, ...]], column: Any) -> Callable[[Connection, Sequence[int]], dict[int, Content]]:
    wanted = query.where(_any_of(column))

    def read(tx: Connection, row_ids: Sequence[int]) -> dict[int, Content]:
        return {row.id: row._asdict() for row in tx.execute(wanted, {"ids": list(row_ids)})}

    return read


def _matches(tx: Connection, version_ids: Sequence[int]) -> dict[int, Content]:
    found: dict[int, Content] = {}
    rows = tx.execute(_MATCH, {"ids": list(version_ids)})
    # Sorted here: the two databases do not agree on the order of texts.
    for row in sorted(rows, key=lambda one: (one.version_id, one.rule_id)):
        found.setdefault(row.version_id, {"matches": []})["matches"].append(list(row))
    return found


_CONTENTS: Mapping[Kind, Callable[[Connection, Sequence[int]], dict[int, Content]]] = {
    Kind.VERSION: _single(_VERSION, version.c.id),
    Kind.MATCHES: _matches,
    Kind.WARC: _single(_WARC, warc.c.id),
    Kind.RAW: _single(_RAW, raw.c.id),
}
_IDS = {
    Kind.VERSION: version.c.id,
    Kind.MATCHES: match.c.version_id,
    Kind.WARC: warc.c.id,
    Kind.RAW: raw.c.id,
}


def unsealed(tx: Connection, kind: Kind) -> list[int]:
    """The rows of a kind that no seal names, in their order: written by other hands, or before there were seals."""
    column = _IDS[kind]
    named = select(seal.c.row_id).where(seal.c.kind == kind.value, seal.c.row_id == column)
    return list(tx.scalars(select(column).where(~named.exists()).distinct().order_by(column)))


def seal_unsealed(tx: Connection) -> None:
    """Seal what an archive held before it had seals. Only its migration may: a row that is added later stays bare."""
    for kind in (Kind.VERSION, Kind.MATCHES):
        rows = unsealed(tx, kind)
        for first in range(0, len(rows), BATCH):
            seal_rows(tx, [(kind, row_id) for row_id in rows[first : first + BATCH]])


def seals(tx: Connection, after: int, limit: int = BATCH) -> Sequence[AnyRow]:
    """The seals after a position, in their order, each with `newest`: the position of the seal in force for its row."""
    later = seal.alias("later")
    newest = (
        select(func.max(later.c.position))
        .where(later.c.kind == seal.c.kind, later.c.row_id == seal.c.row_id)
        .scalar_subquery()
    )
    query = select(seal, newest.label("newest")).where(seal.c.position > after)
    return tx.execute(query.order_by(seal.c.position).limit(limit)).all()


def count(tx: Connection) -> int:
    """How many seals there are."""
    return tx.scalar(select(func.count()).select_from(seal)) or 0
