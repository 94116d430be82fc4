"""`completion`: what a shell needs to complete commands, options and the ids of the config."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from monitor.cli.output import put

VARIABLE = "_STORYWATCH_COMPLETE"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("completion")(completion)
    app.command("manual")(manual)


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="The shell that is to complete.")],
) -> None:
    """Write the script that lets a shell complete commands, options and the ids of rules, sources and channels.

    \b
    storywatch completion bash > ~/.local/share/bash-completion/completions/storywatch
    storywatch completion zsh > ~/.zfunc/_storywatch
    storywatch completion fish > ~/.config/fish/completions/storywatch.fish
    """
    from typer._completion_shared import get_completion_script

    put(get_completion_script(prog_name="storywatch", complete_var=VARIABLE, shell=shell))


def manual(ctx: typer.Context) -> None:
    """Write the manual page: every command with its examples and options.

    \b
    storywatch manual > storywatch.1 && man ./storywatch.1
    """
    from monitor.cli.manual import page
    from monitor.cli.opening import utc_now

    sys.stdout.write(page(ctx.find_root().command, utc_now()))


def rule_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """The rules of the config that begin so."""
    return _named(ctx, "rules", incomplete)


def source_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """The sources of the config that begin so."""
    return _named(ctx, "sources", incomplete)


def channel_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """The channels of the config that begin so."""
    return _named(ctx, "channels", incomplete)


def levels(incomplete: str) -> list[str]:
    """The levels that begin so."""
    from monitor.model import Level

    return [one.value for one in Level if one.value.startswith(incomplete)]


def states(incomplete: str) -> list[str]:
    """The states of a delivery that begin so."""
    from monitor.model import DeliveryState

    return [one.value for one in DeliveryState if one.value.startswith(incomplete)]


def _named(ctx: typer.Context, table: str, incomplete: str) -> list[str]:
    """The ids in one table of the config, read as it stands: a broken config must not break a key press."""
    from monitor.config.loading import chosen_file

    said = ctx.find_root().params.get("config")
    try:
        file, _folder = chosen_file(Path(said) if said else None, os.environ, Path.cwd())
        rows: Any = tomllib.loads(file.read_text(encoding="utf-8-sig")).get(table, [])
        ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    except (OSError, ValueError, TypeError):
        return []
    return [one for one in ids if one.startswith(incomplete)]
