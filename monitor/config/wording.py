"""What the strict models found, in words that say what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_PLAIN = {
    "missing": "is required",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "finite_number": "must be a number, not inf or nan",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": 'must be a list such as ["one", "two"]',
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
_NUMBERED = {
    "greater_than_equal": ("must be at least {}", "ge"),
    "less_than_equal": ("must be at most {}", "le"),
    "string_too_long": ("must be at most {} characters long", "max_length"),
}


def worded(error: ErrorDetails, known: Collection[str]) -> str:
    """One finding of pydantic as a sentence; `known` are the keys that the table may have."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _NUMBERED:
        sentence, name = _NUMBERED[kind]
        return sentence.format(context[name])
    if kind in {"literal_error", "enum"}:
        return f"must be {context['expected']}"
    if kind == "extra_forbidden":
        return unknown_key(str(error["loc"][-1]), known)
    if kind == "value_error":
        return str(context["error"])
    return error["msg"]


def unknown_key(name: str, known: Collection[str]) -> str:
    """An unknown key with the one that was probably meant."""
    close = get_close_matches(name, known, 1)
    return f"unknown key; did you mean {close[0]!r}?" if close else "unknown key"


def shown_key(path: tuple[str | int, ...], raw: Mapping[str, Any]) -> str:
    """A key path for people: sources[kyiv-independent].every, or sources[#3].every while there is no id."""
    shown, here = "", raw
    for part in path:
        here = _within(here, part)
        if isinstance(part, str):
            shown += f".{part}" if shown else part
        else:
            name = here.get("id") if isinstance(here, Mapping) else None
            shown += f"[{name}]" if isinstance(name, str) and name.isprintable() else f"[#{part + 1}]"
    return shown


def _within(here: Any, part: str | int) -> Any:
    if isinstance(here, Mapping):
        return here.get(str(part))
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None
