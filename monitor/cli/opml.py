"""`sources import` and `sources export`: lists of subscriptions from and for other readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.opening import load_config, read_bytes
from monitor.cli.output import put, say
from monitor.cli.root import settings_of
from monitor.cli.sources import app
from monitor.errors import ParseError, UsageError


@app.command("import")
def import_sources(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", help='An OPML list; "-" reads stdin.')],
) -> None:
    """Print config blocks for the feeds of an OPML list. Nothing is asked and nothing is changed: paste what you want.

    \b
    storywatch sources import feeds.opml >> storywatch.toml
    """
    from monitor.config.blocks import source_block, source_id
    from monitor.netguard import Allow
    from spiders.kinds import KINDS
    from spiders.opml import read_opml

    config = load_config(settings_of(ctx))
    try:
        found, skipped = read_opml(read_bytes(file), KINDS, Allow.parse(config.fetch.allow_private))
    except ParseError as error:
        raise UsageError(f"{file}: {error}") from None
    known = {source.url for source in config.sources}
    ids = {source.id for source in config.sources}
    new = [one for one in found if one.url not in known]
    skipped = (*skipped, *(f"{one.name or one.url}: in the config already" for one in found if one.url in known))
    for one in new:
        chosen = source_id(one.name, one.url, ids)
        ids.add(chosen)
        language = [one.language] if one.language else []
        values = {"id": chosen, "name": one.name, "kind": one.kind, "url": one.url, "language": language}
        put(source_block(values) + "\n")
    for why in skipped:
        say(f"skipped: {why}")
    say(f"{len(new)} to paste into the config, {len(skipped)} skipped")


@app.command("export")
def export_sources(ctx: typer.Context) -> None:
    """Write the sources of the config as an OPML 2.0 list to stdout.

    \b
    storywatch sources export > sources.opml
    """
    from spiders.opml import write_opml

    config = load_config(settings_of(ctx))
    put(write_opml(config.watch.title, config.sources).decode().rstrip("\n"))
