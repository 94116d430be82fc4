"""One rule, and a new one: pages, JSON and CSV, each with the dry run that its parameters ask for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.model import AlertMode, Severity
from monitor.store.daily import Days
from monitor.web import rules
from monitor.web.asked import MOST_ROWS
from monitor.web.compiled import compiled_of
from monitor.web.dryrun import Trial, as_data, as_sheet, refused, spark, tried
from monitor.web.screens import json_answer, screens_of


def rule_page(request: Request) -> Response:
    """GET /rules/ID"""
    found = rules.rule_of(request)
    trial = tried(request, found.watch, found.row)
    return _page(request, trial, found.days, f"/rules/{found.row.rule.id}", **rules.shown(found))


def rule_json(request: Request) -> Response:
    """GET /rules/ID.json"""
    found = rules.rule_of(request)
    trial = tried(request, found.watch, found.row)
    if trial.fault is not None:
        return refused(request, trial, trial.fault)
    more = {} if trial.document is None else {"dry_run": as_data(trial)}
    return json_answer(request, {**rules.rule_json(found), **more})


def rule_csv(request: Request) -> Response:
    """GET /rules/ID.csv: the articles of its dry run."""
    found = rules.rule_of(request)
    return as_sheet(request, tried(request, found.watch, found.row, MOST_ROWS))


def new_page(request: Request) -> Response:
    """GET /rules/new"""
    screens = screens_of(request)
    watch = compiled_of(request).watch(screens.config())
    days = Days(screens.clock(), screens.view(request).zone)
    return _page(request, tried(request, watch, None), days, "/rules/new", row=None)


def new_json(request: Request) -> Response:
    """GET /rules/new.json"""
    trial = tried(request, compiled_of(request).watch(screens_of(request).config()), None)
    if trial.fault is not None:
        return refused(request, trial, trial.fault)
    return json_answer(request, as_data(trial))


def new_csv(request: Request) -> Response:
    """GET /rules/new.csv"""
    return as_sheet(request, tried(request, compiled_of(request).watch(screens_of(request).config()), None, MOST_ROWS))


def _page(request: Request, trial: Trial, days: Days, path: str, **values: object) -> Response:
    asked = trial.asked
    formats = [("json", asked.link(f"{path}.json"))]
    if trial.document is not None:
        formats.append(("csv", asked.link(f"{path}.csv")))
    elif values["row"] is not None:
        formats.append(("rss", f"/alerts.rss?rule={trial.rule.id}"))
    return screens_of(request).page(
        request,
        "rule.html",
        400 if trial.fault else 200,
        trial=trial,
        days=days,
        spark_tried=spark(trial, days) if trial.document else "",
        modes=tuple(AlertMode),
        severities=tuple(Severity),
        formats=tuple(formats),
        **values,
    )
