"""Rule revisions, and which of them matched which version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.model import AlertMode, Match, Rule
from monitor.store.chain import Kind, seal_rows
from monitor.store.columns import insert_new
from monitor.store.rows import hits_of, hits_tree
from monitor.store.tables import match, rule_revision

_EVER = select(rule_revision.c.rule_id, rule_revision.c.revision)


@dataclass(frozen=True, slots=True)
class Revision:
    """What a rule meant when it was in force. `frozen` is for `thaw_rule`; None where it was kept before forms were."""

    revision: str
    query: str
    lists: Mapping[str, str]
    frozen: Mapping[str, Any] | None
    alert: AlertMode
    created: datetime


def save_revision(
    tx: Connection,
    rule: Rule,
    revision: str,
    lists: Mapping[str, str],
    now: datetime,
    *,
    frozen: Mapping[str, Any] | None = None,
) -> None:
    """Keep what a rule meant when it matched: query, lists, settings, and `frozen` with the forms of its words."""
    settings = {
        "channels": list(rule.channels),
        "alert": rule.alert.value,
        "severity": rule.severity.value,
        "limit": None if rule.limit is None else [rule.limit[0], rule.limit[1].total_seconds()],
    }
    values = {"rule_id": rule.id, "revision": revision, "query": rule.query, "lists": dict(lists)}
    tx.execute(insert_new(tx, rule_revision).values(**values, settings=settings, frozen=frozen, created=now))


def revisions(tx: Connection, rule_id: str) -> tuple[Revision, ...]:
    """Every revision of a rule that was ever in force, the newest first."""
    query = select(rule_revision).where(rule_revision.c.rule_id == rule_id).order_by(rule_revision.c.created.desc())
    return tuple(
        Revision(
            row.revision,
            row.query,
            row.lists,
            row.frozen,
            AlertMode(row.settings.get("alert", AlertMode.DEVELOPMENTS)),
            row.created,
        )
        for row in tx.execute(query)
    )


def in_force(tx: Connection) -> frozenset[tuple[str, str]]:
    """Every (rule id, revision) that was ever in force."""
    return frozenset((row.rule_id, row.revision) for row in tx.execute(_EVER))


def first_kept(tx: Connection) -> dict[tuple[str, str], datetime]:
    """Since when each (rule id, revision) that was ever in force has been known."""
    query = select(rule_revision.c.rule_id, rule_revision.c.revision, rule_revision.c.created)
    return {(row.rule_id, row.revision): row.created for row in tx.execute(query)}


def last_hits(tx: Connection) -> dict[str, datetime]:
    """When each rule last matched something while it was in force, by its id."""
    query = select(match.c.rule_id, func.max(match.c.created).label("last")).group_by(match.c.rule_id)
    return {row.rule_id: row.last for row in tx.execute(query)}


def add_matches(tx: Connection, version_id: int, matches: Sequence[Match], now: datetime) -> None:
    """Record the rules that matched a version, with the evidence."""
    rows = [
        {
            "version_id": version_id,
            "rule_id": one.rule_id,
            "revision": one.revision,
            "hits": hits_tree(one.hits),
            "created": now,
        }
        for one in matches
    ]
    if rows:
        tx.execute(insert_new(tx, match), rows)
        seal_rows(tx, [(Kind.MATCHES, version_id)])


def matches_of(tx: Connection, version_ids: Sequence[int]) -> dict[int, tuple[Match, ...]]:
    """The matches of these versions, by version id, each in the order of the rule ids."""
    found: dict[int, tuple[Match, ...]] = dict.fromkeys(version_ids, ())
    query = select(match).where(match.c.version_id.in_(version_ids)).order_by(match.c.version_id, match.c.rule_id)
    for row in tx.execute(query):
        found[row.version_id] += (Match(row.rule_id, row.revision, hits_of(row.hits)),)
    return found
