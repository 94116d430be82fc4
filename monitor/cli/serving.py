"""`web`: the screens alone, over an archive that a daemon fills."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.login import with_login
from monitor.cli.opening import archive, load_config
from monitor.cli.output import say
from monitor.cli.root import settings_of
from monitor.cli.running import reloader, start_logs
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("web")(web)


def web(
    ctx: typer.Context,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Instead of [web] listen, which the daemon may hold.")
    ] = "",
) -> None:
    """Only the screens, over an archive that is there: to read and to review, beside a daemon or without one.

    Nothing is fetched, judged or sent; what hubs push goes to the daemon. On PostgreSQL any number may run, on other
    machines, too. SIGHUP reads the config again.

    \b
    storywatch web
    storywatch web --listen 127.0.0.1:8788   # beside the daemon of the same config
    """
    import asyncio

    from monitor.runtime.screens import Alone, serve_alone
    from monitor.web.app import create_app

    settings = settings_of(ctx)
    given = _listening(load_config(settings), listen)
    with archive(given) as store:
        config = with_login(given)
        start_logs(config, settings)
        for warning in config.warnings:
            say(f"note: {warning}")
        again = reloader(config, settings)
        alone = Alone(config, lambda: _listening(again(), listen))
        raise typer.Exit(asyncio.run(serve_alone(alone, store, create_app)))


def _listening(config: Config, listen: str) -> Config:
    """The config with another address to listen on, held to the same rules. Raises UsageError."""
    from monitor.config.places import listening
    from monitor.config.values import is_loopback

    if not listen:
        return config
    try:
        host, _port = listening(listen)
    except ValueError as error:
        raise UsageError(f"--listen {listen}: {error}") from None
    if config.web.password is None and not is_loopback(host):
        raise UsageError(f"{host} can be reached by others: set [web] password, or listen on 127.0.0.1")
    return replace(config, web=config.web.model_copy(update={"listen": listen}))
