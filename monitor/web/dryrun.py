"""The dry run of a rule: its form, what it would have brought in the last 30 days, the block to paste."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.wording import counted
from monitor.config.blocks import rule_block
from monitor.config.values import identifier
from monitor.config.values import rate as read_rate
from monitor.errors import QueryError, UsageError
from monitor.inquiry import shapes
from monitor.inquiry.dryrun import Wanted, dry_run
from monitor.inquiry.flood import rate
from monitor.inquiry.rulebook import RuleRow
from monitor.model import AlertMode, Rule, Severity
from monitor.query import Compiled, compile_query, explain
from monitor.query.sentence import sentence
from monitor.store.daily import Days
from monitor.watch import Watch
from monitor.web.asked import Asked
from monitor.web.lists import CSV
from monitor.web.pictures import sparkline
from monitor.web.screens import data_answer, json_answer, screens_of
from monitor.web.sheet import sheet

LONGEST_SECONDS = 2.0
"""So long may a dry run take the archive and the processor; then it says how far it came."""
_PARAMETERS = ("query", "id", "alert", "severity", "rate", "limit", "after")
_COLUMNS = (
    "id",
    "matched",
    "title",
    "source",
    "language",
    "level",
    "would_match",
    "would_alert",
    "reason",
    "change",
    "alert_change",
    "url",
)
_SHOWN = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a query cannot be read: what stands before the place, there, and behind it."""

    message: str
    before: str
    there: str
    after: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A filled-in form. `fault` or `document` is there once a query was given; `older`: the next page."""

    rule: Rule
    asked: Asked
    fault: Fault | None = None
    document: shapes.Json | None = None
    block: str = ""
    words: str = ""
    expanded: str = ""

    @property
    def limit(self) -> str:
        return rate(self.rule.limit) if self.rule.limit else ""

    @property
    def older(self) -> str:
        following = self.document["next"] if self.document else None
        return self.asked.link(after=following) if following else ""


class Turns:
    """One dry run at a time: two would hold up each other, and the daemon."""

    def __init__(self) -> None:
        self._one = threading.Lock()

    def run(self, work: Callable[[Callable[[], bool]], shapes.Json]) -> shapes.Json:
        """Do `work`, which is told when to hurry. Raises 429 when others are still at it."""
        if not self._one.acquire(timeout=2 * LONGEST_SECONDS):
            raise HTTPException(429, "Other dry runs are under way: try again in a moment.", {"Retry-After": "5"})
        try:
            end = time.monotonic() + LONGEST_SECONDS
            return work(lambda: time.monotonic() > end)
        finally:
            self._one.release()


def tried(request: Request, watch: Watch, row: RuleRow | None, shown: int = _SHOWN) -> Trial:
    """The form of a request, and what its query brings where it has one. `row`: the rule in force that is changed.

    Raises UsageError.
    """
    asked = Asked(request, _PARAMETERS, broad=("query",))
    rule = _rule(asked, row.rule if row is not None else None)
    trial = Trial(rule, asked)
    if asked.text("query") is None:
        return trial
    try:
        compiled = compile_query(rule.query, watch.config.lists)
    except QueryError as error:
        return replace(trial, fault=_fault(rule.query, error))
    document = _run(request, watch, (rule, compiled), row, asked.limit(shown))
    return replace(
        trial,
        document=document,
        block=rule_block(rule, trial.limit),
        words=sentence(compiled.expr),
        expanded=explain(compiled),
    )


def _rule(asked: Asked, force: Rule | None) -> Rule:
    """The rule that a form describes; what it leaves out is as in force, or as by default."""
    usual = force or Rule("new-rule", "")
    limit: tuple[int, timedelta] | None = usual.limit if asked.text("query") is None else None
    name = _given("id", asked.text("id"), identifier) or usual.id
    limit = _given("rate", asked.text("rate"), read_rate) or limit
    if force is not None and name != force.id:
        raise UsageError(f"the rule of this page is {force.id}: try a new one at /rules/new")
    return replace(
        usual,
        id=name,
        query=asked.text("query") or usual.query,
        alert=asked.word("alert", AlertMode) or usual.alert,
        severity=asked.word("severity", Severity) or usual.severity,
        limit=limit,
    )


def _given(name: str, written: str | None, read: Callable[[str], T]) -> T | None:
    try:
        return None if written is None else read(written)
    except ValueError as error:
        raise UsageError(f"{name} {error}") from None


def _run(request: Request, watch: Watch, asked: tuple[Rule, Compiled], row: RuleRow | None, limit: int) -> shapes.Json:
    screens, turns = screens_of(request), request.app.state.turns
    force = None if row is None else (row.rule, row.compiled)
    wanted = Wanted(asked, force, limit, request.query_params.get("after", "").strip())
    found: shapes.Json = turns.run(lambda hurry: dry_run(screens.store, watch, wanted, screens.clock(), hurry))
    return found


def _fault(query: str, error: QueryError) -> Fault:
    """The place of an error; one of a list that the query names stands at the list's name."""
    place = min(max(error.position, 0), len(query))
    end = next((n for n in range(place, len(query)) if query[n].isspace()), len(query))
    return Fault(str(error), query[:place], query[place:end] or "…", query[end:])


def spark(trial: Trial, days: Days) -> Markup:
    """What the tried query would have alerted on each of the last days."""
    document = trial.document or {}
    alerts = {one["day"]: one["alerts"] for one in document.get("days", ())}
    begin = days.number(datetime.fromisoformat(document["begin"])) - days.first if document else 0
    values = [alerts.get(day.isoformat(), 0 if n >= begin else None) for n, day in enumerate(days.dates())]
    says = f"It would have alerted {counted(document.get('alerts', 0), 'time')} in {days.count} days"
    return sparkline("tried", values, says=says, detail="Hatched: before the archive begins." if begin > 0 else "")


def as_data(trial: Trial) -> shapes.Json:
    """What a dry run adds to a rule's JSON."""
    return {"rule": trial.rule.id, "words": trial.words, "expanded": trial.expanded, "block": trial.block} | (
        trial.document or {}
    )


def refused(request: Request, trial: Trial, fault: Fault) -> Response:
    """A query that cannot be read, as data: with the place, counted in characters from 0."""
    document = {"error": fault.message, "position": len(fault.before), "query": trial.rule.query}
    return json_answer(request, document, 400)


def as_sheet(request: Request, trial: Trial) -> Response:
    """The articles of a dry run as CSV. Raises UsageError where there is no query, or none that can be read."""
    if trial.fault is not None:
        raise UsageError(trial.fault.message)
    if trial.document is None:
        raise UsageError("give the query to try: query=...")
    body = sheet(_COLUMNS, trial.document["rows"], trial.older).encode("utf-8", "replace")
    headers = {"Content-Disposition": f'attachment; filename="storywatch-dry-run-{trial.rule.id}.csv"'}
    return data_answer(request, body, CSV, None, headers)
