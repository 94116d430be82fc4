"""`vote`: whether an alert was relevant."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from monitor.cli.completing import rule_ids
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import JSON, put, put_json
from monitor.cli.root import settings_of
from monitor.cli.stories import BY, who
from monitor.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("vote")(vote)


def vote(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="A delivery such as x9, or a development such as d7.")],
    answer: Annotated[Literal["relevant", "irrelevant"], typer.Argument(help="Was it worth the alert?")],
    rule: Annotated[
        str,
        typer.Option("--rule", metavar="ID", autocompletion=rule_ids, help="Only for this rule; else all that fired."),
    ] = "",
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say whether an alert was relevant; `rules list` shows how many of a rule's alerts were.

    \b
    storywatch vote x9 irrelevant
    storywatch vote d7 relevant --rule black-sea-truce
    """
    from monitor.inquiry import shapes
    from monitor.pipeline import calming
    from monitor.store import deliveries

    with archive(load_config(settings_of(ctx))) as store:
        if alert.startswith("d"):
            number: int | None = shapes.number("d", alert)
        else:
            with store.read() as tx:
                found = deliveries.by_id(tx, shapes.number("x", alert))
            number = None if found is None else found.development_id
        if number is None:
            raise UsageError(f"no rule announced {alert}; `storywatch alerts list` shows what was")
        chosen = calming.vote(store, number, answer == "relevant", who(by), utc_now(), rule=rule)
    if as_json:
        put_json({"development": f"d{number}", "rules": list(chosen), "relevant": answer == "relevant"})
    else:
        put(f"d{number} is noted as {answer} for {', '.join(chosen)}")
