"""`doctor`: what works and what does not, each with the command or the edit that mends it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.drawing import drawing, field, whole
from monitor.cli.opening import load_config, utc_now
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.root import FAILED, USAGE, settings_of
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.runtime.crawl import Crawler
    from monitor.runtime.finding import Finding
    from monitor.runtime.sounding import Remembered, Sounded


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("doctor")(doctor)


def doctor(
    ctx: typer.Context,
    sources: Annotated[
        bool, typer.Option("--sources", help="Also each enabled source: asked once, politely; nothing is stored.")
    ] = False,
    channels: Annotated[
        bool, typer.Option("--channels", help="Also each channel: name, connection, TLS, sign-in; nothing is sent.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Look what works: config, folders, disk, database, clock, network, screens, alerts. Nothing is changed or sent.

    Each line says ok, warn or fail, and how to mend it. Exit 1 when something failed, 2 when the config is broken.

    \b
    storywatch doctor
    storywatch doctor --sources --channels
    storywatch doctor --sources --json
    """
    from monitor.runtime.doctor import unreadable

    told = _Told(as_json)
    try:
        config = load_config(settings_of(ctx))
    except ConfigError as error:
        for one in unreadable(error.problems):
            told.hear(one)
        told.end()
        raise typer.Exit(USAGE) from None
    for one in _found(config, channels):
        told.hear(one)
    if sources:
        raise typer.Exit(_ask_sources(config, told))
    told.hear(_unknown_skew())
    raise typer.Exit(told.end())


@dataclass
class _Told:
    """What the doctor has found; on paper each line is shown as soon as it is known."""

    as_json: bool
    found: list[Finding] = dataclasses.field(default_factory=list)

    def hear(self, one: Finding, *, shown: bool = False) -> None:
        self.found.append(one)
        if not (self.as_json or shown):
            line(one)

    def end(self) -> int:
        """Write what is left to write; the exit code."""
        failed = sum(one.grade == "fail" for one in self.found)
        if self.as_json:
            put_json({"ok": not failed, "findings": [_row(one) for one in self.found]})
        if failed:
            say(f"{failed} of {len(self.found)} failed")
        return FAILED if failed else 0


def _found(config: Config, channels: bool) -> Iterator[Finding]:
    from alerts.channels import open_channels
    from monitor.runtime.doctor import general
    from monitor.runtime.probing import probed

    yield from general(config, utc_now())
    if channels:
        yield from probed(config, open_channels(config, sys.stderr))


def _unknown_skew() -> Finding:
    from monitor.runtime.source_words import clock

    return clock(None, asked=False)


def _ask_sources(config: Config, told: _Told) -> int:
    """Ask every source. The process ends soon after, so everything is said in here."""
    import asyncio

    from monitor.cli.fetching import crawl
    from monitor.runtime.sounding import remembered, shelf

    known = remembered(config, utc_now())
    robots = asyncio.run(shelf(known, utc_now))
    say(f"asking {len(config.enabled_sources)} sources, each within [fetch] timeout")
    return crawl(config, lambda crawler: _heard(crawler, config, known, told), robots)


async def _heard(crawler: Crawler, config: Config, known: Remembered, told: _Told) -> int:
    from monitor.runtime import source_words
    from monitor.runtime.sounding import heed_hosts, skew, sound

    heed_hosts(crawler, config, utc_now())
    # On a terminal each line comes as soon as it is known, a pipe gets them in the config's order.
    at_once = sys.stdout.isatty() and not told.as_json

    def heard(one: Sounded) -> None:
        if at_once:
            line(source_words.finding(one, config, known, utc_now()))

    found = await sound(crawler, config, known, heard, utc_now)
    for one in found:
        told.hear(source_words.finding(one, config, known, utc_now()), shown=at_once)
    left_out = source_words.disabled(config)
    if left_out is not None:
        told.hear(left_out)
    told.hear(source_words.clock(skew(found), asked=True))
    return told.end()


def line(one: Finding) -> None:
    """One finding on stdout; on a terminal coloured, and what mends it on a line of its own."""
    if not drawing():
        put(f"{one.grade.value:<5}{one.check}: {one.said}{f'; to mend it: {one.mend}' if one.mend else ''}")
        return
    mark = {"ok": "✓", "warn": "!", "fail": "✗"}[one.grade.value]
    field(f"{mark} {one.grade.value}", f"{one.check}: {one.said}", 6, one.grade.value)
    if one.mend:
        whole(f"→ {one.mend}", 7, "cyan")


def _row(one: Finding) -> Json:
    return {
        "check": one.check,
        "grade": one.grade.value,
        "said": one.said,
        "mend": one.mend,
        "detail": dict(one.detail),
    }
