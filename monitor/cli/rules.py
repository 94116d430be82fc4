"""`rules list` and `rules test`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import load_config, read_bytes, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, page, put, put_json, put_jsonl
from monitor.cli.root import settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Hit, Rule
    from monitor.query import Compiled

app = typer.Typer(rich_markup_mode=None)
_PAGES = (".html", ".htm", ".xhtml")


@app.command("list")
def list_rules(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the rules with their expanded forms.

    \b
    storywatch rules list
    storywatch rules list --jsonl | jq -r .id
    """
    form = Form.of(as_json, as_jsonl, limit)
    config = load_config(settings_of(ctx))
    rows, more = page([_row(rule, config) for rule in config.rules], form.limit, after)
    if form.json or form.jsonl:
        form.put(rows, more, (), ())
        return
    for row in rows:
        put(f"{row['id']}  ({row['severity']}, {row['alert']}, {', '.join(row['channels']) or 'all channels'})")
        put(f"  {row['query']}")
        put("\n".join(f"    {line}" for line in row["expanded"].splitlines()) + "\n")
    form.put((), more, (), ())


def _row(rule: Rule, config: Config) -> Json:
    from monitor.query import compile_query, explain

    compiled = compile_query(rule.query, config.lists)
    return {
        "id": rule.id,
        "query": rule.query,
        "expanded": explain(compiled),
        "revision": compiled.revision,
        "channels": list(rule.channels),
        "alert": rule.alert.value,
        "severity": rule.severity.value,
    }


@app.command("test")
def test_query(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As in a rule; @lists of the config may be used.")],
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="More files for --text.")] = None,
    text: Annotated[
        list[Path] | None,
        typer.Option("--text", metavar="FILE...", help="A text or page, - for stdin."),
    ] = None,
    title_line: Annotated[bool, typer.Option("--title-line", help="A text's first line is its title.")] = False,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
) -> None:
    """Hold a query against files and show where it hits. Offsets count characters of the file's text.

    \b
    storywatch rules test '@blacksea NEAR/12 @ceasefire' --text one.txt two.txt
    storywatch rules test 'title:truce' --title-line --text *.txt --json
    """
    from monitor.query import compile_query

    form = Form.of(as_json, as_jsonl)
    paths = [*(text or ()), *(files or ())]
    if not paths:
        raise UsageError("name the texts to hold the query against: --text FILE...")
    compiled = compile_query(query, load_config(settings_of(ctx)).lists)
    found = [_tested(path, compiled, title_line) for path in paths]
    if form.json:
        put_json(found)
    elif form.jsonl:
        put_jsonl(found)
    else:
        for row in found:
            _tell(row)


def _tested(path: Path, compiled: Compiled, title_line: bool) -> Json:
    from monitor.query import analyse, match

    title, body, shift = _read(path, title_line)
    hits = match(compiled, analyse(title, body))
    return {
        "file": str(path),
        "match": hits is not None,
        "hits": [_hit(one, shift if one.field == "body" else 0) for one in hits or ()],
    }


def _read(path: Path, title_line: bool) -> tuple[str, str, int]:
    """Title, body and where the body begins in the text: pages are extracted, texts are taken exactly as given."""
    data = read_bytes(path)
    if path.suffix.lower() in _PAGES:
        from spiders.files import document_from_file

        document = document_from_file(path.name, data, utc_now())
        return document.title, document.text, 0
    text = data.decode("utf-8", "replace")
    if not title_line:
        return "", text, 0
    title, end, body = text.partition("\n")
    return title, body, len(title) + len(end)


def _hit(hit: Hit, shift: int) -> Json:
    return {
        "field": hit.field,
        "start": hit.start + shift,
        "end": hit.end + shift,
        "text": hit.text,
        "term": hit.term,
    }


def _tell(row: Json) -> None:
    put(f"{row['file']}: {'match' if row['match'] else 'no match'}")
    for hit in row["hits"]:
        words = " ".join(hit["text"].split())
        put(f"  {hit['field']} {hit['start']}-{hit['end']}: {words}   ({hit['term']})")
