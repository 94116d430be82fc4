"""`migrate` and `health`."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import JSON, put, put_json
from monitor.cli.root import FAILED, settings_of
from monitor.errors import UsageError

_SECONDS = 5.0


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
    web = load_config(settings_of(ctx)).web
    if web.port == 0:
        raise UsageError("[web] listen has port 0 (any free one), so nobody knows where to ask")
    status, told = _ask(web.host, web.port)
    well = status == 200
    if as_json:
        put_json({"well": well, "status": status, "said": told})
    else:
        put(("well" if well else "not well") + (f": {told}" if told else ""))
    if not well:
        raise typer.Exit(FAILED)


def _ask(host: str, port: int) -> tuple[int | None, str]:
    """Status and first words of /healthz; no status when nobody answered."""
    from http.client import HTTPConnection, HTTPException

    # A daemon that listens on every address is asked on loopback.
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = HTTPConnection(near, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"User-Agent": "storywatch-health"})
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        return None, f"no daemon answers on {near}:{port} ({error or type(error).__name__})"
    finally:
        connection.close()
