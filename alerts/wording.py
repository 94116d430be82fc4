"""Words and numbers as every channel writes them: cut text, times, links. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.text import clean
from monitor.urls import canonical

LONGEST_LINK = 2000
_MARGIN = 16
_JOINER = "\u200d"


def cut(text: str, limit: int) -> str:
    """Clean text on one line of at most `limit` characters; what was left off shows as "…"."""
    # Cleaning costs, so nobody reads a whole page to keep its first line.
    text, longer = clean(text[: _MARGIN * limit]), len(text) > _MARGIN * limit
    if len(text) <= limit and not longer:
        return text
    end = _whole(text, min(limit - 1, len(text)))
    space = text.rfind(" ", 0, end + 1)
    if space > 0.7 * end:
        end = space
    return text[:end].rstrip(" ,;:-–—") + "…"


def _whole(text: str, end: int) -> int:
    """The last place at or before `end` that splits no letter from its marks and no joined emoji."""
    place = end
    while len(text) > place > max(end - 40, 1) and (_joins(text[place]) or text[place - 1] == _JOINER):
        place -= 1
    return place


def _joins(char: str) -> bool:
    return char == _JOINER or unicodedata.category(char).startswith("M") or "\U0001f3fb" <= char <= "\U0001f3ff"


def when(moment: datetime, timezone: str) -> str:
    """A time as the watch's readers tell it: 2025-03-18 19:05 EET."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def link(url: str) -> str:
    """An address that may be made clickable anywhere, or "": http(s), without spaces, quotes, brackets or bars."""
    address = canonical(url)
    for char, escape in (("<", "%3C"), (">", "%3E"), ("|", "%7C"), ('"', "%22"), ("'", "%27"), ("`", "%60")):
        address = address.replace(char, escape)
    return address if len(address) <= LONGEST_LINK and address.isascii() else ""


def listed(names: Sequence[str], most: int) -> str:
    """ "A, B and 3 more"."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def counted(number: int, noun: str) -> str:
    """ "1 source", "2 sources"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
