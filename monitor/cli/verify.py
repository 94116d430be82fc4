"""`verify`: whether the archive is what was recorded."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.progress import bar
from monitor.cli.root import FAILED, settings_of
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.store import Store
    from monitor.store.verify import Verdict

_NOTED = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("verify")(verify)


def verify(
    ctx: typer.Context,
    copy: Annotated[Path | None, typer.Argument(metavar="[COPY]", help="A backup file instead of the archive.")] = None,
    raw: Annotated[Path | None, typer.Option("--raw", metavar="FOLDER", help="Where the raw responses lie.")] = None,
    rows_only: Annotated[bool, typer.Option("--rows-only", help="Leave the raw responses out.")] = False,
    noted: Annotated[str, typer.Option("--head", metavar="N:HEX", help="The head of an earlier verify.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Find every changed byte of what was recorded: offline, read-only, beside the daemon or on a copy.

    \b
    storywatch verify
    storywatch verify /backups/storywatch.db --raw /backups/warc
    """
    from monitor.store.verify import verify as check

    found = _NOTED.fullmatch(noted)
    if noted and found is None:
        raise typer.BadParameter("write it as `verify` shows it: number:64 hex digits", param_hint="--head")
    config = load_config(settings_of(ctx)).archive
    url = config.url if copy is None else f"sqlite:///{copy.absolute()}"
    file = config.file if copy is None else copy
    if file is not None and not file.exists():
        raise StoreError(f"there is no archive at {file}")
    folder = None if rows_only else raw or config.raw_folder or Path("warc")
    with _opened(url) as store, bar("verifying") as tell:
        verdict = check(store, folder, tell, noted=(int(found[1]), found[2]) if found else None)
    _tell(verdict, as_json)
    if verdict.faults:
        raise typer.Exit(FAILED)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Store]:
    from monitor.store import open_store

    with contextlib.closing(open_store(url, create=False)) as store:
        yield store


def _tell(verdict: Verdict, as_json: bool) -> None:
    position, chain = verdict.head
    if as_json:
        put_json(_document(verdict))
        return
    for one in verdict.faults:
        put(f"{one.what}: {one.message}")
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(verdict.checked.items())) or "nothing"
    say(f"checked: {counted}; {verdict.read} bytes of raw records; {verdict.expired} raw records have expired")
    count = len(verdict.faults)
    say(f"{count} difference{'s' if count > 1 else ''} found" if count else "nothing was changed")
    if position:
        put(f"head {position}:{chain}")


def _document(verdict: Verdict) -> Json:
    position, chain = verdict.head
    return {
        "ok": not verdict.faults,
        "checked": dict(sorted(verdict.checked.items())),
        "raw_bytes": verdict.read,
        "expired": verdict.expired,
        "head": f"{position}:{chain}" if position else None,
        "faults": [{"what": one.what, "seal": one.position or None, "message": one.message} for one in verdict.faults],
    }
