"""`rules backtest`: would have matched, would have alerted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.completing import rule_ids
from monitor.cli.drawing import Column, clock, draw, drawing
from monitor.cli.naming import nearly
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, put, put_json, put_jsonl, say, table
from monitor.cli.progress import bar
from monitor.cli.root import Settings, settings_of

if TYPE_CHECKING:
    from monitor.inquiry.backtest import Asked, Backtest, Span, Tried
    from monitor.store import Store
    from monitor.watch import Watch

_ALL = ("id", "matches", "alerts", "per day", "last", "limit", "over", "never matched")
_ONE = ("id", "matched", "alert", "why not", "source", "title")


def backtest(
    ctx: typer.Context,
    rule: Annotated[
        str,
        typer.Argument(
            metavar="[RULE_ID|QUERY]", autocompletion=rule_ids, help="Without one every rule of the config."
        ),
    ] = "",
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2026-03-18, today, 24h, 30d ...")] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="As --since; a day is included.")] = "",
    against: Annotated[
        str,
        typer.Option("--against", metavar="last|REVISION|QUERY", help="Compare with what was in force, or a query."),
    ] = "",
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """Say what a rule would have matched in the archive, and what of it would have alerted.

    \b
    storywatch rules backtest                                  # every rule, a line each
    storywatch rules backtest black-sea-truce --since 30d
    storywatch rules backtest 'harbour NEAR/5 truce' --json
    storywatch rules backtest black-sea-truce --against last  # what the change of the config brings
    """
    from monitor.inquiry.backtest import Span
    from monitor.inquiry.moments import moment
    from monitor.watch import compile_watch

    form = Form.of(as_json, as_jsonl, limit)
    settings = settings_of(ctx)
    config = load_config(settings)
    watch, zone, now = compile_watch(config), config.watch.timezone, utc_now()
    span = Span(
        moment(since, zone, now) if since else None,
        moment(until, zone, now, end=True) if until else None,
    )
    with archive(config) as store:
        if rule:
            _one(store, watch, (rule, against, after), span, form, settings)
        elif against:
            raise typer.BadParameter("name the rule whose two revisions are to be compared", param_hint="--against")
        else:
            _every(store, watch, after, span, form, settings)


def _every(store: Store, watch: Watch, after: str, span: Span, form: Form, settings: Settings) -> None:
    from monitor.inquiry import trial
    from monitor.store import versions

    now = utc_now()
    found = run(store, watch, [(rule, watch.compiled[rule.id]) for rule in watch.config.rules], span, settings)
    with store.read() as tx:
        begin = versions.begin(tx) or now
    part, following = trial.page([one.rule.id for one in found.tried], form.limit, after)
    rows = [trial.summary(one, span, watch.config.channels, begin, now) for one in found.tried[part]]
    if form.json:
        put_json({**trial.looked(found, span), "rows": rows, "next": following})
    elif form.jsonl:
        put_jsonl(rows)
    else:
        if drawing():
            draw(_drawn(clock(watch.config.watch.zone, now)), rows)
        else:
            table(_ALL, [_cells(row) for row in rows])
        _more(following)
    for one in () if settings.quiet else found.tried:
        _warn(one, watch)


def _drawn(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    return (
        Column("id", "id", style="bold"),
        Column("matches", "matches", right=True),
        Column("alerts", "alerts", right=True),
        Column("per day", "alerts_per_day", rank=1, right=True),
        Column("last", lambda row: at(row["last"]) or "never", rank=3),
        Column("limit", "limit", rank=5),
        Column("over", lambda row: f"{row['flood']['worst']} in one" if row["flood"] else "", rank=2, style="yellow"),
        Column("never matched", lambda row: members(row["never"]), rank=4, wide=True),
    )


def _cells(row: Json) -> list[str]:
    over = f"{row['flood']['worst']} in one" if row["flood"] else ""
    counts = (row["matches"], row["alerts"], row["alerts_per_day"], row["last"] or "never", row["limit"], over)
    return [row["id"], *map(str, counts), members(row["never"])]


def members(never: list[Json]) -> str:
    """The words that never matched, each after the list that it stands in."""
    return ", ".join(f"@{one['list']}: {one['term']}" if one["list"] else one["term"] for one in never)


def _one(store: Store, watch: Watch, what: tuple[str, str, str], span: Span, form: Form, settings: Settings) -> None:
    """`what`: the rule as it was written, what it is held against, and the cursor."""
    from monitor.inquiry import trial
    from monitor.store import versions

    now = utc_now()
    written, against, after = what
    asked = [resolved(watch, written)]
    if against:
        asked.append(earlier(store, watch, asked[0], against))
    found = run(store, watch, asked, span, settings)
    with store.read() as tx:
        begin = versions.begin(tx) or now
    told = [trial.by_article(one) for one in found.tried]
    before = told[1] if against else None
    rows, following = trial.rows(store, told[0], before, form.limit, after)
    document = {
        **trial.looked(found, span),
        **trial.summary(found.tried[0], span, watch.config.channels, begin, now),
        "days": trial.days(found.tried[0], watch.config.watch.zone),
        "against": None,
        "rows": rows,
        "next": following,
    }
    if before is not None:
        query, revision = asked[1][0].query, asked[1][1].revision
        document["against"] = {"query": query, "revision": revision, **trial.difference(told[0], before)}
    if form.json:
        put_json(document)
    elif form.jsonl:
        put_jsonl(rows)
    else:
        _tell(document)
    if not settings.quiet:
        _warn(found.tried[0], watch)


def _tell(document: Json) -> None:
    put(f"{document['id']}: {document['query']}")
    put(f"  {document['matches']} articles would have matched, of {document['versions']} versions in the archive")
    put(f"  {document['alerts']} times it would have alerted, {document['alerts_per_day']} a day")
    if document["never"]:
        put(f"  never matched: {members(document['never'])}")
    if document["against"]:
        put(f"  against {document['against']['revision']}: {document['against']['query']}")
        for what, verb in (("matches", "matched"), ("alerts", "alerted")):
            apart = document["against"][what]
            put(f"    {verb}: {len(apart['gained'])} gained, {len(apart['lost'])} lost, {len(apart['same'])} the same")
    for day in document["days"]:
        put(f"  {day['day']}  {day['matches']} matched, {day['alerts']} alerted")
    shown = [row for row in document["rows"] if {row.get("change"), row.get("alert_change")} != {"same"}]
    if drawing():
        draw(_ARTICLES, shown)
    else:
        table((*_ONE, *(("change",) if document["against"] else ())), [_article(row) for row in shown])
    _more(document["next"])


def _more(following: str | None) -> None:
    if following is not None:
        say(f"more: --after {following}")


_ARTICLES = (
    Column("id", "id", style="bold"),
    Column("matched (UTC)", "matched", rank=3),
    Column("alert", "would_alert"),
    Column("source", "source", rank=2),
    Column("change", lambda row: _changed(row) if "change" in row else "", rank=1),
    Column("why not", "reason", rank=4, wide=True),
    Column("title", "title", wide=True),
)


def _changed(row: Json) -> str:
    return f"{row['change'] or 'no'} match, {row['alert_change'] or 'no'} alert"


def _article(row: Json) -> list[str]:
    cells = [row["id"], row["matched"], "yes" if row["would_alert"] else "no", row["reason"], row["source"]]
    changed = [_changed(row)] if "change" in row else []
    return [*cells, row["title"], *changed]


def _warn(tried: Tried, watch: Watch) -> None:
    """Say on stderr that a rule would flood."""
    from monitor.inquiry.flood import flood, limit_of
    from monitor.inquiry.floods import words

    found = flood([one.first_seen for one in tried.alerts], limit_of(tried.rule, watch.config.channels))
    if found is not None:
        say(f"warning: {words(tried.rule.id, found)}")


def resolved(watch: Watch, written: str) -> Asked:
    """A rule of the config by its id, else a query. Raises QueryError."""
    from monitor.model import Rule
    from monitor.query import compile_query

    if written in watch.rules:
        return watch.rules[written], watch.compiled[written]
    near = "" if " " in written else nearly(written, watch.rules)
    if near:
        say(f"note: no rule is called {written!r}, so it is taken as a query{near}")
    return Rule("query", written), compile_query(written, watch.config.lists)


def earlier(store: Store, watch: Watch, asked: Asked, against: str) -> Asked:
    """What a rule is compared with: the revision in force before, one by the beginning of its name, or a query."""
    from monitor.errors import UsageError
    from monitor.query import compile_query, thaw_rule
    from monitor.store import rules

    rule, compiled = asked
    with store.read() as tx:
        kept = rules.revisions(tx, rule.id)
    others = [one for one in kept if one.revision != compiled.revision]
    if against == "last":
        if not others:
            raise UsageError(f"the archive knows no other revision of {rule.id}: it was never in force otherwise")
        found = others[0]
    else:
        named = [one for one in kept if len(against) >= 4 and one.revision.startswith(against)]
        if not named:
            return replace(rule, query=against), compile_query(against, watch.config.lists)
        found = named[0]
    meant = compile_query(found.query, found.lists) if found.frozen is None else thaw_rule(found.query, found.frozen)
    return replace(rule, query=found.query, alert=found.alert), meant


def run(store: Store, watch: Watch, asked: list[Asked], span: Span, settings: Settings) -> Backtest:
    """The backtest, with a bar on a terminal."""
    from monitor.inquiry.backtest import backtest as hold

    if settings.quiet:
        return hold(store, watch, asked, span)
    with bar("held against the rules") as told:
        return hold(store, watch, asked, span, lambda looked, proposed: told(looked, proposed) is None)
