"""Lists as CSV that a spreadsheet may open: no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

# Half-width and full-width: spreadsheets fold the wide ones first and then calculate.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def sheet(columns: Sequence[str], rows: Sequence[dict[str, Any]], more: str = "") -> str:
    """Rows under a header line, every cell quoted; `more` is where the rest is, told in a last line."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[cell(row.get(column)) for column in columns] for row in rows])
    if more:
        writer.writerow([cell(f"cut off here, go on at {more}")])
    return out.getvalue()


def cell(value: Any) -> str:
    """One value as text, harmless: what would be a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = " ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
