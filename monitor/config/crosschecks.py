"""Checks between tables; they read the raw file, so that they speak even where a table has other problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.config.findings import Findings
from monitor.config.locator import Path

QueryProblem = Callable[[str, Mapping[str, str]], str]


def cross_check(found: Findings) -> None:
    """Unique ids, and rules that name channels which exist."""
    for name in ("sources", "rules", "channels"):
        _unique_ids(found, name)
    _known_channels(found)


def rows(found: Findings, name: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The tables of an array with their index; anything else in it is somebody else's problem."""
    value = found.raw.get(name)
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, Mapping)]


def check_queries(found: Findings, lists: Mapping[str, str], query_problem: QueryProblem) -> None:
    """Whether every query of the file can be read: lists, about, only and rules."""
    watch = found.raw.get("watch")
    queries: list[tuple[Path, Any]] = [(("lists", name), query) for name, query in lists.items()]
    queries.append((("watch", "about"), watch.get("about") if isinstance(watch, Mapping) else None))
    queries += [(("sources", index, "only"), row.get("only")) for index, row in rows(found, "sources")]
    queries += [(("rules", index, "query"), row.get("query")) for index, row in rows(found, "rules")]
    for path, query in queries:
        message = query_problem(query, lists) if isinstance(query, str) and query.strip() else ""
        if message:
            found.wrong(path, message)


def _unique_ids(found: Findings, name: str) -> None:
    first: dict[str, int] = {}
    for index, row in rows(found, name):
        key = row.get("id")
        if not isinstance(key, str):
            continue
        if key in first:
            line = found.problem((name, first[key], "id"), "").line
            found.wrong((name, index, "id"), f"the id {key!r} is already used in line {line}")
        first.setdefault(key, index)


def _known_channels(found: Findings) -> None:
    ids = [row["id"] for _, row in rows(found, "channels") if isinstance(row.get("id"), str)]
    known = ids if found.raw.get("channels") else ["console"]
    for index, row in rows(found, "rules"):
        named = row.get("channels")
        for place, channel in enumerate(named if isinstance(named, list) else []):
            if isinstance(channel, str) and channel not in known:
                message = f"no channel {channel!r}; there is {', '.join(known) or 'none'}"
                found.wrong(("rules", index, "channels", place), message)
