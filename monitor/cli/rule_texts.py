"""`rules test`: queries and rules held against texts, for a person or for a user's own CI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import load_config, read_bytes, utc_now
from monitor.cli.output import JSON, JSONL, Form, Json, put, put_json, put_jsonl, say
from monitor.cli.root import FAILED, settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.model import Hit
    from monitor.query import Compiled
    from monitor.watch import Watch

_PAGES = (".html", ".htm", ".xhtml")
_EXPECTED = {"match": True, "none": False}


def test_query(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="[QUERY]", help="As in a rule, @lists of the config and all.")] = "",
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="More files for --text.")] = None,
    text: Annotated[
        list[Path] | None,
        typer.Option("--text", metavar="FILE...", help="A text or page, - for stdin."),
    ] = None,
    title_line: Annotated[bool, typer.Option("--title-line", help="A text's first line is its title.")] = False,
    expect: Annotated[
        str, typer.Option("--expect", metavar="match|none", help="Exit 1 when a file is not as expected.")
    ] = "",
    pack: Annotated[
        Path | None, typer.Option("--pack", metavar="FILE", help="Instead: cases with the rules that each must match.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
) -> None:
    """Hold a query against files and show where it hits. Offsets count characters of the file's text.

    With --expect or --pack the exit code says whether all is as expected: 0 yes, 1 no, 2 it could not be asked.

    \b
    storywatch rules test '@blacksea NEAR/12 @ceasefire' --text one.txt two.txt
    storywatch rules test 'title:truce' --title-line --text *.txt --json
    storywatch rules test '@blacksea' --text sport.txt --expect none
    storywatch rules test --pack expected.toml
    """
    from monitor.query import compile_query
    from monitor.watch import compile_watch

    form = Form.of(as_json, as_jsonl)
    paths = [*(text or ()), *(files or ())]
    if expect and expect not in _EXPECTED:
        raise typer.BadParameter("it is match or none", param_hint="--expect")
    if pack is not None:
        if query or paths or expect or title_line:
            raise UsageError("a pack says itself which texts and rules: give nothing beside --pack FILE")
        _test_pack(compile_watch(load_config(settings_of(ctx))), pack, form)
        return
    if not query or not paths:
        raise UsageError("say what to hold against which texts: QUERY --text FILE..., or --pack FILE")
    compiled = compile_query(query, load_config(settings_of(ctx)).lists)
    found = [_tested(path, compiled, title_line) for path in paths]
    _put(found, form)
    wrong = [row["file"] for row in found if expect and row["match"] is not _EXPECTED[expect]]
    for file in wrong:
        say(f"{file}: {'no match, expected one' if _EXPECTED[expect] else 'a match, expected none'}")
    if wrong:
        raise typer.Exit(FAILED)


def _put(found: list[Json], form: Form) -> None:
    if form.json:
        put_json(found)
    elif form.jsonl:
        put_jsonl(found)
    else:
        for row in found:
            _tell(row)


def _test_pack(watch: Watch, pack: Path, form: Form) -> None:
    from monitor.cli.rule_packs import judged, put_judged, read_pack

    rows = judged(watch, read_pack(pack))
    put_judged(rows, form)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(FAILED)


def _tested(path: Path, compiled: Compiled, title_line: bool) -> Json:
    from monitor.query import analyse, match

    title, body, shift, captions = read_text(path, title_line)
    hits = match(compiled, analyse(title, body, captions))
    return {
        "file": str(path),
        "match": hits is not None,
        "hits": [_hit(one, shift if one.field == "body" else 0) for one in hits or ()],
    }


def read_text(path: Path, title_line: bool) -> tuple[str, str, int, int]:
    """Title, body, where the body begins in the text, and how much of its end is captions.

    Pages are extracted, texts are taken exactly as given.
    """
    data = read_bytes(path)
    if path.suffix.lower() in _PAGES:
        from spiders.files import document_from_file

        document = document_from_file(path.name, data, utc_now())
        return document.title, document.text, 0, document.captions
    text = data.decode("utf-8", "replace")
    if not title_line:
        return "", text, 0, 0
    title, end, body = text.partition("\n")
    return title, body, len(title) + len(end), 0


def _hit(hit: Hit, shift: int) -> Json:
    from monitor.inquiry import shapes

    cue = None if hit.cue is None else replace(hit.cue, start=hit.cue.start + shift, end=hit.cue.end + shift)
    return shapes.hit(replace(hit, start=hit.start + shift, end=hit.end + shift, cue=cue))


def _tell(row: Json) -> None:
    put(f"{row['file']}: {'match' if row['match'] else 'no match'}")
    for hit in row["hits"]:
        words = " ".join(hit["text"].split())
        put(f"  {hit['field']} {hit['start']}-{hit['end']}: {words}   ({hit['term']})")
