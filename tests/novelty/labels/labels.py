"""Reads the labelled material of this folder into frozen records; README.md says what each part is for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MATERIAL = ("number", "name", "negation", "quote", "headline", "removed")
COSMETIC = ("stamp", "links")
_FIRST = ("new", "template", "extended")


@dataclass(frozen=True, slots=True)
class Label:
    """What a publication of the newsroom's script is; the head of newsroom_labels.toml explains the words."""

    id: str
    level: str
    role: str
    alert: bool
    development: str | None = None
    soft: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One report of an event, in one language."""

    id: str
    event: str
    topic: str
    language: str
    date: date
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two reports of one topic in two languages; `same`: of one event."""

    one: Told
    other: Told
    same: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One act of publishing in the timeline. `article` is what an edit shares with its first version.

    `kind` is new, copy, truncated, extended, template, rewrite, commentary, edit, cosmetic or off-topic. `first`: the
    first report of its development. `alert`: somebody should hear of it (a first report, or a material edit).
    """

    id: str
    article: str
    outlet: str
    language: str
    at: datetime
    kind: str
    development: str | None
    title: str
    byline: str
    text: str
    first: bool = False

    @property
    def alert(self) -> bool:
        return self.first or self.kind == "edit"


@dataclass(frozen=True, slots=True)
class Nightly:
    """Two reports of one form. `label`: copy (the same night under another credit) or template (another night)."""

    family: str
    language: str
    known: tuple[str, str]
    later: tuple[str, str]
    label: str


@dataclass(frozen=True, slots=True)
class Change:
    """An article (title, text) before and after; `kind` is one of MATERIAL or COSMETIC."""

    id: str
    language: str
    kind: str
    before: tuple[str, str]
    after: tuple[str, str]

    @property
    def material(self) -> bool:
        return self.kind in MATERIAL


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence held against what is known, all in one language; `new` is what a reader says."""

    group: str
    language: str
    known: tuple[str, ...]
    text: str
    new: bool


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _texts(folder: str, key: str) -> Iterator[dict[str, Any]]:
    for file in sorted((FOLDER / folder).glob("*.toml")):
        yield from _read(f"{folder}/{file.name}").get(key, ())


def newsroom() -> tuple[Label, ...]:
    """A label for every publication of the newsroom's script."""
    return tuple(Label(**row) for row in _read("newsroom_labels.toml")["publications"])


def told() -> tuple[Told, ...]:
    """Every report of pairs.toml."""
    rows = _read("pairs.toml")["reports"]
    return tuple(Told(**row | {"text": row["text"].strip()}) for row in rows)


def columns() -> tuple[tuple[str, str, str, str, bool, bool], ...]:
    """Columns and reports of opinions: (id, language, title, text, is it a column, is it to test with)."""
    return tuple(
        (row["id"], row["language"], row["title"], row["text"], kind == "column", row.get("test", False))
        for kind, rows in _read("columns.toml").items()
        for row in rows
    )


def briefs() -> tuple[Told, ...]:
    """Very short reports, the earlier first: two events to a subject, each in three languages."""
    return tuple(
        Told(f"{row['event']}-{language}", row["event"], row["subject"], language, row["date"], *row[language])
        for row in _read("briefs.toml")["brief"]
        for language in ("en", "uk", "ru")
    )


def crossings() -> tuple[Crossing, ...]:
    """Every labelled pair of reports across languages."""
    by_id = {one.id: one for one in told()}
    return tuple(
        Crossing(by_id[one], by_id[other], label == "same") for one, other, label in _read("pairs.toml")["pairs"]
    )


def own_texts() -> tuple[tuple[str, str, str, str], ...]:
    """Texts of 120 words and more for the known edits: (name, language, title, text), two reports of a topic each."""
    joined: dict[str, list[Told]] = {}
    for one in told():
        joined.setdefault(f"{one.topic}-{one.language}", []).append(one)
    return tuple(
        (name, parts[0].language, parts[0].title, "\n\n".join(one.text for one in parts))
        for name, parts in joined.items()
    )


def timeline() -> tuple[Report, ...]:
    """Every report of the timeline, oldest first."""
    forms: dict[str, str] = {}
    for file in sorted((FOLDER / "timeline").glob("day*.toml")):
        forms |= {name: form["text"] for name, form in _read(f"timeline/{file.name}").get("forms", {}).items()}
    outlets = _read("timeline/outlets.toml")["outlets"]
    done: dict[str, Report] = {}
    developments: set[str] = set()
    for row in sorted(_texts("timeline", "reports"), key=lambda row: row["at"]):
        made = _report(row, done, forms, outlets)
        first = made.kind in _FIRST and made.development is not None and made.development not in developments
        done[made.id] = replace(made, first=first)
        developments |= {made.development} if made.development else set()
    return tuple(done.values())


def _report(
    row: Mapping[str, Any], done: Mapping[str, Report], forms: Mapping[str, str], outlets: Mapping[str, Sequence[str]]
) -> Report:
    source = (
        done[row["copy_of"] if "copy_of" in row else row["edit_of"]] if row.keys() & {"copy_of", "edit_of"} else None
    )
    return Report(
        id=row["id"],
        article=row.get("edit_of", row["id"]),
        outlet=row["outlet"],
        language=outlets[row["outlet"]][1],
        at=row["at"],
        kind=row["kind"],
        development=row.get("development"),
        title=row.get("title") or (source.title if source else ""),
        byline=row.get("byline") or (source.byline if source else ""),
        text=_body(row, source, forms),
    )


def _body(row: Mapping[str, Any], source: Report | None, forms: Mapping[str, str]) -> str:
    if source is None:
        written = forms[row["form"]].format_map(row["values"]) if "form" in row else row["text"]
        return str(written).strip()
    text = "\n\n".join(source.text.split("\n\n")[: row.get("keep")])
    for old, new in row.get("replace", ()):
        if old not in text:
            raise ValueError(f"{row['id']}: nothing to replace: {old!r}")
        text = text.replace(old, new)
    return "\n\n".join([text, *(row[key].strip() for key in ("extra", "append") if key in row)])


def nights() -> tuple[Nightly, ...]:
    """Each night against its two copies, and against every earlier night of its family."""
    found: list[Nightly] = []
    for family in _texts("nightly", "families"):
        told_before: list[tuple[str, str]] = []
        for row in family["nights"]:
            values = dict(zip(family["columns"], row, strict=True))
            own = (family["title"].format(**values), family["text"].format(**values).strip())
            pairs = [(own, _credited(own, credit, values), "copy") for credit in family["credits"]]
            pairs += [(earlier, own, "template") for earlier in told_before]
            found += [Nightly(family["id"], family["language"], *pair) for pair in pairs]
            told_before.append(own)
    return tuple(found)


def _credited(own: tuple[str, str], credit: Mapping[str, str], values: Mapping[str, str]) -> tuple[str, str]:
    parts = [credit["before"], own[1], credit["after"]]
    return credit["title"].format(title=own[0], **values), "\n\n".join(part for part in parts if part)


def changes() -> tuple[Change, ...]:
    """Eight changes of every text of changes/: six material, two cosmetic."""
    return tuple(
        Change(row["id"], row["language"], kind, *_changed(row, kind))
        for row in _texts("changes", "texts")
        for kind in (*MATERIAL, *COSMETIC)
    )


def _changed(row: Mapping[str, Any], kind: str) -> tuple[tuple[str, str], tuple[str, str]]:
    title, text, value = row["title"], row["text"].strip(), row[kind]
    if kind == "headline":
        return (title, text), (value, text)
    if kind == "stamp":
        return (title, f"{value[0]}\n\n{text}"), (title, f"{value[1]}\n\n{text}")
    if kind == "links":
        return (title, f"{text}\n\n{value[0]}"), (title, f"{text}\n\n{value[1]}")
    old, new = (value, "") if kind == "removed" else value
    if text.count(old) != 1:
        raise ValueError(f"{row['id']}: {kind}: not once in the text: {old!r}")
    parts = text.replace(old, new).split("\n\n")
    after = "\n\n".join(" ".join(part.split()) for part in parts)
    return (title, text), (title, after)


def sentences() -> tuple[Sentence, ...]:
    """Every labelled sentence with what was known before it."""
    return tuple(
        Sentence(row["id"], row["language"], tuple(row["known"]), text, label == "N")
        for row in _read("sentences.toml")["groups"]
        for label, text in row["sentences"]
    )
