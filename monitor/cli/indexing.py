"""`reindex`: the search index made anew."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.opening import archive, load_config
from monitor.cli.output import JSON, put, put_json
from monitor.cli.progress import bar
from monitor.cli.root import settings_of


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("reindex")(reindex)


def reindex(ctx: typer.Context, as_json: Annotated[bool, JSON] = False) -> None:
    """Make the search index anew from the archived texts, while the daemon runs or not.

    Searches stay complete meanwhile, only slower. After an interruption the same command goes on.

    \b
    storywatch reindex
    """
    from monitor import pipeline

    config = load_config(settings_of(ctx))
    with archive(config) as store, bar("indexing") as tell:
        done, went_on = pipeline.reindex(store, tell)
    if as_json:
        put_json({"indexed": done, "resumed": went_on})
    else:
        put(
            f"{done} version{'' if done == 1 else 's'} indexed"
            + (", going on where it was interrupted" if went_on else "")
        )
