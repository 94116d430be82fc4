"""Lists as CSV that a spreadsheet may open: no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

# Half-width and full-width: spreadsheets fold the wide ones first and then calculate.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def sheet(header: Sequence[str], rows: Sequence[Mapping[str, Any]], more: str = "", columns: Sequence[str] = ()) -> str:
    """Rows under a header line (none when it is empty: a further part, whose `columns` are named), every cell quoted.

    `more` is where the rest is, told in a last line.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if header:
        writer.writerow(header)
    writer.writerows([[cell(row.get(column)) for column in columns or header] for row in rows])
    return out.getvalue() + (cut_off(more) if more else "")


def cut_off(more: str, problem: str = "") -> str:
    """The last line of a sheet that does not hold everything."""
    said = f"cut off here{f': {problem}' if problem else ''}, go on at {more}"
    return '"' + cell(said).replace('"', '""') + '"\r\n'


def cell(value: Any) -> str:
    """One value as text, harmless: what would be a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        value = [f"{name} {count};" for name, count in value.items()]
    text = " ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
