"""`corpus add` and `corpus list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.judging import read_document
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, page, put, put_json, say
from monitor.cli.root import FAILED, PARTLY, settings_of
from monitor.errors import ParseError, UsageError

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
    from monitor.watch import compile_watch, files_under

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(missing)}")
    files = [file for path in paths for file in files_under(path)]
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


@app.command("list")
def list_corpus(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the known articles that the archive holds.

    \b
    storywatch corpus list
    storywatch corpus list --jsonl
    """
    from monitor.store import articles

    form = Form.of(as_json, as_jsonl, limit)
    with archive(load_config(settings_of(ctx))) as store, store.read() as tx:
        known = articles.corpus(tx)
    rows = [{"id": f"a{one.article_id}", "title": one.title, "url": one.url} for one in known]
    shown, more = page(rows, form.limit, after)
    form.put(shown, more, ("id", "title", "url"), ("id", "title", "url"))
