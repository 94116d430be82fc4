"""Deliveries: what is owed to whom, and the journal of every attempt. Rows are never deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, func, select, update

from monitor.crashpoint import crashpoint
from monitor.model import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Destination,
    Message,
    OwnerNotice,
    Severity,
    Topic,
)
from monitor.store.alerts import rules_of
from monitor.store.columns import among, insert_new
from monitor.store.rows import AnyRow
from monitor.store.tables import delivery as table
from monitor.store.tables import development, firing, meta, thread, version

_PENDING, _SENDING, _AMBIGUOUS = "pending", "sending", "ambiguous"
# On its way: a later message of the same story must not overtake one of these to the same destination.
UNDELIVERED = (_PENDING, _SENDING, _AMBIGUOUS)
_ARCHIVE = select(meta.c.value).where(meta.c.key == "archive")
_ROOT = and_(
    thread.c.story_id == table.c.story_id,
    thread.c.channel == table.c.channel,
    thread.c.address == table.c.address,
)
# Statements that every wake-up of a sender asks are made once: making one costs more than asking the database.
_QUERY = (
    select(table, thread.c.ref.label("thread_ref"), version.c.article_id)
    .outerjoin_from(table, thread, _ROOT)
    .outerjoin(development, development.c.id == table.c.development_id)
    .outerjoin(version, version.c.id == func.coalesce(table.c.version_id, development.c.version_id))
)
_BY_ID = _QUERY.where(table.c.id == bindparam("wanted"))
_UNCOMPOSED = (
    _QUERY.where(among(table.c.state, UNDELIVERED), table.c.state == _PENDING)
    .where(table.c.due_at <= bindparam("now"), table.c.body.is_(None))
    .order_by(table.c.due_at, table.c.id)
    .limit(bindparam("most", type_=Integer))
)
_WITHOUT_CHANNEL = (
    _QUERY.where(among(table.c.state, UNDELIVERED), table.c.state != _SENDING)
    .where(table.c.channel.not_in(bindparam("channels", expanding=True)))
    .order_by(table.c.id)
)
_DEAD = select(func.count()).where(table.c.state == DeliveryState.DEAD.value)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed now: deliveries by state, how many of the undelivered are due, and since when the oldest is."""

    counts: dict[DeliveryState, int]
    due: int
    oldest_due: datetime | None


def owe(
    tx: Connection,
    destinations: Sequence[Destination],
    due_at: datetime,
    now: datetime,
    *,
    development_id: int | None = None,
    story_id: int | None = None,
    kind: DeliveryKind = DeliveryKind.DEVELOPMENT,
    state: DeliveryState = DeliveryState.PENDING,
    reason: str = "",
    source_id: str | None = None,
    severity: Severity = Severity.NORMAL,
    commentary: bool = False,
) -> int:
    """Owe a development to each destination; returns how many rows were made. Rows that are there stay as they are."""
    what = str(development_id) if development_id is not None else f"{kind.value}|{source_id}|{now.isoformat()}"
    values = {
        "kind": kind.value,
        "development_id": development_id,
        "story_id": story_id,
        "source_id": source_id,
        "state": state.value,
        "reason": reason,
        "severity": severity.value,
        "commentary": commentary,
    }
    made = 0
    for destination in destinations:
        made += _insert(tx, destination, what, due_at, now, values) is not None
        crashpoint("I3")
    return made


def owe_summary(tx: Connection, destination: Destination, delivery_ids: Sequence[int], now: datetime) -> int:
    """Owe one message that tells these deliveries together, due now; returns its id."""
    what = "summary|" + ",".join(str(one) for one in sorted(delivery_ids))
    return owe_message(tx, destination, what, {"kind": DeliveryKind.SUMMARY.value}, now)


def owe_message(tx: Connection, destination: Destination, what: str, values: dict[str, Any], now: datetime) -> int:
    """Owe a message that is no alert of its own, due now; returns its id. `what` makes its key."""
    made = _insert(tx, destination, what, now, now, {"state": _PENDING, "reason": ""} | values)
    if made is None:
        raise ValueError(f"{what} is owed to {destination} already")
    return made


def owe_edit(
    tx: Connection,
    destination: Destination,
    version_id: int,
    development_id: int,
    story_id: int,
    due_at: datetime,
    now: datetime,
) -> bool:
    """Owe the notice of an edited version to somebody who heard of its development. False: it is owed already."""
    values = {
        "kind": DeliveryKind.EDIT.value,
        "development_id": development_id,
        "story_id": story_id,
        "version_id": version_id,
        "state": _PENDING,
        "reason": "",
    }
    return _insert(tx, destination, f"edit|{version_id}", due_at, now, values) is not None


def _insert(
    tx: Connection, destination: Destination, what: str, due_at: datetime, now: datetime, values: dict[str, Any]
) -> int | None:
    fixed = {
        "key": _key(tx, what, destination),
        "channel": destination.channel,
        "address": destination.address,
        "due_at": due_at,
        "created": now,
        "attempts": 0,
        "provider_ref": "",
        "may_repeat": False,
        "last_error": "",
        "severity": Severity.NORMAL.value,
        "looks": 0,
        "commentary": False,
    }
    return tx.execute(insert_new(tx, table).returning(table.c.id), fixed | values).scalar()


def _key(tx: Connection, what: str, destination: Destination) -> str:
    # With the archive's own mark: numbers start at 1 in every archive, and receivers drop keys that they have seen.
    archive = tx.execute(_ARCHIVE).scalar_one()
    return hashlib.sha256(f"{archive}|{what}|{destination.channel}|{destination.address}".encode()).hexdigest()


def held(tx: Connection, reason: str) -> dict[Destination, tuple[int, ...]]:
    """The deliveries held for a reason, by destination, oldest first."""
    found: dict[Destination, tuple[int, ...]] = {}
    wanted = and_(table.c.state == DeliveryState.HELD.value, table.c.reason == reason)
    for row in tx.execute(select(table).where(wanted).order_by(table.c.id)):
        destination = Destination(row.channel, row.address)
        found[destination] = (*found.get(destination, ()), row.id)
    return found


def merge_into(tx: Connection, delivery_ids: Sequence[int], into_id: int, reason: str) -> int:
    """Tell deliveries that were not tried yet inside another one; returns how many."""
    open_ = table.c.state.in_((DeliveryState.HELD.value, _PENDING))
    wanted = and_(table.c.id.in_(delivery_ids), open_)
    values = {"state": DeliveryState.MERGED.value, "merged_into": into_id, "reason": reason}
    return tx.execute(update(table).where(wanted).values(values)).rowcount


def uncomposed(tx: Connection, now: datetime, limit: int) -> tuple[Delivery, ...]:
    """The first of the due deliveries that have no message yet, oldest first."""
    return read(tx, _UNCOMPOSED, {"now": now, "most": limit})


def listing(wanted: ColumnElement[bool], order: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The statement that finds the deliveries that meet a condition, for `read`."""
    return _QUERY.where(wanted).order_by(order)


def listed(tx: Connection, wanted: ColumnElement[bool], order: ColumnElement[Any]) -> tuple[Delivery, ...]:
    """The deliveries that meet a condition."""
    return read(tx, listing(wanted, order))


def without_channel(tx: Connection, channels: Collection[str]) -> tuple[Delivery, ...]:
    """What waits to be sent through a channel that is none of these: nobody would ever claim it."""
    return read(tx, _WITHOUT_CHANNEL, {"channels": list(channels)})


def end_group_wait(tx: Connection, now: datetime) -> int:
    """Make due now what only waits for its group (not composed, never tried); returns how many."""
    wanted = and_(table.c.state == _PENDING, table.c.due_at > now, table.c.body.is_(None), table.c.attempts == 0)
    return tx.execute(update(table).where(wanted).values(due_at=now)).rowcount


def freeze(tx: Connection, delivery_id: int, message: Message, now: datetime) -> None:
    """Store the bytes that every attempt will send. A message that is frozen already stays."""
    wanted = and_(table.c.id == delivery_id, table.c.body.is_(None))
    values = {"subject": message.subject, "body": message.body, "composed_at": now}
    tx.execute(update(table).where(wanted).values(values))


def by_id(tx: Connection, delivery_id: int) -> Delivery | None:
    """One delivery."""
    found = read(tx, _BY_ID, {"wanted": delivery_id})
    return found[0] if found else None


def page(
    tx: Connection,
    *,
    state: DeliveryState | None = None,
    limit: int = 50,
    after: int | None = None,
    until: datetime | None = None,
    since: datetime | None = None,
    channel: str | None = None,
    rule: str | None = None,
) -> tuple[tuple[Delivery, ...], int | None]:
    """Deliveries, newest first, below id `after`; with the next page's `after` (None: last).

    Made from `since` on and before `until`. `rule`: of developments that it announced.
    """
    # Chosen by their ids alone: whole rows, with all that was sent, are read only of those that are shown.
    chosen = select(table.c.id).order_by(table.c.id.desc()).limit(limit + 1)
    if state is not None:
        chosen = chosen.where(table.c.state == state.value)
    if channel is not None:
        chosen = chosen.where(table.c.channel == channel)
    if rule is not None:
        announced = select(firing.c.development_id).where(firing.c.rule_id == rule)
        chosen = chosen.where(table.c.development_id.in_(announced))
    if since is not None:
        chosen = chosen.where(table.c.created >= since)
    if after is not None:
        chosen = chosen.where(table.c.id < after)
    if until is not None:
        chosen = chosen.where(table.c.created < until)
    query = _QUERY.where(table.c.id.in_(select(chosen.subquery().c.id))).order_by(table.c.id.desc())
    rows = read(tx, query)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def of_developments(tx: Connection, development_ids: Collection[int]) -> tuple[Delivery, ...]:
    """The deliveries of these developments, oldest first."""
    return read(tx, _QUERY.where(table.c.development_id.in_(development_ids)).order_by(table.c.id))


def owed(tx: Connection, now: datetime) -> Owed:
    """How much is owed, for health and screens."""
    groups = tx.execute(select(table.c.state, func.count()).group_by(table.c.state))
    counts = {DeliveryState(state): count for state, count in groups}
    due = and_(among(table.c.state, UNDELIVERED), table.c.due_at <= now)
    number, oldest = tx.execute(select(func.count(), func.min(table.c.due_at)).where(due)).one()
    return Owed(counts, number, oldest)


def dead(tx: Connection) -> int:
    """How many were given up: read by index, while all of them grow with the archive."""
    return tx.execute(_DEAD).scalar_one()


def read(
    tx: Connection, query: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None
) -> tuple[Delivery, ...]:
    """The deliveries that a statement of `listing` finds with these values."""
    rows = tx.execute(query, values).all()
    rules = rules_of(tx, sorted({row.development_id for row in rows if row.development_id is not None}))
    return tuple(_delivery_of(row, rules.get(row.development_id, ())) for row in rows)


def _delivery_of(row: AnyRow, rules: tuple[str, ...]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        kind=DeliveryKind(row.kind),
        development_id=row.development_id,
        story_id=row.story_id,
        destination=Destination(row.channel, row.address),
        state=DeliveryState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        created=row.created,
        message=None if row.body is None else Message(row.subject, row.body),
        sent_at=row.sent_at,
        provider_ref=row.provider_ref,
        thread_ref=row.thread_ref or "",
        may_repeat=row.may_repeat,
        reason=row.reason,
        last_error=row.last_error,
        article_id=row.article_id,
        rules=rules,
        version_id=row.version_id,
        severity=Severity(row.severity),
        notice=None if row.notice is None else owner_notice(row.notice),
        held_until=row.held_until,
        looks=row.looks,
        commentary=row.commentary,
    )


def owner_notice(stored: Any) -> OwnerNotice:
    """A notice to the owner as a delivery's row keeps it."""
    return OwnerNotice(Topic(stored["topic"]), stored["about"], stored["title"], tuple(stored["lines"]))
