"""Notices to the owner as deliveries, and what the archive knows of trouble: sources without news, alerts stuck."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select, update

from monitor.model import DeliveryKind, DeliveryState, Destination, Outcome, OwnerNotice, Severity, Topic
from monitor.store.columns import Utc, among
from monitor.store.deliveries import UNDELIVERED, owe_message
from monitor.store.rows import AnyRow
from monitor.store.tables import delivery as table
from monitor.store.tables import fetch

_UNSEEN = (DeliveryState.PENDING.value, DeliveryState.HELD.value)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing that a notice on record is about, since when; a notice of several is as many of these."""

    topic: Topic
    about: str
    since: datetime
    created: datetime
    delivery_id: int
    destination: Destination
    waiting: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Late:
    """What a channel has not delivered although it is long due. `reason`: what it answered to the oldest."""

    channel: str
    count: int
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Failing:
    """A source's failed checks since its last good one: when the first was, and how the last ended."""

    since: datetime | None
    outcome: Outcome | None
    error: str


def owe(
    tx: Connection,
    destination: Destination,
    notice: OwnerNotice,
    subjects: Sequence[tuple[str, datetime]],
    severity: Severity,
    now: datetime,
) -> int:
    """Owe a notice, due now; returns its id. Its key names the topic, and about what and since when it is."""
    told = [[about, since.isoformat()] for about, since in subjects]
    stored = {
        "topic": notice.topic.value,
        "about": notice.about,
        "title": notice.title,
        "lines": list(notice.lines),
        "subjects": told,
    }
    what = "|".join(["notice", notice.topic.value, *(f"{about}@{since}" for about, since in told)])
    values = {"kind": DeliveryKind.NOTICE.value, "notice": stored, "severity": severity.value}
    return owe_message(tx, destination, what, values, now)


def withdraw(tx: Connection, ids: Collection[int], reason: str) -> int:
    """Suppress notices that nobody has seen and nobody needs to see any more; returns how many."""
    wanted = and_(table.c.id.in_(ids), table.c.state.in_(_UNSEEN), table.c.body.is_(None))
    values = {"state": DeliveryState.SUPPRESSED.value, "held_until": None, "reason": reason}
    return tx.execute(update(table).where(wanted).values(values)).rowcount


def told(tx: Connection) -> tuple[NoticeRow, ...]:
    """Every notice on record, oldest first, one row for each thing that it is about."""
    # Without a development: the index leads past all alerts.
    wanted = and_(table.c.development_id.is_(None), table.c.kind == DeliveryKind.NOTICE.value)
    found: list[NoticeRow] = []
    for row in tx.execute(select(table).where(wanted).order_by(table.c.id)):
        found += [_notice(row, about, since) for about, since in row.notice.get("subjects", ())]
    return tuple(found)


def _notice(row: AnyRow, about: str, since: str) -> NoticeRow:
    return NoticeRow(
        Topic(row.notice["topic"]),
        about,
        datetime.fromisoformat(since),
        row.created,
        row.id,
        Destination(row.channel, row.address),
        waiting=row.state in _UNSEEN and row.body is None,
        withdrawn=row.state == DeliveryState.SUPPRESSED.value,
    )


def _late_query() -> Select[*tuple[Any, ...]]:
    since, before = func.coalesce(table.c.composed_at, table.c.due_at), bindparam("before", type_=Utc)
    # Given another chance a moment ago it is under way; tried in vain or not even tried for long it is stuck.
    stuck = or_(table.c.last_error != "", table.c.due_at <= before)
    awake = or_(
        table.c.channel.not_in(bindparam("resting", expanding=True)), table.c.severity == Severity.CRITICAL.value
    )
    wanted = and_(among(table.c.state, UNDELIVERED), since <= before, stuck, awake)
    return select(table.c.channel, since.label("since"), table.c.last_error).where(wanted).order_by(since, table.c.id)


# Built once: every page asks for it.
_LATE = _late_query()


def late(tx: Connection, before: datetime, resting: Collection[str] = ()) -> tuple[Late, ...]:
    """What is composed or due since before a moment and not delivered, by channel.

    Of channels that are `resting` (quiet hours) only what is critical: the rest waits there on purpose.
    """
    found: dict[str, list[Any]] = {}
    for row in tx.execute(_LATE, {"before": before, "resting": list(resting)}):
        found.setdefault(row.channel, []).append(row)
    return tuple(_late(channel, rows) for channel, rows in found.items())


def _late(channel: str, rows: Sequence[Any]) -> Late:
    reason = next((row.last_error for row in rows if row.last_error), "")
    return Late(channel, len(rows), rows[0].since, reason)


def failing(tx: Connection, source_id: str, last_ok: datetime | None) -> Failing:
    """Since when the checks of a source fail, as far as they are still on record."""
    wanted = and_(fetch.c.source_id == source_id, fetch.c.kind == "check")
    after = wanted if last_ok is None else and_(wanted, fetch.c.recorded > last_ok)
    first = tx.execute(select(fetch.c.recorded).where(after).order_by(fetch.c.id).limit(1)).scalar()
    last = tx.execute(select(fetch).where(after).order_by(fetch.c.id.desc()).limit(1)).first()
    return Failing(first, Outcome(last.outcome) if last is not None else None, last.error if last is not None else "")
