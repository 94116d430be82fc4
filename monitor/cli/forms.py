"""Articles as lines of JSON, as a sheet, as Markdown and as an Atom feed, each written while it is read."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from monitor.cli.output import Json, cell

if TYPE_CHECKING:
    from monitor.inquiry.giving import Giver
    from monitor.web.atom import Entry

_COLUMNS = (
    "id", "first_seen", "published", "source", "level", "language", "title", "url", "author", "story", "rules",
    "alerted", "partial", "on_topic", "origin", "versions", "modified", "site", "canonical", "paywalled", "method",
    "text",
)  # fmt: skip
# What a spreadsheet takes for a formula, also behind blanks and in the full width of East Asian keyboards.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom an export is: what may be given out, the archive's own name, and the time."""

    give: Giver
    archive: str
    now: datetime


Write = Callable[[Iterable[Json], BinaryIO, Reader], None]


def jsonl(rows: Iterable[Json], out: BinaryIO, _reader: Reader) -> None:
    """An article a line, whole."""
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def sheet(rows: Iterable[Json], out: BinaryIO, _reader: Reader) -> None:
    """Articles as CSV, whole; no cell is a formula."""
    text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([harmless(cell(row, name)) for name in _COLUMNS])
    text.detach()


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def markdown(rows: Iterable[Json], out: BinaryIO, reader: Reader) -> None:
    """Headlines, links and excerpts, as far as every source's licence lets them out."""
    from monitor.inquiry import articles_text

    for part in articles_text.markdown(rows, reader.give, reader.now):
        out.write(part.encode("utf-8", "replace"))


def atom(rows: Iterable[Json], out: BinaryIO, reader: Reader) -> None:
    """The same as an Atom feed; ids are those of the archive's articles and never change."""
    from monitor.web.atom import TAG, Feed, streamed

    give = reader.give
    name = TAG + reader.archive
    home = f"{give.home}/articles" if give.home else ""
    head = Feed(f"{name}/articles", f"{give.config.watch.title}: articles", "", home)
    for part in streamed(head, reader.now, _entries(rows, name, give)):
        out.write(part)


def _entries(rows: Iterable[Json], name: str, give: Giver) -> Iterator[Entry]:
    from alerts.wording import cut, link
    from monitor.inquiry.licence import EXCERPT, Licence, withheld
    from monitor.web.atom import Entry

    for row in rows:
        source = row["source"]
        seen = datetime.fromisoformat(row["first_seen"])
        given = give.licence(source)
        excerpt = cut(row["text"], EXCERPT) if given is Licence.EXCERPT else ""
        hidden = given is Licence.NOTHING
        yield Entry(
            name=f"{name}/{row['id']}",
            title=withheld(give.called(source)) if hidden else cut(row["title"], EXCERPT),
            published=datetime.fromisoformat(row["published"] or row["first_seen"]),
            updated=seen,
            url="" if hidden else link(row["url"]),
            page=f"{give.home}/articles/{row['id']}" if give.home else "",
            rules=tuple(row["rules"]),
            summary="",
            content=excerpt,
        )


def counted(rows: Iterable[Json], seen: list[int], total: int, tell: Callable[[int, int], None]) -> Iterator[Json]:
    """The same rows; `seen` has the number of earlier ones, in the end of all; `tell` hears of it on the way."""
    for number, row in enumerate(rows, seen[0] + 1):
        seen[0] = number
        if number % 20 == 0:
            tell(number, total)
        yield row
