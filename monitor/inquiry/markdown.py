"""Text that stays text in Markdown, and links that lead to http(s) only. Pure."""

from __future__ import annotations

import re

from alerts.wording import cut, link

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LINE_MARKS = re.compile(r"^(\s*)([-+=:]|\d+(?=[.)]))", re.MULTILINE)
# What renderers make links of by themselves, without any mark.
_BARE = re.compile(r"://|@|\bwww\.", re.IGNORECASE)
LONGEST = 300


def plain(text: str) -> str:
    """Text that stays text: no markup, no HTML, nothing that a click follows."""
    marked = _BARE.sub(_broken, _MARKS.sub(r"\\\1", text))
    return _LINE_MARKS.sub(lambda found: f"{found[1]}{_line_mark(found[2])}", marked)


def line(text: str, limit: int = LONGEST) -> str:
    """Text that stays text, on one line of at most `limit` characters before it is escaped."""
    return plain(cut(text, limit))


def address(url: str) -> str:
    """An address to click on, as itself; in a code span where it is none that may be clicked, "" for none at all."""
    safe = link(url)
    if safe:
        return f"<{safe}>"
    shown = cut(url, LONGEST).replace("`", "%60")
    return f"`{shown}`" if shown else ""


def joined(*parts: str) -> str:
    """The parts that are not empty, with points between them."""
    return " · ".join(part for part in parts if part)


def _broken(found: re.Match[str]) -> str:
    text = found[0]
    return f"{text[:-1]}\\." if text.endswith(".") else f"\\{text}"


def _line_mark(mark: str) -> str:
    # A digit cannot be escaped, but the point behind it can.
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"
