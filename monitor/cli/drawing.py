"""What a terminal shows: tables that fit, times people read, hits that stand out. A pipe never gets any of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from monitor.cli.output import Json, cell, put, shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from monitor.inquiry.marked import Piece

PROSE = 100
_LEAST_WIDE = 24
_HIT = "bold reverse"
_BREAKS = re.compile(r"\s+")
STYLES = {
    "new": "green", "extended": "cyan", "rewrite": "cyan", "template": "cyan", "edit": "cyan",
    "commentary": "magenta", "copy": "dim", "same": "dim", "truncated": "dim",
    "ok": "green", "warn": "yellow", "fail": "bold red", "late": "yellow", "empty": "yellow", "frozen": "yellow",
    "failing": "red", "blocked": "red", "dead": "bold red", "off": "dim", "quiet": "dim", "sent": "green",
    "pending": "yellow", "sending": "yellow", "held": "yellow", "ambiguous": "yellow", "kept": "green",
    "dismissed": "dim", "unsure": "yellow", "changed": "bold cyan",
}  # fmt: skip


def drawing() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class Column:
    """A column on a terminal. `of`: a row's field by name, or what makes its text.

    `rank`: on a narrow terminal the columns of the highest rank go first, those of 0 stay. `wide` takes what is left.
    """

    head: str
    of: str | Callable[[Json], str]
    rank: int = 0
    style: str = ""
    wide: bool = False
    right: bool = False
    worded: bool = False

    def text(self, row: Json) -> str:
        """One line of harmless text."""
        return one_line(self.of(row) if callable(self.of) else cell(row, self.of))

    def styled(self, text: str) -> str:
        """The style of a cell; a worded column has its words' own."""
        return STYLES.get(text.split(" ", 1)[0], "") if self.worded else self.style


def one_line(text: str) -> str:
    """Harmless text on one line."""
    return shown(" ".join(text.split()))


def console() -> Console:
    """The terminal behind stdout. NO_COLOR and TERM=dumb are heeded by Rich."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def draw(columns: Sequence[Column], rows: Sequence[Json]) -> None:
    """Rows as a table that fits the terminal; as cards where not even its needed columns do; nothing for none."""
    if not rows:
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out = console()
    kept = _fitting(columns, rows, out.width)
    if kept is None:
        _cards(columns, rows, out)
        return
    headed = any(column.head for column in kept)
    shape = box.SIMPLE_HEAD if headed else None
    table = Table(
        box=shape, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_header=headed
    )
    for column in kept:
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not column.wide,
            overflow="fold",
            ratio=1 if column.wide else None,
        )
    for row in rows:
        cells = [(column, column.text(row)) for column in kept]
        table.add_row(*(Text(text, style=column.styled(text)) for column, text in cells))
    out.print(table)


def _fitting(columns: Sequence[Column], rows: Sequence[Json], width: int) -> list[Column] | None:
    """The columns that have room, None when those of rank 0 have none."""
    from rich.cells import cell_len

    # A column that is empty in every row tells nothing.
    kept = [one for one in columns if one.rank == 0 or any(one.text(row) for row in rows)]
    while True:
        wanted = 0
        for one in kept:
            widest = max((cell_len(one.text(row)) for row in rows), default=0)
            wanted += (_LEAST_WIDE if one.wide else max(widest, len(one.head))) + 3
        if wanted <= width:
            return kept
        rank = max(one.rank for one in kept)
        if rank == 0:
            return None
        kept.remove(next(one for one in reversed(kept) if one.rank == rank))


def _cards(columns: Sequence[Column], rows: Sequence[Json], out: Console) -> None:
    """A few lines for each row: what is wide last, for it wraps."""
    from rich.padding import Padding
    from rich.text import Text

    for row in rows:
        line = Text()
        for column in columns:
            text = column.text(row)
            if text and not column.wide and column.rank < 2:
                line.append("  " if line else "")
                # Without the head of its column a number says nothing.
                line.append(f"{column.head} " if text.replace(".", "").isdigit() else "", style="dim")
                line.append(text, style=column.styled(text))
        out.print(line)
        for column in columns:
            text = column.text(row)
            if column.wide and text:
                label = Text(f"{column.head}: " if column.head not in ("", "title", "why") else "", style="dim")
                out.print(Padding(label.append(text, style="not dim"), (0, 0, 0, 2)))


def clock(zone: tzinfo, now: datetime) -> Callable[[str | None], str]:
    """How a terminal shows a time of the JSON: in the watch's time zone, the year only where it is another."""

    def shown_at(stamp: str | None) -> str:
        if not stamp:
            return ""
        local = datetime.fromisoformat(stamp).astimezone(zone)
        today = now.astimezone(zone)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        return f"{local:%d %b %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

    return shown_at


def waited(seconds: float) -> str:
    """A length of time in two words at most: 45 s, 12 min, 5 h, 3 days."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def heading(text: str) -> None:
    """What the rest is about."""
    if not drawing():
        put(text)
        return
    from rich.text import Text

    console().print(Text(one_line(text), style="bold"))


def field(label: str, text: str, wide: int, style: str = "") -> None:
    """A label with its text; on a terminal long texts hang beside the label. A style may be named by its word."""
    if not drawing():
        put(f"{label:{wide}} {text}")
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(min_width=wide, no_wrap=True)
    grid.add_column(overflow="fold")
    # Where all is well only the label has colour: what is not well stands out.
    chosen = "" if style == "ok" else STYLES.get(style or text, style)
    grid.add_row(Text(label, style=STYLES.get(style, "dim")), Text(shown(text), style=chosen))
    out = console()
    out.print(grid, width=min(out.width, PROSE + wide))


def prose(text: str, style: str = "") -> None:
    """Text of several lines; on a terminal wrapped where lines are comfortable to read."""
    if not drawing():
        put(text)
        return
    from rich.text import Text

    out = console()
    out.print(Text(shown(text), style=style), width=min(out.width, PROSE))


def marked(parts: Iterable[Piece], *, line: bool = False) -> Text:
    """Text with its hits, on one line if wanted; where nothing can be set off by style, they stand in brackets."""
    from rich.text import Text

    plain = console().color_system is None and _dumb()
    text = Text()
    for part in parts:
        said = shown(_BREAKS.sub(" ", part.text) if line else part.text)
        text.append(f"[{said}]" if part.hit and plain else said, style=_HIT if part.hit else "")
    return text


def _dumb() -> bool:
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown", "")


def whole(text: str, by: int, style: str) -> None:
    """A line some columns in that is never broken by us: a command to be copied."""
    from rich.text import Text

    console().print(Text(" " * by + shown(text), style=style), soft_wrap=True)


def indented(text: Text, by: int, style: str = "") -> None:
    """A text some columns in, wrapped there."""
    from rich.padding import Padding

    text.stylize(style)
    out = console()
    out.print(Padding(text, (0, 0, 0, by)), width=min(out.width, PROSE + by))


def footer(text: str) -> None:
    """What is to be known below a list: talk, and no part of the data."""
    if not text:
        return
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, highlight=False, markup=False, emoji=False).print(Text(shown(text), style="dim"))
