"""Alerts: which rules fired for which development, and all that is told about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select, union

from monitor.model import Alert, Fact, Firing, Level, Report, Rule, Severity
from monitor.novelty.origins import Telling
from monitor.store.columns import insert_new
from monitor.store.origins import tellings
from monitor.store.rows import AnyRow, facts_of, hits_of, sentences_of
from monitor.store.tables import article, delivery, development, firing, match, story, version

_LEAD = 600
# Fewer than either database takes in one statement.
_PART = 1000
# Statements of one alert are made once: making them costs more than asking the database.
_TURN = (
    select(development, story.c.title.label("story_title"))
    .join_from(development, story)
    .where(development.c.id == bindparam("turn"))
)
# A union, of which each half has an index: an OR reads the whole table.
_TOLD_IN = union(
    select(version.c.id).where(version.c.development_id == bindparam("turn")),
    select(version.c.id).where(version.c.id == bindparam("its_first")),
).subquery()
_TELLING = (
    select(
        article.c.id.label("article_id"),
        version.c.id.label("version_id"),
        version.c.title,
        article.c.url,
        article.c.source_id,
        version.c.language,
        version.c.level,
        version.c.published,
        version.c.first_seen,
        func.substr(version.c.text, 1, _LEAD).label("start"),
    )
    .join_from(version, article)
    .where(version.c.id.in_(select(_TOLD_IN.c.id)))
    .order_by((version.c.id == bindparam("its_first")).desc(), version.c.id)
)
_FIRED = (
    select(firing.c.rule_id, firing.c.severity, match.c.hits, version.c.title, version.c.text)
    .join_from(firing, version, version.c.id == firing.c.version_id)
    .outerjoin(match, and_(match.c.version_id == firing.c.version_id, match.c.rule_id == firing.c.rule_id))
    .where(firing.c.development_id == bindparam("turn"))
    .order_by(firing.c.created, firing.c.rule_id)
)
_nearest = version.alias("nearest")
_NEWS = (
    select(version.c.text, version.c.evidence, _nearest.c.title.label("against"))
    .outerjoin_from(version, _nearest, _nearest.c.id == version.c.nearest_id)
    .where(version.c.id == bindparam("its_first"))
)
_EARLIER = select(func.count()).where(
    development.c.story_id == bindparam("its_story"), development.c.id < bindparam("turn")
)
_RULES = (
    select(firing.c.development_id, firing.c.rule_id)
    .where(firing.c.development_id.in_(bindparam("some", expanding=True)))
    .order_by(firing.c.created, firing.c.rule_id)
)


def fire(tx: Connection, development_id: int, rule: Rule, version_id: int, now: datetime) -> bool:
    """Note that a rule announces a development, for this version of an article. False: it did so before."""
    values = {
        "development_id": development_id,
        "rule_id": rule.id,
        "version_id": version_id,
        "severity": rule.severity.value,
        "created": now,
    }
    made = tx.execute(insert_new(tx, firing).returning(firing.c.rule_id), values)
    return made.first() is not None


def alert(tx: Connection, development_id: int) -> Alert:
    """All that composing a development's alert needs; the article that it was first told in comes first."""
    turn = tx.execute(_TURN, {"turn": development_id}).one()
    firings = _firings(tx, development_id)
    sentences, facts, against = _news(tx, turn.version_id)
    return Alert(
        development_id=turn.id,
        story_id=turn.story_id,
        story_title=turn.story_title,
        title=turn.title,
        severity=max((one.severity for one in firings), key=lambda one: one.rank, default=Severity.NORMAL),
        first_seen=turn.created,
        reports=_reports(tx, turn),
        firings=firings,
        sentences=sentences,
        facts=facts,
        against=against,
        follows=_follows(tx, turn),
    )


def gathered(tx: Connection, delivery_id: int, most: int | None = None) -> tuple[Alert, ...]:
    """The developments that were merged into a summary or digest (the last `most` of them), oldest first."""
    query = (
        select(delivery.c.development_id)
        .where(delivery.c.merged_into == delivery_id, delivery.c.development_id.is_not(None))
        .where(delivery.c.version_id.is_(None))
        .distinct()
        .order_by(delivery.c.development_id.desc())
        .limit(most)
    )
    turns = sorted(one for one in tx.scalars(query) if one is not None)
    return tuple(alert(tx, development_id) for development_id in turns)


def gathered_counts(tx: Connection, delivery_id: int) -> tuple[int, int]:
    """How many developments and how many edits were merged into a digest."""
    edit = delivery.c.version_id.is_not(None)
    query = select(
        func.count(delivery.c.development_id.distinct()).filter(~edit),
        func.count(delivery.c.id).filter(edit),
    ).where(delivery.c.merged_into == delivery_id)
    turns, edits = tx.execute(query).one()
    return turns, edits


def _reports(tx: Connection, turn: AnyRow) -> tuple[Report, ...]:
    """The first version of every article that tells a development."""
    firsts: dict[int, AnyRow] = {}
    for row in tx.execute(_TELLING, {"turn": turn.id, "its_first": turn.version_id}):
        firsts.setdefault(row.article_id, row)
    told = tellings(tx, list(firsts))
    return tuple(_report_of(row, told.get(row.article_id)) for row in firsts.values())


def _report_of(row: AnyRow, told: Telling | None) -> Report:
    return Report(
        article_id=row.article_id,
        version_id=row.version_id,
        title=row.title,
        url=row.url,
        source_id=row.source_id,
        language=row.language,
        level=Level(row.level),
        published=row.published,
        first_seen=row.first_seen,
        lead=row.start.partition("\n\n")[0],
        copy_of=told.copy_of if told else None,
        credits=told.credits if told else (),
    )


def _firings(tx: Connection, development_id: int) -> tuple[Firing, ...]:
    return tuple(
        Firing(row.rule_id, Severity(row.severity), hits_of(row.hits or ()), row.title, row.text)
        for row in tx.execute(_FIRED, {"turn": development_id})
    )


def _news(tx: Connection, version_id: int | None) -> tuple[tuple[str, ...], tuple[Fact, ...], str]:
    """The new sentences and facts of a version, and the title of what they are new against."""
    row = tx.execute(_NEWS, {"its_first": version_id}).first()
    if row is None:
        return (), (), ""
    sentences = sentences_of(row.evidence["sentences"], row.text)
    return tuple(one.text for one in sentences if one.new), facts_of(row.evidence["facts"]), row.against or ""


def _follows(tx: Connection, turn: AnyRow) -> int:
    """How many earlier developments its story has."""
    return tx.execute(_EARLIER, {"its_story": turn.story_id, "turn": turn.id}).scalar_one()


def rules_of(tx: Connection, development_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The ids of the rules that fired, by development id."""
    found: dict[int, tuple[str, ...]] = dict.fromkeys(development_ids, ())
    for start in range(0, len(development_ids), _PART):
        some = development_ids[start : start + _PART]
        for development_id, rule_id in tx.execute(_RULES, {"some": some}):
            found[development_id] += (rule_id,)
    return found
