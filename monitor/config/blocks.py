"""Config tables as text to paste, every value quoted so that nothing it holds can become config. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from monitor.model import Rule
from monitor.text import clean

_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


def source_block(values: Mapping[str, str | Sequence[str] | bool]) -> str:
    """One [[sources]] table; what is empty is left out."""
    lines = [f"{name} = {_written(value)}" for name, value in values.items() if value not in ("", (), [])]
    return "\n".join(("[[sources]]", *lines))


def rule_block(rule: Rule, limit: str = "") -> str:
    """The [[rules]] table of a rule, to the letter of its query; what is as by default is left out."""
    usual = Rule(rule.id, rule.query)
    lines = [f"id = {_written(rule.id)}", f"query = {_literal(rule.query)}"]
    if rule.channels:
        lines.append(f"channels = {_written(rule.channels)}")
    if rule.alert is not usual.alert:
        lines.append(f'alert = "{rule.alert.value}"')
    if rule.severity is not usual.severity:
        lines.append(f'severity = "{rule.severity.value}"')
    if limit:
        lines.append(f"limit = {_written(limit)}")
    return "\n".join(("[[rules]]", *lines))


def _literal(query: str) -> str:
    """A query as TOML reads it back unchanged: in apostrophes, as people write them, unless it has one itself."""
    # A JSON string is a TOML string, but for DEL.
    plain = "'" not in query and query.isprintable()
    return f"'{query}'" if plain else json.dumps(query, ensure_ascii=False).replace("\x7f", "\\u007f")


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
