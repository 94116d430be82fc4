"""Firings: which developments a rule announced, and when. The reading side; `alerts` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from monitor.model import Severity
from monitor.store.tables import development, firing, match, version


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that announced a development, for a version of an article."""

    rule_id: str
    development_id: int
    story_id: int
    article_id: int
    title: str
    severity: Severity
    created: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """How often a rule fired in all, and when it did so last."""

    count: int
    last: datetime


def of_rule(tx: Connection, rule_id: str, limit: int) -> tuple[Fired, ...]:
    """The latest firings of a rule, newest development first."""
    query = (
        select(firing, development.c.story_id, development.c.title, version.c.article_id)
        .join_from(firing, development, development.c.id == firing.c.development_id)
        .join(version, version.c.id == firing.c.version_id)
        .where(firing.c.rule_id == rule_id)
        .order_by(firing.c.development_id.desc())
        .limit(limit)
    )
    return tuple(
        Fired(
            row.rule_id,
            row.development_id,
            row.story_id,
            row.article_id,
            row.title,
            Severity(row.severity),
            row.created,
        )
        for row in tx.execute(query)
    )


def totals(tx: Connection) -> dict[str, Total]:
    """By rule; one that never fired is not there."""
    query = select(firing.c.rule_id, func.count().label("many"), func.max(firing.c.created).label("last"))
    return {row.rule_id: Total(row.many, row.last) for row in tx.execute(query.group_by(firing.c.rule_id))}


def last_matches(tx: Connection, rule_ids: Sequence[str]) -> dict[str, datetime]:
    """When the newest version that each rule matched was recorded; one question a rule, answered by its index."""
    found: dict[str, datetime] = {}
    for rule_id in rule_ids:
        newest = select(func.max(match.c.version_id)).where(match.c.rule_id == rule_id).scalar_subquery()
        wanted = and_(match.c.rule_id == rule_id, match.c.version_id == newest)
        moment = tx.scalar(select(match.c.created).where(wanted))
        if moment is not None:
            found[rule_id] = moment
    return found
