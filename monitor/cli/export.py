"""`export`: the archive for other programs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import Json, cell, say
from monitor.cli.root import PARTLY, settings_of
from monitor.errors import StoreError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.store import Store


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    WARC = "warc"
    MD = "md"


_SUFFIXES = {".jsonl": Format.JSONL, ".csv": Format.CSV, ".md": Format.MD, ".warc": Format.WARC, ".gz": Format.WARC}
_COLUMNS = (
    "id", "first_seen", "published", "source", "level", "language", "title", "url", "author", "story", "rules",
    "alerted", "partial", "on_topic", "origin", "versions", "modified", "site", "canonical", "paywalled", "method",
    "text",
)  # fmt: skip
# What a spreadsheet takes for a formula, also behind blanks and in the full width of East Asian keyboards.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LINE_MARKS = re.compile(r"^(\s*)([-+=:]|\d+(?=[.)]))", re.MULTILINE)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("export")(export)


def export(
    ctx: typer.Context,
    target: Annotated[Path, typer.Option("-o", "--output", metavar="PATH", help='A new file; "-": stdout.')],
    form: Annotated[Format | None, typer.Option("--format", help="Default: as PATH ends, else jsonl.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2026-03-18, today, 24h, 7d ...")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Off-topic articles and the corpus, too.")] = False,
) -> None:
    """Write articles (jsonl, csv, md), newest first, or their raw responses (warc) to a file.

    \b
    storywatch export --since 7d -o week.csv
    storywatch export --format warc -o evidence.warc.gz
    """
    from monitor.inquiry.export import rows
    from monitor.inquiry.moments import moment

    config = load_config(settings_of(ctx))
    wanted = form or _SUFFIXES.get(target.suffix, Format.JSONL)
    begin = moment(since, config.watch.timezone, utc_now()) if since else None
    with archive(config) as store, _written(target) as out:
        if wanted is Format.WARC:
            missed = _raw(config, store, begin, target, out)
        else:
            missed = 0
            count = _WRITERS[wanted](rows(store, begin, everything=everything), out)
            say(f"{count} articles")
    if missed:
        raise typer.Exit(PARTLY)


def _raw(config: Config, store: Store, since: datetime | None, target: Path, out: BinaryIO) -> int:
    from monitor.inquiry.export import copy_raw

    folder = config.archive.raw_folder
    if folder is None:
        raise UsageError('[archive] warc is "": no raw responses are kept')
    copied = copy_raw(store, folder, since, target.name, out, utc_now())
    for why in copied.missed:
        say(f"not exported: {why}")
    say(f"{copied.records} raw responses")
    return len(copied.missed)


@contextlib.contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """A new file that appears under its name only when it is complete; "-" is stdout."""
    if str(target) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if target.exists():
        raise UsageError(f"{target} exists: choose another name")
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as out:
            part.chmod(0o600)
            yield out
        part.rename(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _jsonl(rows: Iterable[Json], out: BinaryIO) -> int:
    count = 0
    for row in rows:
        count += 1
        out.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return count


def _csv(rows: Iterable[Json], out: BinaryIO) -> int:
    count = 0
    text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in rows:
        count += 1
        writer.writerow([_harmless(cell(row, name)) for name in _COLUMNS])
    text.detach()
    return count


def _harmless(text: str) -> str:
    """A cell that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _md(rows: Iterable[Json], out: BinaryIO) -> int:
    count = 0
    for row in rows:
        count += 1
        facts = (row["source"], row["published"] or row["first_seen"], row["level"], ", ".join(row["rules"]))
        parts = [
            f"## {_plain(row['title'] or '(no title)')}",
            f"{row['id']} · " + " · ".join(_plain(fact) for fact in facts if fact),
            # In a code span nothing is an address that a click follows, and nothing is markup.
            f"`{row['url'].replace('`', '%60')}`",
            _plain(row["text"]),
        ]
        out.write(("\n\n".join(parts) + "\n\n").encode("utf-8", "replace"))
    return count


def _plain(text: str) -> str:
    """Text that stays text in Markdown."""
    marked = _MARKS.sub(r"\\\1", text)
    return _LINE_MARKS.sub(lambda found: f"{found[1]}{_line_mark(found[2])}", marked)


def _line_mark(mark: str) -> str:
    # A digit cannot be escaped, but the point behind it can.
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


_WRITERS = {Format.JSONL: _jsonl, Format.CSV: _csv, Format.MD: _md}
