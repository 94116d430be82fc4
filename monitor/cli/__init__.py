"""The command line: one module per group of commands. Heavy imports wait until a command needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.cli import (
    alerts,
    backup,
    checking,
    completing,
    corpus,
    demo,
    diffing,
    doctor,
    export,
    indexing,
    judging,
    muting,
    opml,
    passes,
    reading,
    reviewing,
    rules,
    running,
    serving,
    stories,
    upkeep,
    verify,
    voting,
)
from monitor.cli.manual import lead_with_examples
from monitor.cli.root import Root, Settings

_EPILOG = (
    "--config, --quiet, -v and --debug may stand anywhere. Exit codes: 0 ok, 1 error, 2 usage or config, "
    "3 partly failed, 130 interrupted."
)

app = typer.Typer(
    cls=Root,
    name="storywatch",
    epilog=_EPILOG,
    no_args_is_help=True,
    # Plain help costs 0.1 s, drawn help 0.2 s more; tracebacks that show local variables would show secrets.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"storywatch {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Config file; else STORYWATCH_CONFIG, else ./storywatch.toml."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, show_default=False, help="Say more.")] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Follow one running news story and be told, once, when something new happens in it.

    \b
    storywatch run                          # the daemon, on the built-in watch
    storywatch check                        # is the config understood?
    storywatch doctor --sources             # what works, and how to mend what does not
    storywatch search 'truce NEAR/5 sea'    # look into the archive
    storywatch why a12                      # why did this article (not) alert?
    """
    del version
    ctx.obj = Settings(config, quiet, verbose, debug)


for group in (
    running,
    passes,
    serving,
    demo,
    checking,
    doctor,
    reading,
    diffing,
    judging,
    reviewing,
    export,
    verify,
    backup,
    upkeep,
    indexing,
    voting,
    completing,
):
    group.register(app)
for group, name, what in (
    (rules, "rules", "The tracked rules: list them, try a query."),
    (opml, "sources", "The sources: list them, show one, test an address, import and export."),
    (corpus, "corpus", "What was known before the start."),
    (stories, "stories", "Stories: list them, show one, merge and split by hand."),
    (muting, "mute", "Mutes: hear nothing of a story, source or rule until a time."),
    (alerts, "alerts", "Alerts and their deliveries: list, resend, test a channel."),
):
    app.add_typer(group.app, name=name, help=what, no_args_is_help=True)
lead_with_examples(app)
