"""`fetch` and `backfill`: one pass instead of the daemon, with its progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.completing import source_ids
from monitor.cli.naming import unknown
from monitor.cli.opening import load_config, utc_now
from monitor.cli.output import JSON, put, put_json, say
from monitor.cli.root import PARTLY, Settings, settings_of
from monitor.cli.running import start_logs
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.pipeline import Checked
    from monitor.pipeline.backfill import Brought
    from monitor.runtime.jobs import Read
    from monitor.runtime.once import Pass

_GOOD = ("ok", "unchanged")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("fetch")(fetch)
    app.command("backfill")(backfill)


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

    settings = settings_of(ctx)
    config = _config(settings, source or ())

    async def once(told: Progress) -> Pass:
        # Data goes to stdout: with --json the console channel talks on stderr.
        return await fetch_once(config, source or (), told, sys.stderr if as_json else None)

    raise typer.Exit(_ran(once, Progress(config, source or (), settings, "checking"), as_json))


def backfill(
    ctx: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="ID", autocompletion=source_ids, help="Only this source; may be repeated."),
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2026-03-18, today, 24h, 7d ...")] = "7d",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Ask the sites (sitemaps, second pages) for what they published before and the archive does not have.

    It is read, judged and told in one summary, like a first import. Interrupted, the next call goes on.

    \b
    storywatch backfill --since 7d
    storywatch backfill --source kyiv-independent --since 2026-03-18
    """
    from monitor.inquiry.moments import moment
    from monitor.runtime.once import backfill_once

    settings = settings_of(ctx)
    config = _config(settings, source or ())
    begin = moment(since, config.watch.timezone, utc_now())

    async def once(told: Progress) -> Pass:
        return await backfill_once(config, source or (), begin, told, sys.stderr if as_json else None)

    raise typer.Exit(_ran(once, Progress(config, source or (), settings, "asking"), as_json))


def _config(settings: Settings, named: Sequence[str]) -> Config:
    """The config, with logs set up. Raises UsageError for a source that it does not have."""
    config = load_config(settings)
    known = [one.id for one in config.sources]
    for one in named:
        if one not in known:
            raise UsageError(unknown("source", one, known, "storywatch sources list"))
    start_logs(config, Settings(settings.config, settings.verbose == 0, settings.verbose, settings.debug))
    return config


def _ran(once: Callable[[Progress], Coroutine[Any, Any, Pass]], progress: Progress, as_json: bool) -> int:
    """Make a pass and say what it did; returns the exit code."""
    from monitor.runtime.reactor import run as run_loop

    async def main() -> int:
        with progress as told:
            done = await once(told)
        _report(done, as_json)
        partly = done.failed or done.broken or any(checked.outcome.value not in _GOOD for checked in done.checked)
        return PARTLY if partly else 0

    return run_loop(main())


class Progress:
    """Progress of a pass on stderr: a bar on a terminal, a line per source otherwise, nothing when quiet."""

    def __init__(self, config: Config, named: Sequence[str], settings: Settings, doing: str) -> None:
        """`doing`: a word for what is done with each source."""
        self.doing = doing
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
            self.task = self.bar.add_task(self.doing, total=self.total)
        return self

    def __exit__(self, *_raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, brought: Checked | Read | Brought) -> None:
        from monitor.pipeline import Checked
        from monitor.pipeline.backfill import Brought

        match brought:
            case Checked():
                error = f", {brought.error}" if brought.error else ""
                said = f"{brought.outcome.value}, {brought.listed} listed, {brought.new} new{error}"
                self._done(brought.source_id, said, brought.outcome.value not in _GOOD)
            case Brought():
                # What was found is still to be read.
                self.total += brought.new
                self._done(brought.source_id, "; ".join(brought.answers), not brought.new)
            case _:
                self._read(brought)

    def _read(self, read: Read) -> None:
        self.archived += read.archived
        if self.bar is not None:
            done = read.archived + read.failed if self.doing == "asking" else 0
            said = f"{self.doing}, {self.archived} articles archived"
            self.bar.update(self.task, description=said, advance=done)

    def _done(self, source_id: str, said: str, notable: bool) -> None:
        if self.bar is not None:
            self.bar.update(self.task, advance=1, total=self.total)
        if not self.quiet and (self.bar is None or notable):
            say(f"{source_id}: {said}")


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
                **({"asked": [asdict(one) for one in done.brought]} if done.brought else {}),
                "articles": done.read.archived,
                "developments": done.read.developments,
                "delivered": done.delivered,
                "failed": done.failed,
            }
        )
        return
    if done.brought:
        put(
            f"{sum(one.new for one in done.brought)} addresses found at {len(done.brought)} sources, "
            f"{done.read.archived} articles archived, {done.read.failed} not readable, "
            f"{done.read.developments} developments"
        )
        return
    working = sum(one.outcome.value in _GOOD for one in done.checked)
    put(
        f"{working} of {len(done.checked)} sources answered, {done.read.archived} articles archived, "
        f"{done.read.developments} developments, {done.delivered} alerts delivered, {done.failed} failed"
    )
