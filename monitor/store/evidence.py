"""Raw exchanges in the archive: what of an article is kept in which file, and what has expired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from monitor.model import Outcome
from monitor.store.chain import Kind, seal_rows
from monitor.store.columns import insert_new
from monitor.store.raw import Begun, Kept
from monitor.store.rows import AnyRow
from monitor.store.tables import raw, version, warc


@dataclass(frozen=True, slots=True)
class RawRow:
    """One exchange that is or was kept; `expired` says when its file was given up."""

    id: int
    file: str
    offset: int
    length: int
    digest: str
    payload: str
    size: int
    url: str
    url_key: str
    outcome: Outcome
    status: int
    fetched: datetime
    version_id: int | None
    expired: datetime | None


@dataclass(frozen=True, slots=True)
class WarcRow:
    """A WARC file that rows name, and the digest (SHA-256, hex) of its first `head` bytes."""

    id: int
    file: str
    head: int
    head_digest: str
    begun: datetime
    expired: datetime | None


def add(tx: Connection, kept: Kept, article_id: int | None) -> int:
    """Record and seal an exchange that is on the disk; it stands for the newest version of its article."""
    warc_id = _warc(tx, kept.warc)
    newest = select(func.max(version.c.id)).where(version.c.article_id == article_id)
    values = {
        "warc_id": warc_id,
        "offset": kept.offset,
        "length": kept.length,
        "digest": kept.digest,
        "payload": kept.payload,
        "size": kept.size,
        "url": kept.url,
        "url_key": kept.url_key,
        "outcome": kept.outcome.value,
        "status": kept.status,
        "fetched": kept.fetched,
        "version_id": None if article_id is None else tx.scalar(newest),
    }
    raw_id: int = tx.execute(insert(raw).returning(raw.c.id), values).scalar_one()
    seal_rows(tx, [(Kind.RAW, raw_id)])
    return raw_id


def _warc(tx: Connection, begun: Begun) -> int:
    known = select(warc.c.id).where(warc.c.head_digest == begun.head_digest)
    warc_id: int | None = tx.scalar(known)
    if warc_id is not None:
        return warc_id
    values = {"file": begun.file, "head": begun.head, "head_digest": begun.head_digest, "begun": begun.begun}
    made = tx.scalar(insert_new(tx, warc).values(**values, expired=None).returning(warc.c.id))
    if made is not None:
        seal_rows(tx, [(Kind.WARC, made)])
    return tx.execute(known).scalar_one()


_QUERY = select(raw, warc.c.file, warc.c.expired).join_from(raw, warc)


def of_article(tx: Connection, article_id: int) -> tuple[RawRow, ...]:
    """The exchanges that were kept of an article, newest first."""
    query = _QUERY.join(version, version.c.id == raw.c.version_id).where(version.c.article_id == article_id)
    return tuple(_row(row) for row in tx.execute(query.order_by(raw.c.id.desc())))


def of_versions(tx: Connection, version_ids: Sequence[int]) -> tuple[RawRow, ...]:
    """The exchanges that were kept of these versions, newest first."""
    query = _QUERY.where(raw.c.version_id.in_(version_ids)).order_by(raw.c.id.desc())
    return tuple(_row(row) for row in tx.execute(query))


def by_ids(tx: Connection, ids: Sequence[int]) -> tuple[RawRow, ...]:
    """These exchanges, as far as there are such rows."""
    return tuple(_row(row) for row in tx.execute(_QUERY.where(raw.c.id.in_(ids)).order_by(raw.c.id)))


def since(tx: Connection, moment: datetime | None, after: int, limit: int) -> tuple[RawRow, ...]:
    """Exchanges whose files are there, fetched at or after a moment (None: all), by id after `after`."""
    query = _QUERY.where(warc.c.expired.is_(None), raw.c.id > after)
    if moment is not None:
        query = query.where(raw.c.fetched >= moment)
    return tuple(_row(row) for row in tx.execute(query.order_by(raw.c.id).limit(limit)))


def count_since(tx: Connection, moment: datetime | None) -> int:
    """How many exchanges `since` gives in all."""
    query = select(func.count()).select_from(raw.join(warc, warc.c.id == raw.c.warc_id)).where(warc.c.expired.is_(None))
    return tx.execute(query if moment is None else query.where(raw.c.fetched >= moment)).scalar_one()


def warcs(tx: Connection) -> tuple[WarcRow, ...]:
    """Every WARC file that the archive knows, in the order they were begun."""
    rows = tx.execute(select(warc).order_by(warc.c.id))
    return tuple(WarcRow(row.id, row.file, row.head, row.head_digest, row.begun, row.expired) for row in rows)


def expire(tx: Connection, warc_ids: Sequence[int], now: datetime) -> None:
    """Record that these files are given up: no row promises them any more."""
    if warc_ids:
        tx.execute(update(warc).where(warc.c.id.in_(warc_ids)).values(expired=now))
        seal_rows(tx, [(Kind.WARC, one) for one in warc_ids])


def _row(row: AnyRow) -> RawRow:
    return RawRow(
        row.id,
        row.file,
        row.offset,
        row.length,
        row.digest,
        row.payload,
        row.size,
        row.url,
        row.url_key,
        Outcome(row.outcome),
        row.status,
        row.fetched,
        row.version_id,
        row.expired,
    )
