"""The sections, arrays of tables and lists of one file, each judged by its own model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from monitor.config.channels import CHANNELS, ChannelConfig
from monitor.config.findings import Findings

M = TypeVar("M", bound=BaseModel)


def section(found: Findings, name: str, model: type[M]) -> Any:
    """[name] as its model, None with its problems collected."""
    value = found.raw.get(name, {})
    if not isinstance(value, Mapping):
        found.wrong((name,), f"must be a table: [{name}]")
        return None
    return found.judged(model, (name,), value)


def tables(found: Findings, name: str, model: type[M]) -> list[M]:
    """[[name]] as models; what cannot be used is collected as problems."""
    judged = [found.judged(model, (name, index), value) for index, value in _items(found, name)]
    return [one for one in judged if one is not None]


def channel_tables(found: Findings) -> tuple[ChannelConfig, ...]:
    """[[channels]], each by the model of its kind."""
    judged = [_channel(found, index, value) for index, value in _items(found, "channels")]
    return tuple(one for one in judged if one is not None)


def _items(found: Findings, name: str) -> list[tuple[int, Any]]:
    value = found.raw.get(name, [])
    if not isinstance(value, list):
        found.wrong((name,), f"must be written as [[{name}]]")
        return []
    return list(enumerate(value))


def _channel(found: Findings, index: int, value: Any) -> ChannelConfig | None:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if isinstance(kind, str) and kind in CHANNELS:
        return found.judged(CHANNELS[kind], ("channels", index), value)
    known = ", ".join(CHANNELS)
    if kind is None:
        found.wrong(("channels", index), f"kind is required: {known}")
    else:
        found.wrong(("channels", index, "kind"), f"unknown kind {kind!r}; write one of {known}")
    return None


def lists(found: Findings) -> dict[str, str]:
    """[lists]; whether the expressions can be read is judged by the watch."""
    value = found.raw.get("lists", {})
    if not isinstance(value, Mapping):
        found.wrong(("lists",), "must be a table: [lists]")
        return {}
    for name, query in value.items():
        if not re.fullmatch(r"[^\W\d][\w-]*", name):
            found.wrong(("lists", name), "must be a name of letters, digits, '_' and '-', beginning with a letter")
        if not isinstance(query, str) or not query.strip():
            found.wrong(("lists", name), "must be an expression in quotes")
    return {name: query for name, query in value.items() if isinstance(query, str)}
