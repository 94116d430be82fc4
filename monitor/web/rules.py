"""Rules: which there are, how often each fired, what people thought of it; one rule with its forms and firings."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.wording import counted
from monitor.config.blocks import rule_block
from monitor.inquiry import shapes
from monitor.inquiry.flood import rate
from monitor.inquiry.rulebook import RuleRow, as_json, rulebook
from monitor.model import Delivery
from monitor.query import explain
from monitor.query.sentence import sentence
from monitor.store import deliveries, firings, rules
from monitor.store.daily import Days
from monitor.store.firings import Fired
from monitor.store.rules import Revision
from monitor.watch import Watch
from monitor.web.compiled import compiled_of
from monitor.web.lists import Listing, Question, Rows
from monitor.web.pictures import sparkline
from monitor.web.screens import screens_of

FIRINGS = 20
_COLUMNS = (
    "id",
    "query",
    "words",
    "severity",
    "alert",
    "channels",
    "limit",
    "fired_30d",
    "last_fired",
    "last_match",
    "muted_until",
    "never",
    "revision",
    "in_force",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A firing with the deliveries that it set off."""

    fired: Fired
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """All that a rule's page and its JSON show."""

    row: RuleRow
    days: Days
    told: tuple[Told, ...]
    revisions: tuple[Revision, ...]
    watch: Watch


def _rows(request: Request) -> tuple[list[RuleRow], Days, Watch]:
    screens, kept = screens_of(request), compiled_of(request)
    watch = kept.watch(screens.config())
    never = kept.never(screens.store, watch)
    days = Days(screens.clock(), screens.view(request).zone)
    with screens.store.read() as tx:
        return rulebook(tx, watch, days, never), days, watch


def _read(request: Request, _question: Question) -> Rows:
    found, days, _watch = _rows(request)
    return Rows([as_json(one, days.now) for one in found], values=(found, days))


LIST = Listing("rules", "Rules", _COLUMNS, _read, freezes=False, whole=True)


def rule_list(request: Request) -> Response:
    """GET /rules"""
    question = LIST.question(request)
    rows = LIST.read(request, question)
    found, days = rows.values
    shown = [(one, _sentence(one), _spark(f"fired-{n}", one, days)) for n, one in enumerate(found)]
    return LIST.page(request, "rules.html", question, rows, rows=shown, month=days.count, rate=rate)


def _sentence(row: RuleRow) -> str:
    return sentence(row.compiled.expr)


def _spark(name: str, row: RuleRow, days: Days) -> Markup:
    """How often a rule fired each day; the finding names the fullest one."""
    top = max((one for one in row.days if one is not None), default=0)
    says = f"{row.rule.id} fired {counted(row.recent, 'time')} in {days.count} days"
    if top:
        day = days.dates()[row.days.index(top)]
        says += f", most on {day.day} {day:%B}: {top}"
    gap = "" if row.days[0] is not None else "Hatched: the rule was not there yet."
    return sparkline(name, row.days, says=says, detail=gap)


def rule_of(request: Request) -> RulePage:
    """The rule that an address names. Raises 404."""
    ident = request.path_params["ident"]
    found, days, watch = _rows(request)
    row = next((one for one in found if one.rule.id == ident), None)
    if row is None:
        raise HTTPException(404, f"No rule of the config is called {ident!r}.")
    with screens_of(request).store.read() as tx:
        fired = firings.of_rule(tx, ident, FIRINGS)
        sent = deliveries.of_developments(tx, {one.development_id for one in fired})
        kept = rules.revisions(tx, ident)
    told = tuple(
        Told(one, tuple(row for row in sent if row.development_id == one.development_id and row.version_id is None))
        for one in fired
    )
    return RulePage(row, days, told, kept, watch)


def rule_json(found: RulePage) -> shapes.Json:
    """GET /rules/ID.json: the row of the list with what only the page shows."""
    return {
        **as_json(found.row, found.days.now),
        "expanded": explain(found.row.compiled),
        "block": block_of(found.row),
        "firings": [
            {
                "development": f"d{one.fired.development_id}",
                "story": f"s{one.fired.story_id}",
                "article": f"a{one.fired.article_id}",
                "title": one.fired.title,
                "severity": one.fired.severity.value,
                "created": shapes.stamp(one.fired.created),
                "deliveries": [shapes.delivery(row) for row in one.deliveries],
            }
            for one in found.told
        ],
        "revisions": [
            {
                "revision": one.revision,
                "query": one.query,
                "alert": one.alert.value,
                "created": shapes.stamp(one.created),
                "in_force": one.revision == found.row.compiled.revision,
            }
            for one in found.revisions
        ],
    }


def block_of(row: RuleRow) -> str:
    """The rule as the config has it."""
    return rule_block(row.rule, rate(row.rule.limit) if row.rule.limit else "")


def shown(found: RulePage) -> dict[str, object]:
    """What the page's template needs of a rule."""
    row = found.row
    table = [
        (day.isoformat(), "–" if many is None else many) for day, many in zip(found.days.dates(), row.days, strict=True)
    ]
    return {
        "row": row,
        "sentence": _sentence(row),
        "spark": _spark("fired", row, found.days),
        "table": table[::-1],
        "told": found.told,
        "revisions": found.revisions,
        "expanded": explain(row.compiled),
        "block": block_of(row),
        "rate": rate,
    }
