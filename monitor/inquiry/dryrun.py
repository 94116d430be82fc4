"""A rule tried before it is written into the config: what it would have matched and alerted in the last 30 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.inquiry import trial
from monitor.inquiry.backtest import Asked, Span, Tried, backtest
from monitor.inquiry.flood import LOOK_BACK
from monitor.inquiry.rulebook import unmatched
from monitor.inquiry.shapes import Json, stamp
from monitor.store import Store, versions
from monitor.watch import Watch

MOST = 20_000
"""Of the newest versions that may match, so many are held against the query."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried, and the rule in force that it is held against (None: a new one)."""

    asked: Asked
    force: Asked | None = None
    limit: int = 50
    after: str = ""


def dry_run(store: Store, watch: Watch, wanted: Wanted, now: datetime, hurry: Callable[[], bool]) -> Json:
    """The document of `rules backtest --json` over the last 30 days; `hurry` says (True) when there is no more time.

    `begin`: since when the archive goes back. `partial` is "" or says how much was looked at. `against` is the
    difference to the rule in force, None where there is none. Raises UsageError for an `after` that this found nothing
    of.
    """
    begin, span = _begin(store, now), Span(now - LOOK_BACK)
    rule, compiled = wanted.asked
    changed = wanted.force is not None and wanted.force[1].revision != compiled.revision
    both = [wanted.asked] if wanted.force is None else [wanted.asked, wanted.force]
    found = backtest(store, watch, both, span, lambda looked, proposed: not hurry(), most=MOST, words=False)
    told = [trial.by_article(one) for one in found.tried]
    before = told[1] if changed else None
    rows, following = trial.rows(store, told[0], before, wanted.limit, wanted.after)
    part = found.looked < found.proposed or found.proposed >= MOST
    never = [] if hurry() else [one.written for one in unmatched(store, {rule.id: compiled})[rule.id]]
    return {
        **trial.looked(found, span),
        **trial.summary(found.tried[0], span, watch.config.channels, begin, now),
        "alert": rule.alert.value,
        "begin": stamp(begin),
        "never": never,
        "partial": f"only the newest {found.looked:,} texts that may match were looked at" if part else "",
        "complete": not part,
        "days": trial.days(found.tried[0], watch.config.watch.zone),
        "against": _against(found.tried[1], told, before) if wanted.force is not None else None,
        "rows": rows,
        "next": following,
    }


def _against(force: Tried, told: list[dict[int, trial.Told]], before: dict[int, trial.Told] | None) -> Json:
    """The rule in force over the same texts; the difference is empty when it is the same query."""
    return {
        "query": force.rule.query,
        "revision": force.compiled.revision,
        "matches": len(told[1]),
        "alerts": len(force.alerts),
        "changed": before is not None,
        "difference": trial.difference(told[0], told[1]),
    }


def _begin(store: Store, now: datetime) -> datetime:
    with store.read() as tx:
        return versions.begin(tx) or now
