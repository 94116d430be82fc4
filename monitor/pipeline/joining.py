"""A rule that matches a development which was owed to others before, and news that a mute kept back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from alerts.calm import wanting
from alerts.owing import MUTED, Joining, destinations, joining, severity
from monitor.model import Delivery, DeliveryKind, Destination, MuteKind, Rule, Severity
from monitor.store import alerts, deliveries, holds, stories
from monitor.watch import Watch


def join(
    tx: Connection, watch: Watch, rules: Sequence[Rule], development_id: int, due_at: datetime
) -> tuple[Destination, ...]:
    """Let rules join what a development's destinations were owed already; returns those to ping once more."""
    own = deliveries.of_developments(tx, [development_id])
    rows = {one.destination: one for one in own if one.kind is DeliveryKind.DEVELOPMENT}
    loud = []
    for place in destinations(rules, watch.config.channels):
        row = rows.get(place)
        if row is None:
            continue
        asked = wanting(rules, place.channel)
        match joining(row, asked):
            case Joining.DECIDE:
                holds.let_go(tx, [row.id], due_at)
                holds.rank(tx, row.id, max(row.severity, severity(asked), key=lambda one: one.rank))
            case Joining.TELL:
                loud.append(place)
            case Joining.NOTE:
                _note(tx, row, asked)
    return tuple(loud)


def _note(tx: Connection, row: Delivery, rules: Sequence[Rule]) -> None:
    names = ", ".join(rule.id for rule in rules)
    said = f"{names} matched later: no message of its own"
    holds.remark(tx, row.id, f"{row.reason}; {said}" if row.reason else said)


def tell_loudly(
    tx: Connection,
    places: Sequence[Destination],
    rules: Sequence[Rule],
    story_id: int,
    version_id: int,
    title: str,
    due_at: datetime,
    now: datetime,
) -> None:
    """Owe what critical rules found later as a turn of its own to those who heard of it quietly."""
    turn = stories.add_development(
        tx, story_id, f"critical:{version_id}", title, now, version_id=version_id, known=False
    )
    for rule in rules:
        if rule.severity is Severity.CRITICAL:
            alerts.fire(tx, turn, rule, version_id, now)
    deliveries.owe(tx, places, due_at, now, development_id=turn, story_id=story_id, severity=Severity.CRITICAL)


def unmute(tx: Connection, development_id: int, due_at: datetime) -> int:
    """Another source tells what was silenced with the sources that told it first: decide about it again."""
    silent = holds.muted_of(tx, development_id, f"{MUTED}{MuteKind.SOURCE.value} ")
    return holds.let_go(tx, silent, due_at)
