"""`export`: the archive for other programs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from monitor.cli import forms
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import Json, say
from monitor.cli.partial import Headless, Partial, left, written
from monitor.cli.root import PARTLY, settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    WARC = "warc"
    MD = "md"
    ATOM = "atom"


_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".csv": Format.CSV,
    ".md": Format.MD,
    ".atom": Format.ATOM,
    ".warc": Format.WARC,
    ".gz": Format.WARC,
}
_WRITERS: dict[Format, forms.Write] = {
    Format.JSONL: forms.jsonl,
    Format.CSV: forms.sheet,
    Format.MD: forms.markdown,
    Format.ATOM: forms.atom,
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("export")(export)


def export(
    ctx: typer.Context,
    target: Annotated[Path, typer.Option("-o", "--output", metavar="PATH", help='A new file; "-": stdout.')],
    form: Annotated[Format | None, typer.Option("--format", help="Default: as PATH ends, else jsonl.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2026-03-18, today, 24h, 7d ...")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Off-topic articles and the corpus, too.")] = False,
    date: Annotated[str, typer.Option("--date", metavar="DAY", help="md: the brief of a day, as on Today.")] = "",
    story: Annotated[str, typer.Option("--story", metavar="ID", help="md: one story, as at /stories/ID.md.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted export to PATH.")] = False,
) -> None:
    """Write articles (jsonl, csv, md, atom), newest first, a brief (md), or raw responses (warc) to a file.

    md and atom are for others to read: headline, link and a short excerpt, as each source's `legal` lets out.
    The file appears when it is whole. Interrupted, by Ctrl-C or a kill, it is PATH.part, and --resume goes on with it
    (jsonl, csv, atom, warc; the articles that came meanwhile are not in it).

    \b
    storywatch export --since 7d -o week.csv
    storywatch export --since today --format atom -o today.xml
    storywatch export --date yesterday -o brief.md
    storywatch export --story s3 -o story.md
    storywatch export --format warc -o evidence.warc.gz
    storywatch export --resume -o evidence.warc.gz
    """
    from monitor.inquiry.moments import moment

    config = load_config(settings_of(ctx))
    one = _one(date, story, form, since, everything)
    resumed = _left(target, one or form or since or everything) if resume else None
    wanted = Format.MD if one else form or _SUFFIXES.get(target.suffix, Format.JSONL)
    begin = moment(since, config.watch.timezone, utc_now()) if since else None
    if resumed is not None:
        wanted, everything = Format(resumed["format"]), bool(resumed["all"])
        begin = datetime.fromisoformat(resumed["since"]) if resumed["since"] else None
    start = begin.isoformat() if begin else ""
    asked = {"archive": config.archive.shown_url, "format": wanted.value, "since": start, "all": everything}
    if resumed is not None and resumed["archive"] != asked["archive"]:
        raise UsageError(f"{target} was begun from another archive ({resumed['archive']}): use that one's config")
    missed = 0
    with archive(config) as store, written(target, None if wanted is Format.MD else asked, resumed) as file:
        if one:
            file.out.write(_brief(config, store, date, story).encode("utf-8", "replace"))
        elif wanted is Format.WARC:
            missed = _raw(config, store, begin, target, file)
        else:
            _articles(config, store, begin, everything, wanted, file)
    if missed:
        raise typer.Exit(PARTLY)


def _left(target: Path, other: object) -> Json:
    if other:
        raise UsageError("--resume goes on as it was asked: give only -o PATH with it")
    return left(target)


def _one(date: str, story: str, form: Format | None, since: str, everything: bool) -> bool:
    """Whether one brief or story is asked for, and not articles. Raises UsageError for both at once."""
    if date and story:
        raise UsageError("--date is the brief of a day, --story one story: take one of them")
    if (date or story) and (form not in (None, Format.MD) or since or everything):
        raise UsageError("--date and --story are Markdown, whole: they go with no other --format, --since or --all")
    return bool(date or story)


def _brief(config: Config, store: Store, date: str, story: str) -> str:
    from monitor.inquiry import brief_text, shapes, story_text
    from monitor.inquiry.brief import brief
    from monitor.inquiry.day import day_of
    from monitor.inquiry.giving import Giver

    give, now = Giver.of(config), utc_now()
    with store.read() as tx:
        if date:
            return brief_text.markdown(brief(tx, config, day_of(date, config.watch.timezone, now)), give)
        told = story_text.told(tx, shapes.number("s", story))
    if told is None:
        raise UsageError(f"there is no story {story!r} in the archive")
    return story_text.markdown(told, give, now)


def _articles(
    config: Config, store: Store, begin: datetime | None, everything: bool, form: Format, file: Partial
) -> None:
    from monitor.cli.progress import bar
    from monitor.inquiry.export import count, rows
    from monitor.inquiry.giving import Giver
    from monitor.store.announced import archive_name

    with store.read() as tx:
        reader = forms.Reader(Giver.of(config), archive_name(tx), utc_now())
    total, seen = count(store, begin, everything=everything), [file.count]
    with bar("articles") as tell:
        found = rows(store, begin, everything=everything, after=file.after or None)
        coming = file.watched(forms.counted(found, seen, total, tell))
        if file.count:
            onward = Headless(file.out)
            _WRITERS[form](onward.begun(coming), cast(BinaryIO, onward), reader)
        else:
            _WRITERS[form](coming, file.out, reader)
    say(f"{seen[0]} articles")


def _raw(config: Config, store: Store, since: datetime | None, target: Path, file: Partial) -> int:
    from monitor.cli.progress import bar
    from monitor.inquiry.export import copy_raw

    folder = config.archive.raw_folder
    if folder is None:
        raise UsageError('[archive] warc is "": no raw responses are kept')
    with bar("raw responses") as tell:

        def told(done: int, total: int, last: int) -> None:
            tell(done, total)
            file.reached(last, done)

        copied = copy_raw(store, folder, since, target.name, file.out, utc_now(), told, (file.after, file.count))
    for why in copied.missed:
        say(f"not exported: {why}")
    say(f"{copied.records} raw responses")
    return len(copied.missed)
