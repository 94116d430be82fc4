"""The key of the signed addresses in mails, and what such an address stands for."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from monitor.model import Delivery
from monitor.store import deliveries
from monitor.store.columns import insert_new
from monitor.store.tables import delivery, meta

_NAME = "link key"


def link_key(tx: Connection) -> bytes:
    """The archive's own key, made when it is first asked for. It stands in backups, too: see docs/alerts.md."""
    tx.execute(insert_new(tx, meta), {"key": _NAME, "value": secrets.token_hex(32)})
    return bytes.fromhex(tx.execute(select(meta.c.value).where(meta.c.key == _NAME)).scalar_one())


def known_key(tx: Connection) -> bytes | None:
    """The same in a transaction that cannot write; None while no mail with such an address was made."""
    found = tx.execute(select(meta.c.value).where(meta.c.key == _NAME)).scalar()
    return None if found is None else bytes.fromhex(found)


def delivery_of(tx: Connection, key: str) -> Delivery | None:
    """The delivery with this idempotency key."""
    number = tx.execute(select(delivery.c.id).where(delivery.c.key == key)).scalar()
    return None if number is None else deliveries.by_id(tx, number)
