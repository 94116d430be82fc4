"""`rules list` and `rules explain`; the further commands have modules of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.backtesting import backtest, resolved
from monitor.cli.completing import rule_ids
from monitor.cli.drawing import Column, clock, draw, drawing, footer
from monitor.cli.flooding import look
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, cell, page, put, put_json, say
from monitor.cli.root import settings_of
from monitor.cli.rule_texts import test_query
from monitor.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.model import Rule
    from monitor.query import Compiled
    from monitor.watch import Watch

app = typer.Typer(rich_markup_mode=None)
app.command("test")(test_query)
app.command("backtest")(backtest)


@app.command("list")
def list_rules(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the rules with their expanded forms, their last hit and whether they would flood.

    \b
    storywatch rules list
    storywatch rules list --jsonl | jq -r .id
    """
    from monitor.watch import compile_watch

    form = Form.of(as_json, as_jsonl, limit)
    settings = settings_of(ctx)
    config = load_config(settings)
    watch = compile_watch(config)
    hits, known, judged = _archived(config)
    flooding = look(watch)
    rows, more = page([_row(rule, watch) for rule in config.rules], form.limit, after)
    for row in rows:
        row["last_hit"] = hits.get(row["id"])
        row["in_force"] = (row["id"], row["revision"]) in known
        row["precision"] = judged.get(row["id"])
        row["flood"] = flooding.found.get(row["id"], "")
    if form.json or form.jsonl:
        form.put(rows, more, (), ())
        return
    if drawing():
        draw(_drawn(clock(config.watch.zone, utc_now())), rows)
        footer("`storywatch rules explain ID` shows what a rule's words stand for")
        footer(f"more: --after {more}" if more else "")
    for row in () if drawing() else rows:
        _tell(row)
    if flooding.note and not settings.quiet:
        say(f"note: {flooding.note}")


def _drawn(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    return (
        Column("id", "id", style="bold"),
        Column("severity", "severity", rank=2),
        Column("alert", "alert", rank=4),
        Column("last hit", lambda row: at(row["last_hit"]) or "never", rank=1),
        Column("channels", lambda row: cell(row, "channels") or "all", rank=3),
        Column("forms", "forms", rank=5, right=True),
        Column("query", _asked, wide=True),
    )


def _asked(row: Json) -> str:
    """The query, and before it what is to be known of the rule."""
    notes = [row["flood"]] if row["flood"] else []
    notes += [] if row["in_force"] else ["not in force yet: start or reload the daemon"]
    notes += [_precise(row["precision"])] if row["precision"] else []
    return "".join(f"({note}) " for note in notes) + str(row["query"])


def _tell(row: Json) -> None:
    put(f"{row['id']}  ({row['severity']}, {row['alert']}, {', '.join(row['channels']) or 'all channels'})")
    put(f"  {row['query']}")
    force = "" if row["in_force"] else ", not in force yet: start or reload the daemon"
    put(f"  revision {row['revision']}, {row['forms']} forms, last hit {row['last_hit'] or 'never'}{force}")
    if row["precision"]:
        put(f"  {_precise(row['precision'])}")
    if row["flood"]:
        put(f"  warning: {row['flood']}")
    put("\n".join(f"    {line}" for line in row["expanded"].splitlines()) + "\n")


def _precise(found: Json) -> str:
    low, high = round(100 * found["low"]), round(100 * found["high"])
    return f"{found['relevant']} of {found['judged']} judged alerts relevant, {low}-{high} % with 95 % confidence"


def _row(rule: Rule, watch: Watch) -> Json:
    from monitor.query import explain

    compiled = watch.compiled[rule.id]
    return {
        "id": rule.id,
        "query": rule.query,
        "expanded": explain(compiled),
        "revision": compiled.revision,
        "forms": forms_of(compiled),
        "channels": list(rule.channels),
        "alert": rule.alert.value,
        "severity": rule.severity.value,
    }


def forms_of(compiled: Compiled) -> int:
    """How many different words a rule stands for."""
    from monitor.inquiry.terms import terms

    patterns = {one for term in terms(compiled.expr) for one in term.patterns}
    return len({form for one in patterns for form in (one.forms or (one.prefix,))})


def _archived(config: Config) -> tuple[dict[str, str | None], frozenset[tuple[str, str]], dict[str, Json | None]]:
    """When each rule last hit, the revisions that were ever in force, what people think of its alerts.

    Nothing where there is no archive yet: a config can be worked on before it is there.
    """
    from alerts.precision import precision
    from monitor.inquiry import shapes
    from monitor.store import rules, votes

    hits: dict[str, datetime] = {}
    known: frozenset[tuple[str, str]] = frozenset()
    try:
        with archive(config) as store, store.read() as tx:
            hits, known, told = rules.last_hits(tx), rules.in_force(tx), votes.tallied(tx)
    except StoreError:
        return {}, known, {}
    judged = {rule_id: shapes.precision(precision(*counts)) for rule_id, counts in told.items()}
    return {rule_id: shapes.stamp(moment) for rule_id, moment in hits.items()}, known, judged


@app.command("explain")
def explain_query(
    ctx: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUERY|RULE_ID", autocompletion=rule_ids, help="A rule of the config, or a query.")
    ],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say what a rule asks for, part by part, with every form that its words stand for.

    \b
    storywatch rules explain black-sea-truce
    storywatch rules explain 'harbour NEAR/5 truce'
    """
    from monitor.query import explain
    from monitor.watch import compile_watch

    rule, compiled = resolved(compile_watch(load_config(settings_of(ctx))), query)
    if as_json:
        forms = {word: sorted(found) for word, found in sorted(compiled.forms.items())}
        put_json({"query": rule.query, "revision": compiled.revision, "expanded": explain(compiled), "forms": forms})
    else:
        put(explain(compiled))
