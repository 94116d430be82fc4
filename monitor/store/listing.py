"""Article rows as lists show them: with the rules that matched and whether somebody was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, select

from monitor.model import Article, DeliveryState, Level, Origin
from monitor.store.rows import AnyRow
from monitor.store.tables import delivery, firing, match, version

# Built once: building them takes longer than the answer.
_THESE = version.c.article_id.in_(bindparam("ids", expanding=True))
_RULES = (
    select(version.c.article_id, match.c.rule_id)
    .join_from(match, version)
    .where(_THESE)
    .distinct()
    .order_by(version.c.article_id, match.c.rule_id)
)
_WHOLE = delivery.alias("whole")
_TOLD = (
    select(version.c.article_id, delivery.c.state, _WHOLE.c.state.label("whole"))
    .join_from(version, firing, firing.c.version_id == version.c.id)
    .join(delivery, delivery.c.development_id == firing.c.development_id)
    .outerjoin(_WHOLE, _WHOLE.c.id == delivery.c.merged_into)
    .where(_THESE)
)


def articles_of(tx: Connection, rows: Sequence[AnyRow]) -> tuple[Article, ...]:
    """The articles of these rows of the table, in their order."""
    ids = [row.id for row in rows]
    if not ids:
        return ()
    rules = _rules(tx, ids)
    told = _told(tx, ids)
    return tuple(_article_of(row, rules.get(row.id, ()), row.id in told) for row in rows)


def _article_of(row: AnyRow, rules: tuple[str, ...], alerted: bool) -> Article:
    return Article(
        id=row.id,
        url=row.url,
        url_key=row.url_key,
        title=row.title,
        source_id=row.source_id,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        level=Level(row.level),
        origin=Origin(row.origin),
        partial=row.partial,
        on_topic=row.on_topic,
        story_id=row.story_id,
        versions=row.versions,
        rules=rules,
        alerted=alerted,
    )


def _rules(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for article_id, rule_id in tx.execute(_RULES, {"ids": ids}):
        found[article_id] = (*found.get(article_id, ()), rule_id)
    return found


def _told(tx: Connection, ids: Sequence[int]) -> Collection[int]:
    """The articles a rule fired for, when the alert was sent, by itself or inside another one."""
    return {row.article_id for row in tx.execute(_TOLD, {"ids": ids}) if DeliveryState.SENT in _ends(row)}


def _ends(row: AnyRow) -> tuple[str, ...]:
    return (row.whole,) if row.state == DeliveryState.MERGED else (row.state,)
