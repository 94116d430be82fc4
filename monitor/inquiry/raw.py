"""The bytes behind an article: the newest exchange that was kept of it, read back and compared with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.errors import StoreError, UsageError
from monitor.inquiry import shapes
from monitor.inquiry.finding import detail_of
from monitor.model import Outcome
from monitor.store import Store, evidence
from monitor.store.evidence import RawRow
from monitor.store.raw import read_bytes
from monitor.store.records import Exchange, exchange_of, sha256


@dataclass(frozen=True, slots=True)
class Raw:
    """A row and what its file holds."""

    row: RawRow
    exchange: Exchange


def newest(store: Store, ident: str, folder: Path | None, record: int | None = None) -> Raw:
    """The newest answer that an article (id or address) was read from, else the newest at all, or one by its number.

    Raises UsageError for an article or record that does not exist, StoreError when nothing is kept or was changed.
    """
    article = detail_of(store, ident).article
    with store.read() as tx:
        rows = [one for one in evidence.of_article(tx, article.id) if record in (None, one.id)]
    name = shapes.name("a", article.id)
    if record is not None and not rows:
        raise UsageError(f"{name} has no raw record {record}: `storywatch show {name}` names them")
    there = [row for row in rows if row.expired is None]
    row = next((one for one in there if one.outcome is Outcome.OK), there[0] if there else None)
    if row is None or folder is None:
        expired = rows and rows[0].expired
        why = (
            f"it was given up at {shapes.stamp(expired)} by [archive] keep_raw and max_raw" if expired else "none came"
        )
        raise StoreError(f"no raw response of {name} is kept: {why}")
    try:
        data = read_bytes(folder, row.file, row.offset, row.length)
    except OSError as error:
        raise StoreError(f"the raw response of {name} cannot be read: {error}") from error
    if sha256(data) != row.digest:
        raise StoreError(f"the raw response of {name} was changed in {row.file}: see `storywatch verify`")
    return Raw(row, exchange_of(data))


def shape(raw: Raw) -> shapes.Json:
    """What `show --raw --json` says of an exchange; the body is decoded only as far as it is UTF-8."""
    row, exchange = raw.row, raw.exchange
    return {
        "record": row.id,
        "warc_record_id": exchange.record_id,
        "url": exchange.url,
        "fetched": shapes.stamp(row.fetched),
        "outcome": row.outcome.value,
        "status": exchange.status,
        "request": [list(pair) for pair in exchange.request],
        "headers": [list(pair) for pair in exchange.headers],
        "metadata": dict(exchange.metadata),
        "sha256": row.payload,
        "size": row.size,
        "file": row.file,
        "offset": row.offset,
        "length": row.length,
        "body": exchange.body.decode("utf-8", "replace"),
    }
