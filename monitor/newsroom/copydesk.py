"""Reads the story files: originals as written, copies, cuts, forms and edits made from them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.model import Level
from monitor.newsroom.outlets import OUTLETS
from monitor.newsroom.script import Kind, Publication, Script, problems

STORIES = Path(__file__).parent / "stories"
_FIRST_NUMBER = 48_210
_REQUIRED = {"id", "outlet", "at", "kind", "level"}
_OPTIONAL = {
    "development", "on_topic", "title", "byline", "text", "related",
    "copy_of", "keep", "extra", "replace", "edit_of", "form", "values",
}  # fmt: skip


def load_script(folder: Path = STORIES) -> Script:
    """The script in a folder of story files. Raises ValueError that names every article that cannot be used."""
    rows: list[dict[str, Any]] = []
    forms: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        rows += content["articles"]
        forms |= {name: form["text"] for name, form in content.get("forms", {}).items()}
    done: dict[str, Publication] = {}
    for number, row in enumerate(sorted(rows, key=lambda one: one["at"]), start=_FIRST_NUMBER):
        made = _publication(row, number, done, forms)
        if made.id in done:
            raise ValueError(f"{made.id}: the id is used twice")
        done[made.id] = made
    script = Script(tuple(done.values()))
    if found := problems(script):
        raise ValueError("\n".join(found))
    return script


def _publication(
    row: Mapping[str, Any], number: int, done: Mapping[str, Publication], forms: Mapping[str, str]
) -> Publication:
    _check_keys(row)
    outlet = next((one for one in OUTLETS if one.id == row["outlet"]), None)
    if outlet is None:
        raise ValueError(f"{row['id']}: no outlet {row['outlet']!r}")
    if "edit_of" in row:
        return _edited(row, done[row["edit_of"]])
    source = done[row["copy_of"]] if "copy_of" in row else None
    title = row.get("title") or (source.title if source else "")
    return Publication(
        id=row["id"],
        article=row["id"],
        outlet=outlet.id,
        at=row["at"],
        published=row["at"],
        kind=Kind(row["kind"]),
        level=Level(row["level"]),
        development=row.get("development"),
        on_topic=row.get("on_topic", True),
        title=title,
        byline=row.get("byline", ""),
        paragraphs=tuple(_body(row, source, forms)),
        number=number,
        slug=slugify(title),
        language=outlet.language,
        related=tuple(row.get("related", ())),
    )


def _check_keys(row: Mapping[str, Any]) -> None:
    missing, unknown = _REQUIRED - row.keys(), row.keys() - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise ValueError(f"{row.get('id', '?')}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _edited(row: Mapping[str, Any], first: Publication) -> Publication:
    return replace(
        first,
        id=row["id"],
        at=row["at"],
        kind=Kind(row["kind"]),
        level=Level(row["level"]),
        title=row.get("title", first.title),
        paragraphs=tuple(_replaced(row, first.paragraphs)),
    )


def _body(row: Mapping[str, Any], source: Publication | None, forms: Mapping[str, str]) -> Iterator[str]:
    if source is not None:
        yield from _replaced(row, source.paragraphs[: row.get("keep")])
        yield from _paragraphs(row.get("extra", ""))
    elif "form" in row:
        yield from _paragraphs(forms[row["form"]].format_map(row["values"]))
    else:
        yield from _paragraphs(row["text"])


def _paragraphs(text: str) -> Iterator[str]:
    return (" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _replaced(row: Mapping[str, Any], paragraphs: tuple[str, ...]) -> Iterator[str]:
    text = "\n\n".join(paragraphs)
    for old, new in row.get("replace", ()):
        if old not in text:
            raise ValueError(f"{row['id']}: nothing to replace: {old!r}")
        text = text.replace(old, new)
    return iter(text.split("\n\n"))


def slugify(title: str) -> str:
    """A title as the readable part of an address; Cyrillic leaves nothing, its outlets use numbers."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower().replace("'", ""))[:9])
