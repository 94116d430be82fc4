"""Keys that are accepted but do nothing (or less than one may believe) in this version, said out loud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.config.crosschecks import rows
from monitor.config.findings import Findings
from monitor.config.places import has_password
from monitor.config.values import duration

NOT_IN_FORCE = "accepted, not in force in this version"
_KEYS = {
    "fetch": {"per_host": f"{NOT_IN_FORCE}: one request at a time to every host"},
}


def note_not_in_force(found: Findings) -> None:
    """Collect a warning for every such key that the file sets."""
    for section, keys in _KEYS.items():
        table = found.raw.get(section)
        if isinstance(table, Mapping):
            _note(found, (section,), table, keys)
    _note_quick(found)
    _note_password(found)


def _note(found: Findings, path: tuple[str | int, ...], table: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    for key, message in keys.items():
        if table.get(key, "") not in ("", []):
            found.warn((*path, key), message)


def _note_quick(found: Findings) -> None:
    """A source cannot be polled more often than the floor."""
    fetch = found.raw.get("fetch")
    floor = fetch.get("floor", "5m") if isinstance(fetch, Mapping) else "5m"
    for index, row in rows(found, "sources"):
        try:
            quick = duration(row.get("every", "15m")) < duration(floor)
        except ValueError:
            continue
        if quick:
            found.warn(("sources", index, "every"), f"shorter than fetch.floor, which wins: {floor}")


def _note_password(found: Findings) -> None:
    archive = found.raw.get("archive")
    url = archive.get("url") if isinstance(archive, Mapping) else None
    if isinstance(url, str) and "://" in url and has_password(url):
        found.warn(("archive", "url"), 'holds a password: write url = "env:NAME" or "file:PATH" instead')
