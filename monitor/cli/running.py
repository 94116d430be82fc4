"""`run` and `fetch`: the daemon, and one pass."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.completing import source_ids
from monitor.cli.naming import unknown
from monitor.cli.opening import load_config
from monitor.cli.output import JSON, put, put_json, say
from monitor.cli.root import PARTLY, Settings, settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.pipeline import Checked
    from monitor.runtime.jobs import Read
    from monitor.runtime.once import Pass

_GOOD = ("ok", "unchanged")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("run")(run)
    app.command("fetch")(fetch)


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


def fetch(
    ctx: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="ID", autocompletion=source_ids, help="Only this source; may be repeated."),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Check the sources once, due or not, read what is new, judge it, send what is owed, end.

    \b
    storywatch fetch
    storywatch fetch --source kyiv-independent --source nv-uk
    """
    from monitor.runtime.once import fetch_once
    from monitor.runtime.reactor import run as run_loop

    settings = settings_of(ctx)
    config = load_config(settings)
    known = [one.id for one in config.sources]
    for named in source or ():
        if named not in known:
            raise UsageError(unknown("source", named, known, "storywatch sources list"))
    start_logs(config, Settings(settings.config, settings.verbose == 0, settings.verbose, settings.debug))

    async def main() -> int:
        with Progress(config, source or (), settings) as told:
            # Data goes to stdout: with --json the console channel talks on stderr.
            done = await fetch_once(config, source or (), told, sys.stderr if as_json else None)
        _report(done, as_json)
        partly = done.failed or done.broken or any(checked.outcome.value not in _GOOD for checked in done.checked)
        return PARTLY if partly else 0

    raise typer.Exit(run_loop(main()))


class Progress:
    """Progress of a pass on stderr: a bar on a terminal, a line per source otherwise, nothing when quiet."""

    def __init__(self, config: Config, named: Any, settings: Settings) -> None:
        self.quiet = settings.quiet
        self.total = len(named) or len(config.enabled_sources)
        self.archived = 0
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty() and not self.quiet:
            from rich import progress
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self.bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("checking", total=self.total)
        return self

    def __exit__(self, *_raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, brought: Checked | Read) -> None:
        from monitor.pipeline import Checked

        if isinstance(brought, Checked):
            self._checked(brought)
        else:
            self.archived += brought.archived
            if self.bar is not None:
                self.bar.update(self.task, description=f"checking, {self.archived} articles archived")

    def _checked(self, checked: Checked) -> None:
        if self.bar is not None:
            self.bar.advance(self.task)
        if not self.quiet and (self.bar is None or checked.outcome.value not in _GOOD):
            error = f", {checked.error}" if checked.error else ""
            say(f"{checked.source_id}: {checked.outcome.value}, {checked.listed} listed, {checked.new} new{error}")


def _report(done: Pass, as_json: bool) -> None:
    if as_json:
        put_json(
            {
                "sources": [
                    {
                        "id": one.source_id,
                        "outcome": one.outcome.value,
                        "status": one.status,
                        "listed": one.listed,
                        "new": one.new,
                        "error": one.error,
                    }
                    for one in sorted(done.checked, key=lambda one: one.source_id)
                ],
                "articles": done.read.archived,
                "developments": done.read.developments,
                "delivered": done.delivered,
                "failed": done.failed,
            }
        )
        return
    working = sum(one.outcome.value in _GOOD for one in done.checked)
    put(
        f"{working} of {len(done.checked)} sources answered, {done.read.archived} articles archived, "
        f"{done.read.developments} developments, {done.delivered} alerts delivered, {done.failed} failed"
    )
