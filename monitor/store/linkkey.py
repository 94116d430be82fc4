"""The archive's own keys: of the signed addresses in mails, with what such an address stands for, and of logins."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from monitor.model import Delivery
from monitor.store import deliveries
from monitor.store.columns import insert_new
from monitor.store.tables import delivery, meta

_NAME = "link key"
_SESSIONS = "session key"


def link_key(tx: Connection) -> bytes:
    """The archive's own key, made when it is first asked for. It stands in backups, too: see docs/alerts.md."""
    return _made(tx, _NAME)


def known_key(tx: Connection) -> bytes | None:
    """The same in a transaction that cannot write; None while no mail with such an address was made."""
    return _known(tx, _NAME)


def session_key(tx: Connection) -> bytes:
    """The key that logins to the screens are signed with, together with the password; made when first asked for."""
    return _made(tx, _SESSIONS)


def known_session_key(tx: Connection) -> bytes | None:
    """The same in a transaction that cannot write; None while nobody has logged in."""
    return _known(tx, _SESSIONS)


def _made(tx: Connection, name: str) -> bytes:
    tx.execute(insert_new(tx, meta), {"key": name, "value": secrets.token_hex(32)})
    return bytes.fromhex(tx.execute(select(meta.c.value).where(meta.c.key == name)).scalar_one())


def _known(tx: Connection, name: str) -> bytes | None:
    found = tx.execute(select(meta.c.value).where(meta.c.key == name)).scalar()
    return None if found is None else bytes.fromhex(found)


def delivery_of(tx: Connection, key: str) -> Delivery | None:
    """The delivery with this idempotency key."""
    number = tx.execute(select(delivery.c.id).where(delivery.c.key == key)).scalar()
    return None if number is None else deliveries.by_id(tx, number)
