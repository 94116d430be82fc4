"""stdout is data, stderr is talk: JSON, tables on a terminal, plain lines to a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from monitor.cli.drawing import Column

Json = dict[str, Any]
# Controls, line breaks in disguise, and what turns the direction of the text after it.
_STEERS = r"\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u206f\ufeff"
_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f{_STEERS}]")
_WORDY = 28
_UNESCAPED = re.compile(f"[{_STEERS}]")

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
    typer.echo(_json(document, indent=2 if sys.stdout.isatty() else None))


def put_jsonl(rows: Iterable[Any]) -> None:
    """One JSON object a line on stdout."""
    _lenient()
    for row in rows:
        typer.echo(_json(row))


def _json(document: Any, indent: int | None = None) -> str:
    """JSON in which what could steer a terminal is written as an escape: it means the same, and does nothing."""
    text = json.dumps(document, ensure_ascii=_narrow(), indent=indent)
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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
    from monitor.cli.drawing import Column, draw

    # The last column is the one with the words, and others may have some, too.
    wordy = [max((len(row[place]) for row in rows), default=0) > _WORDY for place in range(len(headers))]
    wide = [long or place == len(headers) - 1 for place, long in enumerate(wordy)]
    columns = [Column(name, str(place), wide=wide[place]) for place, name in enumerate(headers)]
    draw(columns, [{str(place): field for place, field in enumerate(row)} for row in rows])


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

    def put(
        self,
        rows: Sequence[Json],
        after: str | None,
        headers: Sequence[str],
        cells: Sequence[str],
        drawn: Sequence[Column] = (),
    ) -> None:
        """Write a list: {"rows", "next"} as JSON, an object a line as JSONL, else the named cells as a table.

        On a terminal the columns `drawn` are shown, where a list has some.
        """
        if self.json:
            put_json({"rows": list(rows), "next": after})
        elif self.jsonl:
            put_jsonl(rows)
        else:
            if drawn and sys.stdout.isatty():
                from monitor.cli.drawing import draw

                draw(drawn, rows)
            else:
                table(headers, [[cell(row, name) for name in cells] for row in rows])
            if not rows and sys.stdout.isatty():
                say("nothing to list")
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
