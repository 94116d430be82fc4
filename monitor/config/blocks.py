"""Config tables as text to paste, every value quoted so that nothing it holds can become config. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from monitor.text import clean

_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


def source_block(values: Mapping[str, str | Sequence[str] | bool]) -> str:
    """One [[sources]] table; what is empty is left out."""
    lines = [f"{name} = {_written(value)}" for name, value in values.items() if value not in ("", (), [])]
    return "\n".join(("[[sources]]", *lines))


def source_id(name: str, url: str, taken: Collection[str]) -> str:
    """An id that no other source has, from a name or else from the host of an address."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    stem = _slug(name) or _slug(host) or "source"
    number, found = 2, stem
    while found in taken:
        found, number = f"{stem}-{number}", number + 1
    return found


def _slug(text: str) -> str:
    return _NOT_IN_ID.sub("-", text.lower()).strip("-")[:48].strip("-")


def _written(value: str | Sequence[str] | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A JSON string is a TOML string, but for DEL, which cleaning takes away with the other controls.
        return json.dumps(clean(value, 2_000), ensure_ascii=False)
    return "[" + ", ".join(_written(one) for one in value) + "]"
