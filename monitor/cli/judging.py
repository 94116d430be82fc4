"""`compare` and `extract`: what the machinery makes of files, without storing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.evidence import evidence_lines
from monitor.cli.opening import archive, load_config, read_bytes, utc_now
from monitor.cli.output import JSON, JSONL, Form, Json, put, put_json, put_jsonl, say
from monitor.cli.root import FAILED, PARTLY, settings_of
from monitor.errors import ParseError, UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Document, Known
    from monitor.runtime.crawl import Crawler

Named = tuple[str, "Document"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("compare")(compare)
    app.command("extract")(extract)


def compare(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Texts or pages to judge.")],
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="PATH", help="Known files or folders; default: the config's corpus and fingerprints."
        ),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
) -> None:
    """Judge files against what is known: copy, extended, new ... Nothing is stored.

    \b
    storywatch compare new-report.html
    storywatch compare draft.txt --against wires/ --json
    """
    from monitor.inquiry.compare import compare as judge
    from monitor.novelty import Memory, encoder
    from monitor.watch import limits_of, read_memory

    form = Form.of(as_json, as_jsonl)
    config = load_config(settings_of(ctx))
    documents = _documents(files)
    memory = Memory() if against else read_memory(config)
    known = _documents(_files(against)) if against else _corpus(config)
    if not known and not memory.documents:
        raise UsageError("there is no corpus to compare with: name known files with --against PATH")
    found = judge(documents, known, limits_of(config), memory, encoder())
    if form.json:
        put_json(found)
    elif form.jsonl:
        put_jsonl(found)
    else:
        for row in found:
            _tell(row)


def _files(paths: Sequence[Path]) -> list[Path]:
    from monitor.watch import files_under

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(missing)}")
    return [file for path in paths for file in files_under(path)]


def _documents(paths: Sequence[Path]) -> list[Named]:
    return [(str(path), read_document(path)) for path in paths]


def read_document(path: Path, url: str = "") -> Document:
    """The article in a file. Raises UsageError when it cannot be opened, ParseError (naming it) when it is none."""
    from spiders.files import document_from_file

    data = read_bytes(path)
    try:
        return document_from_file(path.name, data, utc_now(), url=url)
    except ParseError as error:
        raise ParseError(f"{path}: {error}") from None


def _corpus(config: Config) -> list[Named]:
    """The files of [corpus] paths, else what `corpus add` put into the archive."""
    from monitor.watch import corpus_files

    files = corpus_files(config)
    return _documents(files) if files else _archived(config)


def _archived(config: Config) -> list[Named]:
    from monitor.store import articles

    file = config.archive.file
    if file is not None and not file.exists():
        return []
    with archive(config) as store, store.read() as tx:
        known = articles.corpus(tx)
    return [(f"a{one.article_id}", _document(one)) for one in known]


def _document(known: Known) -> Document:
    from monitor.model import Document

    return Document(known.url, known.title, known.text, published=known.published, language=known.language)


def _tell(row: Json) -> None:
    put(f"{row['file']}: {row['level']}")
    for line in evidence_lines(row):
        put(f"  {line}")


def extract(
    ctx: typer.Context,
    pages: Annotated[list[str], typer.Argument(metavar="FILE_OR_URL...", help="Pages to read.")],
    url: Annotated[str, typer.Option("--url", metavar="URL", help="The address that a single file came from.")] = "",
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
) -> None:
    """Show what extraction sees in pages: title, text, author, dates. A page that has no article is told, exit 3.

    \b
    storywatch extract saved-page.html --url https://news.example/story
    storywatch extract https://news.example/story --json
    """
    form = Form.of(as_json, as_jsonl)
    if url and len(pages) > 1:
        raise UsageError("--url is the address of a single file")
    urls = [page for page in pages if page.startswith(("http://", "https://"))]
    if not urls:
        raise typer.Exit(_extract_all(pages, lambda page: read_document(Path(page), url), form))
    from monitor.cli.fetching import crawl, fetch_pages, page_document

    async def work(crawler: Crawler) -> int:
        fetched = await fetch_pages(crawler, urls)
        return _extract_all(
            pages, lambda page: page_document(fetched[page]) if page in fetched else read_document(Path(page)), form
        )

    raise typer.Exit(crawl(load_config(settings_of(ctx)), work))


def _extract_all(pages: Sequence[str], read: Callable[[str], Document], form: Form) -> int:
    """Extract and write every page, one that has no article with its error; returns the exit code."""
    from monitor.model import Document

    rows: list[Json] = []
    for page in pages:
        try:
            rows.append(_extracted(page, read(page)))
        except (ParseError, UsageError) as error:
            say(f"error: {error}")
            rows.append(_extracted(page, Document("", "", "")) | {"error": str(error)})
    found = [row for row in rows if "error" not in row]
    if form.json:
        put_json(rows)
    elif form.jsonl:
        put_jsonl(rows)
    else:
        for row in found:
            _tell_page(row)
    if len(found) == len(rows):
        return 0
    return PARTLY if found else FAILED


def _extracted(page: str, document: Document) -> Json:
    from monitor.inquiry.shapes import stamp

    return {
        "file": page,
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "author": document.author,
        "published": stamp(document.published),
        "modified": stamp(document.modified),
        "language": document.language,
        "site": document.site,
        "canonical": document.canonical,
        "paywalled": document.paywalled,
        "method": document.method,
    }


def _tell_page(row: Json) -> None:
    put(row["title"] or "(no title)")
    for key in ("file", "url", "site", "author", "published", "modified", "language", "method"):
        if row[key]:
            put(f"{key:10} {row[key]}")
    if row["paywalled"]:
        put("paywalled  yes: only a part can be read")
    put(f"\n{row['text']}\n")
