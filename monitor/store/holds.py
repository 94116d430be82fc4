"""What is held, until when and why; what was told in a window; what goes together when it is let go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, literal, or_, select, update

from monitor.crashpoint import crashpoint
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination, Ping, Severity
from monitor.store.columns import among
from monitor.store.deliveries import UNDELIVERED, listing, owe_message, read
from monitor.store.rows import AnyRow
from monitor.store.tables import article, development, firing, version
from monitor.store.tables import delivery as table

_HELD, _PENDING = DeliveryState.HELD.value, DeliveryState.PENDING.value
_ALONE = (DeliveryKind.DEVELOPMENT.value, DeliveryKind.EDIT.value)
# Fewer than either database takes in one statement.
_PART = 1000
_HELD_UNTIL = listing(and_(among(table.c.state, (_HELD,)), table.c.held_until <= bindparam("now")), table.c.id)


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """A long list in pieces that fit into one statement."""
    for start in range(0, len(ids), _PART):
        yield ids[start : start + _PART]


def hold(tx: Connection, ids: Sequence[int], until: datetime, reason: str, severity: Severity) -> None:
    """Keep what is not composed yet until a moment."""
    values = {"state": _HELD, "held_until": until, "reason": reason, "severity": severity.value}
    for some in parts(ids):
        wanted = and_(table.c.id.in_(some), table.c.state == _PENDING, table.c.body.is_(None))
        tx.execute(update(table).where(wanted).values(values))


def suppress(tx: Connection, delivery_id: int, reason: str) -> None:
    """Nobody wants to hear this; it stays on record with the reason."""
    values = {"state": DeliveryState.SUPPRESSED.value, "held_until": None, "reason": reason}
    wanted = and_(table.c.id == delivery_id, table.c.state.in_((_HELD, _PENDING)), table.c.body.is_(None))
    tx.execute(update(table).where(wanted).values(values))


def rank(tx: Connection, delivery_id: int, severity: Severity) -> None:
    """Note how urgent a delivery is to its destination."""
    tx.execute(update(table).where(table.c.id == delivery_id).values(severity=severity.value))


def remark(tx: Connection, delivery_id: int, reason: str) -> None:
    """Put a word on record beside what became of a delivery."""
    tx.execute(update(table).where(table.c.id == delivery_id).values(reason=reason))


def due(tx: Connection, now: datetime) -> dict[Destination, tuple[Delivery, ...]]:
    """What was held until now or before, by destination, oldest first."""
    found: dict[Destination, list[Delivery]] = {}
    for one in read(tx, _HELD_UNTIL, {"now": now}):
        found.setdefault(one.destination, []).append(one)
    return {place: tuple(rows) for place, rows in found.items()}


def put_off(tx: Connection, ids: Sequence[int], until: datetime) -> None:
    """Keep what is held for longer."""
    for some in parts(ids):
        wanted = and_(table.c.id.in_(some), table.c.state == _HELD)
        tx.execute(update(table).where(wanted).values(held_until=until))


def let_go(tx: Connection, ids: Sequence[int], due_at: datetime) -> int:
    """Let held or suppressed deliveries be decided about again, each by itself; returns how many."""
    states = (_HELD, DeliveryState.SUPPRESSED.value)
    values = {"state": _PENDING, "due_at": due_at, "held_until": None, "reason": ""}
    count = 0
    for some in parts(ids):
        wanted = and_(table.c.id.in_(some), table.c.state.in_(states))
        count += tx.execute(update(table).where(wanted).values(values)).rowcount
    return count


def gather(
    tx: Connection, destination: Destination, held: Sequence[Delivery], severity: Severity, now: datetime
) -> int:
    """Make one digest of what is held for a destination and let it go; returns its id.

    Its key is of the window's end and of its first part, which is merged here and now: it cannot be made twice.
    """
    crashpoint("G1")
    window = max(one.held_until for one in held if one.held_until is not None)
    reasons = "; ".join(dict.fromkeys(one.reason for one in held))
    story = held[0].story_id if len(held) == 1 else None
    values = {"kind": DeliveryKind.DIGEST.value, "severity": severity.value, "reason": reasons, "story_id": story}
    made = owe_message(tx, destination, f"digest|{window.isoformat()}|{held[0].id}", values, now)
    said = literal(f"told in digest x{made}; held before: ")
    merged = {"state": DeliveryState.MERGED.value, "merged_into": made, "reason": said + table.c.reason}
    for some in parts([one.id for one in held]):
        tx.execute(update(table).where(table.c.id.in_(some), table.c.state == _HELD).values(merged))
    crashpoint("G2")
    return made


def collect(tx: Connection, destination: Destination, reason: str, until: datetime) -> None:
    """Let all that a destination's adaptive digest collects wait for the same moment."""
    wanted = and_(table.c.state == _HELD, table.c.reason == reason, _at(destination))
    tx.execute(update(table).where(wanted).values(held_until=until))


def collecting(tx: Connection, reason: str) -> dict[Destination, tuple[datetime, datetime]]:
    """Since and until when adaptive digests collect, by destination."""
    query = (
        select(table.c.channel, table.c.address, func.min(table.c.due_at), func.max(table.c.held_until))
        .where(table.c.state == _HELD, table.c.reason == reason)
        .group_by(table.c.channel, table.c.address)
    )
    return {
        Destination(channel, address): (since, until)
        for channel, address, since, until in tx.execute(query)
        if until is not None
    }


def last_told(tx: Connection, channels: Sequence[str], since: datetime, now: datetime) -> dict[Destination, datetime]:
    """When destinations of these channels last heard anything after `since`; what is on its way is heard now."""
    sent = select(table.c.channel, table.c.address, func.max(table.c.sent_at)).where(
        table.c.channel.in_(channels), table.c.sent_at > since
    )
    going = select(table.c.channel, table.c.address).where(_composed(), table.c.channel.in_(channels)).distinct()
    places = (table.c.channel, table.c.address)
    rows = tx.execute(sent.group_by(*places))
    found = {Destination(channel, address): at for channel, address, at in rows if at is not None}
    return found | {Destination(channel, address): now for channel, address in tx.execute(going)}


def rest(tx: Connection, channel: str, due_by: datetime, until: datetime) -> int:
    """Put off what is composed already, due by a moment and not critical: it would wake somebody; returns how many."""
    waiting = and_(among(table.c.state, UNDELIVERED), table.c.state != DeliveryState.SENDING.value)
    wanted = and_(waiting, table.c.channel == channel, table.c.body.is_not(None), table.c.due_at < due_by)
    calm = table.c.severity != Severity.CRITICAL.value
    return tx.execute(update(table).where(wanted, calm).values(due_at=until)).rowcount


def pings(
    tx: Connection, channels: Sequence[str], since: datetime, now: datetime, rules: Mapping[str, Sequence[str]]
) -> Iterator[Ping]:
    """What channels told after `since` or what is on its way there.

    `rules`: those that are counted, each with its own channels (none: all of them).
    """
    told = table.c.channel.in_(channels), table.c.sent_at > since
    # Two questions, for two indexes.
    rows = [*tx.execute(_TELLS.where(*told)), *tx.execute(_TELLS.where(_composed()))]
    fired = _fired(tx, {row.development_id for row in rows if row.kind in _ALONE}, rules) if rules else {}
    for row in rows:
        alone = row.kind in _ALONE
        yield Ping(
            what=(row.kind, row.development_id, row.version_id) if alone else ("message", row.id, None),
            destination=Destination(row.channel, row.address),
            rules=_asked(row, fired.get(row.development_id, ()), rules) if alone else (),
            at=row.sent_at or now,
            alone=alone,
        )


_TELLS = select(
    table.c.id,
    table.c.kind,
    table.c.channel,
    table.c.address,
    table.c.development_id,
    table.c.version_id,
    table.c.sent_at,
    table.c.composed_at,
)


def _asked(row: AnyRow, fired: Iterable[tuple[str, datetime]], rules: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The rules that a message was sent for: those that go to its channel and had fired when it was composed."""
    return tuple(
        rule
        for rule, created in fired
        if (not rules[rule] or row.channel in rules[rule]) and (row.composed_at is None or created <= row.composed_at)
    )


def _composed() -> ColumnElement[bool]:
    """On its way; a digest is so from the moment when it is made."""
    ready = or_(table.c.body.is_not(None), table.c.kind == DeliveryKind.DIGEST.value)
    return and_(among(table.c.state, UNDELIVERED), ready)


def _fired(
    tx: Connection, developments: set[int | None], rules: Mapping[str, Sequence[str]]
) -> dict[int, list[tuple[str, datetime]]]:
    found: dict[int, list[tuple[str, datetime]]] = {}
    for some in parts(sorted(one for one in developments if one is not None)):
        query = select(firing.c.development_id, firing.c.rule_id, firing.c.created).where(
            firing.c.development_id.in_(some), firing.c.rule_id.in_(rules)
        )
        for development_id, rule, created in tx.execute(query):
            found.setdefault(development_id, []).append((rule, created))
    return found


def sources_of(tx: Connection, held: Sequence[Delivery]) -> dict[int, frozenset[str]]:
    """The sources that tell what these deliveries tell, by delivery id: of a development, or of an edited article."""
    turns = _sources(tx, [one.development_id for one in held if one.version_id is None], version.c.development_id)
    edits = _sources(tx, [one.version_id for one in held if one.version_id is not None], version.c.id)
    firsts = _first_sources(tx, [one.development_id for one in held if one.version_id is None])
    found = {}
    for one in held:
        if one.version_id is not None:
            found[one.id] = edits.get(one.version_id, frozenset())
        elif one.development_id is not None:
            found[one.id] = turns.get(one.development_id, frozenset()) | firsts.get(one.development_id, frozenset())
    return found


def _sources(
    tx: Connection, ids: Sequence[int | None], column: ColumnElement[int | None] | ColumnElement[int]
) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for some in parts([one for one in ids if one is not None]):
        query = select(column, article.c.source_id).join_from(version, article).where(column.in_(some)).distinct()
        for key, source_id in tx.execute(query):
            if key is not None:
                found[key] = found.get(key, frozenset()) | {source_id}
    return found


def _first_sources(tx: Connection, ids: Sequence[int | None]) -> dict[int, frozenset[str]]:
    """A turn that was made for one version belongs to no other article."""
    found: dict[int, frozenset[str]] = {}
    for some in parts([one for one in ids if one is not None]):
        query = (
            select(development.c.id, article.c.source_id)
            .join_from(development, version, version.c.id == development.c.version_id)
            .join(article, article.c.id == version.c.article_id)
            .where(development.c.id.in_(some))
        )
        found |= {key: frozenset((source_id,)) for key, source_id in tx.execute(query)}
    return found


def muted_of(tx: Connection, development_id: int, reason: str) -> tuple[int, ...]:
    """The deliveries of a development that are suppressed for a reason which begins so."""
    wanted = and_(table.c.development_id == development_id, table.c.state == DeliveryState.SUPPRESSED.value)
    return tuple(tx.scalars(select(table.c.id).where(wanted, table.c.reason.startswith(reason, autoescape=True))))


def _at(destination: Destination) -> ColumnElement[bool]:
    return and_(table.c.channel == destination.channel, table.c.address == destination.address)
