"""`doctor`: what works and what does not, each with the command or the edit that mends it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import load_config, utc_now
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.root import FAILED, USAGE, settings_of
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.runtime.doctor import Finding


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("doctor")(doctor)


def doctor(
    ctx: typer.Context,
    channels: Annotated[
        bool, typer.Option("--channels", help="Also each channel: name, connection, TLS, sign-in; nothing is sent.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Look what works: config, folders, disk, database, clock, stuck alerts. Nothing is changed or sent.

    \b
    storywatch doctor
    storywatch doctor --channels
    """
    from monitor.runtime.doctor import Grade, unreadable

    try:
        config = load_config(settings_of(ctx))
    except ConfigError as error:
        broken = unreadable(error.problems)
        _tell(broken, as_json)
        raise typer.Exit(USAGE) from None
    found = []
    for one in _found(config, channels):
        found.append(one)
        if not as_json:
            _line(one)
    if as_json:
        _tell(found, as_json)
    failed = sum(one.grade is Grade.FAIL for one in found)
    if failed:
        say(f"{failed} of {len(found)} failed")
        raise typer.Exit(FAILED)


def _found(config: Config, channels: bool) -> Iterator[Finding]:
    from alerts.channels import open_channels
    from monitor.runtime.doctor import general
    from monitor.runtime.probing import probed

    yield from general(config, utc_now())
    if channels:
        yield from probed(config, open_channels(config, sys.stderr))


def _tell(found: list[Finding], as_json: bool) -> None:
    if as_json:
        well = all(one.grade != "fail" for one in found)
        put_json({"ok": well, "findings": [_row(one) for one in found]})
        return
    for one in found:
        _line(one)


def _line(one: Finding) -> None:
    put(f"{one.grade.value:<5}{one.check}: {one.said}{f'; to mend it: {one.mend}' if one.mend else ''}")


def _row(one: Finding) -> Json:
    return {"check": one.check, "grade": one.grade.value, "said": one.said, "mend": one.mend}
