"""`corpus add`, `corpus list` and `corpus fingerprint`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.judging import read_document
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, page, put, put_json, say
from monitor.cli.root import FAILED, PARTLY, settings_of
from monitor.errors import ParseError, UsageError

if TYPE_CHECKING:
    from monitor.model import Document, Known

app = typer.Typer(rich_markup_mode=None)


@app.command("add")
def add(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders of .txt .html .md.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take known articles into the archive: what they tell is no news. The same text twice is taken once.

    \b
    storywatch corpus add seeds/
    storywatch corpus add background.html notes.md
    """
    from monitor.pipeline import learn
    from monitor.watch import compile_watch

    files = _files(paths)
    config = load_config(settings_of(ctx))
    watch = compile_watch(config)
    rows: list[Json] = []
    with archive(config, create=True) as store:
        for file in files:
            try:
                document = read_document(file)
            except ParseError as error:
                say(f"error: {error}")
                continue
            learnt = learn(store, watch, document, utc_now())
            rows.append(
                {"file": str(file), "id": f"a{learnt.article_id}", "title": document.title, "new": learnt.recorded}
            )
    if as_json:
        put_json(rows)
    for row in rows if not as_json else ():
        put(f"{row['id']}\t{'added' if row['new'] else 'known'}\t{row['title']}\t{row['file']}")
    if len(rows) < len(files) or not files:
        raise typer.Exit(PARTLY if rows else FAILED)


def _files(paths: Sequence[Path]) -> list[Path]:
    from monitor.watch import files_under

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(missing)}")
    return [file for path in paths for file in files_under(path)]


@app.command("list")
def list_corpus(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the known articles that the archive holds, then those that the config's fingerprints tell of.

    \b
    storywatch corpus list
    storywatch corpus list --jsonl
    """
    from monitor.store import articles
    from monitor.watch import read_memory

    form = Form.of(as_json, as_jsonl, limit)
    config = load_config(settings_of(ctx))
    memory = read_memory(config)
    file = config.archive.file
    known: tuple[Known, ...] = ()
    if not memory.documents or file is None or file.exists():
        with archive(config) as store, store.read() as tx:
            known = articles.corpus(tx)
    rows = [{"id": f"a{one.article_id}", "title": one.title, "url": one.url} for one in known]
    rows += [
        {"id": f"f{number}", "title": one.title, "url": ""} for number, one in enumerate(memory.documents, start=1)
    ]
    shown, more = page(rows, form.limit, after)
    form.put(shown, more, ("id", "title", "url"), ("id", "title", "url"))


@app.command("fingerprint")
def fingerprint(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders of .txt .html .md.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    published: Annotated[
        datetime | None,
        typer.Option("--published", formats=["%Y-%m-%d"], help="The day of those texts that name none."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it is there.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write what articles are recognised by, without their text, for [corpus] fingerprints of any config.

    \b
    storywatch corpus fingerprint seeds/ -o seeds.fp
    storywatch corpus fingerprint a.html b.md -o known.fp --published 2025-03-19
    """
    from monitor.novelty import write_fingerprint

    if output.exists() and not force:
        raise UsageError(f"{output} is there already: name another file, or replace it with --force")
    day = None if published is None else published.replace(tzinfo=UTC)
    known = _readable(_files(paths), day, settings_of(ctx).quiet)
    if not known:
        raise typer.Exit(FAILED)
    try:
        data = write_fingerprint(known)
        output.write_bytes(data)
    except ValueError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    row: Json = {"file": str(output), "bytes": len(data), "documents": len(known)}
    if as_json:
        put_json(row)
    else:
        put(f"{output}: {len(known)} documents in {len(data):,} bytes")


def _readable(files: Sequence[Path], day: datetime | None, quiet: bool) -> list[Document]:
    """The articles in these files, those that name no day of `day`; says which file it reads, and which is none."""
    found = []
    for number, file in enumerate(files, start=1):
        if not quiet:
            say(f"{number} of {len(files)}: {file}")
        try:
            document = read_document(file)
        except ParseError as error:
            say(f"error: {error}")
            continue
        found.append(replace(document, published=document.published or day))
    return found
