"""`run`: the daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import say
from monitor.cli.root import Settings, settings_of

if TYPE_CHECKING:
    from monitor.config import Config

_GOOD = ("ok", "unchanged")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("run")(run)


def run(ctx: typer.Context) -> None:
    """The daemon: schedule, fetch, judge, alert, screens. SIGTERM drains, SIGHUP reads the config again.

    \b
    storywatch run
    storywatch run --config desk.toml
    """
    from monitor.cli.login import with_login
    from monitor.runtime.daemon import Plan, serve
    from monitor.runtime.reactor import run as run_loop
    from monitor.web.app import create_app

    settings = settings_of(ctx)
    config = load_config(settings)
    if not _refused(config):
        config = with_login(config)
    start_logs(config, settings)
    for warning in config.warnings:
        say(f"note: {warning}")
    raise typer.Exit(run_loop(serve(Plan(config, create_app, reloader(config, settings)))))


def _refused(config: Config) -> bool:
    """Whether there is an archive that this program will not open: then nothing is written beside it either."""
    from monitor.store import schema_problem
    from monitor.store.place import place_of

    file = place_of(config.archive.url).file
    return file is not None and file.exists() and schema_problem(config.archive.url) != ""


def reloader(config: Config, settings: Settings) -> Callable[[], Config]:
    """Reads the config again; the secrets of every reading stay out of the logs from then on."""
    seen = [config]

    def reload() -> Config:
        seen.append(replace(load_config(settings), login=config.login))
        start_logs(seen[-1], settings, *seen[:-1])
        return seen[-1]

    return reload


def start_logs(config: Config, settings: Settings, *earlier: Config) -> None:
    """Logs to stderr, with every secret of the config (and of `earlier` ones) kept out of them."""
    from monitor.runtime.logs import secrets_of, set_up

    set_up(secrets_of(config, *earlier), verbose=settings.verbose, quiet=settings.quiet)
