"""The rules of a watch with what the archive knows of each: firings, people's votes, mutes, words without a match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.precision import Precision, precision
from monitor.inquiry import shapes
from monitor.inquiry.flood import rate
from monitor.inquiry.terms import terms
from monitor.model import Mute, MuteKind, Rule
from monitor.query import Compiled
from monitor.query.expr import Term
from monitor.query.sentence import sentence
from monitor.query.superset import superset
from monitor.store import Store, daily, firings, mutes, proposals, rules, votes
from monitor.store.daily import Days
from monitor.watch import Watch

Never = Mapping[str, tuple[Term, ...]]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as lists show it. `days`: how often it fired on each of the last days, None before it was in force."""

    rule: Rule
    compiled: Compiled
    in_force: datetime | None
    fired: int
    last_fired: datetime | None
    last_match: datetime | None
    days: tuple[int | None, ...]
    precision: Precision | None
    mute: Mute | None
    never: tuple[Term, ...]

    @property
    def recent(self) -> int:
        """How often it fired in the last days."""
        return sum(one for one in self.days if one is not None)


def rulebook(tx: Connection, watch: Watch, days: Days, never: Never) -> list[RuleRow]:
    """Every rule of the config, in its order. `never`: see `unmatched`."""
    told, counted, totals = votes.tallied(tx), daily.firings(tx, days), firings.totals(tx)
    last = firings.last_matches(tx, list(watch.compiled))
    since = rules.first_kept(tx)
    muted = {one.target: one for one in mutes.active(tx, days.now) if one.kind is MuteKind.RULE}
    rows = []
    for rule in watch.config.rules:
        total = totals.get(rule.id)
        compiled = watch.compiled[rule.id]
        first = min((moment for (name, _), moment in since.items() if name == rule.id), default=None)
        rows.append(
            RuleRow(
                rule,
                compiled,
                since.get((rule.id, compiled.revision)),
                total.count if total else 0,
                total.last if total else None,
                last.get(rule.id),
                _seen(counted.get(rule.id, [0] * days.count), first, days),
                precision(*told.get(rule.id, (0, 0))),
                muted.get(rule.id),
                never.get(rule.id, ()),
            )
        )
    return rows


def _seen(counts: Sequence[int], first: datetime | None, days: Days) -> tuple[int | None, ...]:
    """Counts by day, None for days on which the rule was not there yet."""
    begin = days.number(first) - days.first if first is not None else days.count
    return tuple(count if count or place >= begin else None for place, count in enumerate(counts))


def unmatched(store: Store, asked: Mapping[str, Compiled]) -> Never:
    """By rule the words and phrases that no text of the archive has in any of their forms, each once.

    Asked of the index: a word with exact letters counts as there when its letters are there in any case.
    """
    own = {name: {_key(term): term for term in terms(compiled.expr)} for name, compiled in asked.items()}
    wanted = {key: superset(term) for found in own.values() for key, term in found.items()}
    with store.read() as tx:
        gone = proposals.absent(tx, wanted)
    return {name: tuple(term for key, term in found.items() if key in gone) for name, found in own.items()}


def _key(term: Term) -> str:
    return f"{term.written}\0{'/'.join(term.lists)}"


def as_json(row: RuleRow, now: datetime) -> shapes.Json:
    """A row of /rules.json; `days` are the last thirty, oldest first, null before the rule was in force."""
    rule = row.rule
    return {
        "id": rule.id,
        "query": rule.query,
        "words": sentence(row.compiled.expr),
        "severity": rule.severity.value,
        "alert": rule.alert.value,
        "channels": list(rule.channels),
        "limit": None if rule.limit is None else rate(rule.limit),
        "revision": row.compiled.revision,
        "in_force": shapes.stamp(row.in_force),
        "last_fired": shapes.stamp(row.last_fired),
        "last_match": shapes.stamp(row.last_match),
        "fired": row.fired,
        "fired_30d": row.recent,
        "days": list(row.days),
        "precision": shapes.precision(row.precision),
        "muted_until": shapes.stamp(row.mute.until if row.mute else None),
        "mute": None if row.mute is None else shapes.mute(row.mute, now),
        "never": [one.written for one in row.never],
    }
