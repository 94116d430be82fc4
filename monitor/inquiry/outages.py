"""When a source was not seen: the spans in which every check failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.inquiry import shapes
from monitor.inquiry.standing import OUTCOMES
from monitor.model import Outcome
from monitor.store.fetches import FetchRow

WORKING = (Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY)


@dataclass(frozen=True, slots=True)
class Outage:
    """From the last good check (or the first bad one that is on record) to the next good one, None: it goes on.

    `checks` failed; `outcome` is how the last of them ended.
    """

    since: datetime
    until: datetime | None
    checks: int
    outcome: Outcome

    @property
    def words(self) -> str:
        """Why there are no data, in a few words."""
        times = "1 check" if self.checks == 1 else f"{self.checks} checks"
        return f"{times} failed: it {OUTCOMES[self.outcome]}"


def outages(checks: Sequence[FetchRow]) -> list[Outage]:
    """The outages among these checks of one source (newest first), newest first."""
    found: list[Outage] = []
    since: datetime | None = None
    failed: list[FetchRow] = []
    for one in reversed(checks):
        if one.outcome not in WORKING:
            failed.append(one)
            continue
        if failed:
            found.append(_outage(since, one.started, failed))
            failed = []
        since = one.started
    if failed:
        found.append(_outage(since, None, failed))
    return found[::-1]


def _outage(since: datetime | None, until: datetime | None, failed: Sequence[FetchRow]) -> Outage:
    return Outage(since or failed[0].started, until, len(failed), failed[-1].outcome)


def as_json(found: Outage) -> shapes.Json:
    """An outage as JSON."""
    return {
        "since": shapes.stamp(found.since),
        "until": shapes.stamp(found.until),
        "checks": found.checks,
        "outcome": found.outcome.value,
        "words": found.words,
    }
