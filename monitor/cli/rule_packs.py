"""`rules test --pack`: a file of texts and the rules that each is expected to match."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.cli.opening import read_bytes
from monitor.cli.output import Form, Json, put, put_json, put_jsonl
from monitor.cli.rule_texts import read_text
from monitor.errors import QueryError, UsageError

if TYPE_CHECKING:
    from monitor.query import Compiled
    from monitor.watch import Watch

_KEYS = ("name", "file", "title", "text", "source", "language", "match", "none")


@dataclass(frozen=True, slots=True)
class Case:
    """A text with the names (rule ids, @lists) that must match, and those that must not; None: no other rule may."""

    name: str
    title: str
    text: str
    source: str
    language: str
    match: tuple[str, ...]
    none: tuple[str, ...] | None


def read_pack(path: Path) -> tuple[Case, ...]:
    """The cases of a pack. Raises UsageError, which names the case, when it is none."""
    try:
        document = tomllib.loads(read_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no pack: {error}") from None
    rows = document.pop("cases", None)
    if document or not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path} is no pack: it is made of [[cases]] tables and nothing else")
    return tuple(_case(row, f"{path}: case {number}", path.parent) for number, row in enumerate(rows, 1))


def _case(row: Mapping[str, Any], place: str, folder: Path) -> Case:
    for key, value in row.items():
        if key not in _KEYS:
            raise UsageError(f"{place}: unknown key {key!r}; it is one of {', '.join(_KEYS)}")
        many = key in ("match", "none")
        if not _fits(value, many):
            raise UsageError(f"{place}: {key} must be {'a list of names' if many else 'text'}")
    if ("text" in row) == ("file" in row):
        raise UsageError(f"{place}: give it either text or file")
    title, text = row.get("title", ""), row.get("text", "")
    if "file" in row:
        written, text, *_ = read_text(folder / row["file"], title_line=False)
        title = title or written
    none = tuple(row["none"]) if "none" in row else None
    name = row.get("name") or row.get("file") or title or place.rpartition(": ")[2]
    return Case(name, title, text, row.get("source", ""), row.get("language", ""), tuple(row.get("match", ())), none)


def _fits(value: Any, many: bool) -> bool:
    if not many:
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def judged(watch: Watch, cases: Sequence[Case]) -> list[Json]:
    """Every case with what is missing and what matches although it should not. Raises UsageError for unknown names."""
    from monitor.query import analyse, holds

    found = []
    for case in cases:
        text = analyse(case.title, case.text, source=case.source, language=case.language)
        unwanted = case.none if case.none is not None else tuple(one for one in watch.rules if one not in case.match)
        missing = [name for name in case.match if not holds(_named(watch, name, case), text)]
        unexpected = [name for name in unwanted if holds(_named(watch, name, case), text)]
        found.append(
            {"case": case.name, "ok": not (missing or unexpected), "missing": missing, "unexpected": unexpected}
        )
    return found


def _named(watch: Watch, name: str, case: Case) -> Compiled:
    from monitor.query import compile_query

    if name in watch.compiled:
        return watch.compiled[name]
    try:
        if name.startswith("@"):
            return compile_query(name, watch.config.lists)
    except QueryError as error:
        raise UsageError(f"case {case.name!r}: {error.message}") from None
    raise UsageError(f"case {case.name!r}: the config has no rule {name!r}; a list is written with @")


def put_judged(rows: list[Json], form: Form) -> None:
    """The differences, one a line; in JSON every case."""
    if form.json:
        put_json(rows)
        return
    if form.jsonl:
        put_jsonl(rows)
        return
    for row in rows:
        for name in row["missing"]:
            put(f"{row['case']}: {name} should match, and does not")
        for name in row["unexpected"]:
            put(f"{row['case']}: {name} matches, and should not")
    good = sum(row["ok"] for row in rows)
    put(f"{good} of {len(rows)} cases as expected")
