"""Which rules of a watch would have flooded lately: a quick look with a bound on rows and on time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.inquiry.backtest import Span, backtest
from monitor.inquiry.flood import LOOK_BACK, Flood, flood, limit_of, rate
from monitor.inquiry.shapes import stamp
from monitor.store import Store
from monitor.watch import Watch

MOST = 5_000
"""Of the newest versions that may match, so many are held against the rules."""


@dataclass(frozen=True, slots=True)
class Floods:
    """The rules that would have flooded, by id. `sampled` says how much was looked at when not all, else ""."""

    found: Mapping[str, Flood]
    sampled: str


def floods(store: Store, watch: Watch, now: datetime, hurry: Callable[[], bool]) -> Floods:
    """Hold all rules against the last 30 days; `hurry` says (True) when there is no more time."""
    asked = [(rule, watch.compiled[rule.id]) for rule in watch.config.rules]
    span = Span(now - LOOK_BACK)
    tried = backtest(store, watch, asked, span, lambda looked, proposed: not hurry(), most=MOST, words=False)
    found = {}
    for one in tried.tried:
        limit = limit_of(one.rule, watch.config.channels)
        over = flood([alert.first_seen for alert in one.alerts], limit)
        if over is not None:
            found[one.rule.id] = over
    part = tried.looked < tried.proposed or tried.looked >= MOST
    return Floods(found, f"looked at the newest {tried.looked:,} articles that may match" if part else "")


def words(rule_id: str, found: Flood) -> str:
    """Why a rule floods, and what to do."""
    return (
        f"rule {rule_id} would flood: {found.worst} alerts from {stamp(found.since)} on where its limit is "
        f"{rate(found.limit)}, {found.total} in all; narrow it, or see which: storywatch rules backtest {rule_id}"
    )
