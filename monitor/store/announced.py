"""What was announced, for those who come and read it: developments, and messages to feeds that are none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from monitor.model import Alert, Delivery, DeliveryKind, DeliveryState
from monitor.store.alerts import alert
from monitor.store.deliveries import listed
from monitor.store.tables import delivery, development, firing, meta


@dataclass(frozen=True, slots=True)
class Announced:
    """A development that rules announced: for the first time, and the last time that one more did."""

    alert: Alert
    first: datetime
    last: datetime


def archive_name(tx: Connection) -> str:
    """The archive's own mark, which it keeps for ever."""
    return tx.execute(select(meta.c.value).where(meta.c.key == "archive")).scalar_one()


def fired_ever(tx: Connection, rule_id: str) -> bool:
    """Whether a rule announced anything, also one that is not in the config any more."""
    return tx.execute(select(firing.c.rule_id).where(firing.c.rule_id == rule_id).limit(1)).first() is not None


def developments(tx: Connection, now: datetime, limit: int, rule_id: str | None = None) -> tuple[Announced, ...]:
    """What was announced last, the last first, whatever became of its deliveries.

    Not what was known from the start, what every destination muted, or what still waits for its group.
    """
    fired = select(
        firing.c.development_id,
        func.min(firing.c.created).label("first"),
        func.max(firing.c.created).label("last"),
    ).group_by(firing.c.development_id)
    if rule_id is not None:
        fired = fired.where(firing.c.rule_id == rule_id)
    own = fired.subquery()
    query = (
        select(development.c.id, own.c.first, own.c.last)
        .join_from(own, development, development.c.id == own.c.development_id)
        .where(~development.c.known, _told(now))
        .order_by(own.c.last.desc(), development.c.id.desc())
        .limit(limit)
    )
    return tuple(Announced(alert(tx, row.id), row.first, row.last) for row in tx.execute(query).all())


def _told(now: datetime) -> ColumnElement[bool]:
    waits = and_(delivery.c.state == DeliveryState.PENDING.value, delivery.c.body.is_(None), delivery.c.due_at > now)
    alone = and_(delivery.c.development_id == development.c.id, delivery.c.kind == DeliveryKind.DEVELOPMENT.value)
    audible = delivery.c.state != DeliveryState.SUPPRESSED.value
    return select(delivery.c.id).where(alone, audible, ~waits).correlate(development).exists()


_MESSAGES = (DeliveryKind.SUMMARY, DeliveryKind.EDIT, DeliveryKind.NOTICE)


def messages(tx: Connection, channels: Collection[str], limit: int) -> tuple[Delivery, ...]:
    """What these channels took last that is no development: summaries, edits, words to the owner."""
    wanted = and_(
        delivery.c.channel.in_(channels),
        delivery.c.kind.in_([one.value for one in _MESSAGES]),
        delivery.c.state == DeliveryState.SENT.value,
    )
    newest = select(delivery.c.id).where(wanted).order_by(delivery.c.sent_at.desc(), delivery.c.id.desc()).limit(limit)
    return listed(tx, delivery.c.id.in_(tx.scalars(newest).all()), delivery.c.id)
