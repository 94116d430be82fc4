"""Votes: whether an alert was relevant for its rule, said by the people who got it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select

from monitor.store.tables import vote as table


def cast(tx: Connection, development_id: int, rule_id: str, who: str, relevant: bool, now: datetime) -> None:
    """Record what somebody says of a development that a rule announced; what they said before counts no more."""
    same = and_(table.c.development_id == development_id, table.c.rule_id == rule_id, table.c.who == who)
    tx.execute(delete(table).where(same))
    values = {
        "development_id": development_id,
        "rule_id": rule_id,
        "who": who,
        "relevant": relevant,
        "created": now,
    }
    tx.execute(insert(table).values(values))


def tallied(tx: Connection) -> dict[str, tuple[int, int]]:
    """By rule: how many of its developments were called relevant, of how many; the last word on each counts."""
    query = select(table.c.rule_id, table.c.development_id, table.c.relevant)
    last = {(rule, turn): relevant for rule, turn, relevant in tx.execute(query.order_by(table.c.created, table.c.who))}
    found: dict[str, tuple[int, int]] = {}
    for (rule, _turn), relevant in last.items():
        good, count = found.get(rule, (0, 0))
        found[rule] = (good + relevant, count + 1)
    return found
