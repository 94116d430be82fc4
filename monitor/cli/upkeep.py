"""`migrate` and `health`."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import JSON, put, put_json
from monitor.cli.root import FAILED, settings_of
from monitor.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("migrate")(migrate)
    app.command("health")(health)


def migrate(ctx: typer.Context, as_json: Annotated[bool, JSON] = False) -> None:
    """Bring the archive to this version's schema. A SQLite archive is copied beside itself first.

    \b
    storywatch migrate
    """
    from monitor import store

    url = load_config(settings_of(ctx)).archive.url
    with store.archive_lock(url):
        before, after = store.migrate(url)
    if as_json:
        put_json({"from": before, "to": after})
    else:
        put(f"already at {after}" if before == after else f"migrated from {before or 'empty'} to {after}")


def health(ctx: typer.Context, as_json: Annotated[bool, JSON] = False) -> None:
    """Ask the running daemon how it is: exit 0 when it is well.

    \b
    storywatch health && echo well
    """
    from monitor.runtime.surroundings import ask_screens

    web = load_config(settings_of(ctx)).web
    if web.port == 0:
        raise UsageError("[web] listen has port 0 (any free one), so nobody knows where to ask")
    status, told = ask_screens(web.host, web.port)
    well = status == 200
    if as_json:
        put_json({"well": well, "status": status, "said": told})
    else:
        put(("well" if well else "not well") + (f": {told}" if told else ""))
    if not well:
        raise typer.Exit(FAILED)
