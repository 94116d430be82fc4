"""stdout is data, stderr is talk: JSON, tables on a terminal, plain lines to a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

Json = dict[str, Any]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

JSON = typer.Option("--json", help="One JSON document on stdout.")
JSONL = typer.Option("--jsonl", help="One JSON object a line on stdout.")
LIMIT = typer.Option("--limit", min=0, metavar="N", help="How many rows; 0: all. Default 20 on a terminal, else all.")
AFTER = typer.Option("--after", metavar="CURSOR", help="Go on after this cursor (`next` of the JSON before).")


def shown(text: str) -> str:
    """Text for a terminal or a pipe: what could steer a terminal is written out."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def say(text: str) -> None:
    """Talk: one line on stderr."""
    typer.echo(shown(text), err=True)


def put(text: str) -> None:
    """Data: text on stdout."""
    _lenient()
    typer.echo(shown(text))


def put_json(document: Any) -> None:
    """One JSON document on stdout."""
    _lenient()
    typer.echo(json.dumps(document, ensure_ascii=_narrow(), indent=2 if sys.stdout.isatty() else None))


def put_jsonl(rows: Iterable[Any]) -> None:
    """One JSON object a line on stdout."""
    _lenient()
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=_narrow()))


def _lenient() -> None:
    """A name or text that stdout cannot encode must not end the command."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _narrow() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows for people on a terminal, with tabs between the fields for a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            put("\t".join(" ".join(field.split()) for field in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        drawn.add_column(header, overflow="fold")
    for row in rows:
        # Text, not markup: a headline with [brackets] stays one.
        drawn.add_row(*(Text(shown(field)) for field in row))
    Console().print(drawn)


@dataclass(frozen=True, slots=True)
class Form:
    """How a list is wanted. `limit` is None for all."""

    json: bool
    jsonl: bool
    limit: int | None

    @classmethod
    def of(cls, as_json: bool, as_jsonl: bool, limit: int | None = None) -> Form:
        """From the options; raises BadParameter when both forms are asked for."""
        if as_json and as_jsonl:
            raise typer.BadParameter("--json is one document, --jsonl one object a line: take one of them")
        default = 20 if sys.stdout.isatty() and not (as_json or as_jsonl) else 0
        return cls(as_json, as_jsonl, (default if limit is None else limit) or None)

    def put(self, rows: Sequence[Json], after: str | None, headers: Sequence[str], cells: Sequence[str]) -> None:
        """Write a list: {"rows", "next"} as JSON, an object a line as JSONL, else the named cells as a table."""
        if self.json:
            put_json({"rows": list(rows), "next": after})
        elif self.jsonl:
            put_jsonl(rows)
        else:
            table(headers, [[cell(row, name) for name in cells] for row in rows])
            if after is not None and sys.stdout.isatty():
                say(f"more: --after {after}")


def cell(row: Mapping[str, Any], name: str) -> str:
    """One field of a row as people read it."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def page(rows: Sequence[Json], limit: int | None, after: str, key: str = "id") -> tuple[Sequence[Json], str | None]:
    """The part of a whole list after the row whose `key` is `after`, and the cursor of the next part."""
    names = [str(row[key]) for row in rows]
    if after and after not in names:
        raise typer.BadParameter(f"no row {after!r} to go on after", param_hint="--after")
    rest = rows[names.index(after) + 1 :] if after else rows
    shown_rows = rest if limit is None else rest[:limit]
    more = len(shown_rows) < len(rest)
    return shown_rows, str(shown_rows[-1][key]) if more and shown_rows else None
