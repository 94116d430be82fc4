"""`diff`: what changed between two versions of an article, sentence by sentence, with the words that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from alerts.wording import listed
from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.finding import detail_of
from monitor.model import Alteration, Edit, Version
from monitor.store import Store, edits
from monitor.store.detail import ArticleDetail

_WORD = re.compile(r"\s+|[^\s]+")
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a sentence; `changed`: the other version does not have them here."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A changed sentence or headline: what kind of change in words, and both forms, empty where there is none."""

    label: str
    material: bool
    old: tuple[Part, ...]
    new: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of an article and what lies between them; `rules` are those whose matched words were touched."""

    detail: ArticleDetail
    old: Version
    new: Version
    edit: Edit
    rules: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def summary(self) -> str:
        """The verdict on the edit in one sentence."""
        if not self.edit.alterations:
            return "Nothing was changed but time stamps, links, spelling or what the site repeats."
        kinds = tuple(dict.fromkeys(kind for one in self.edit.alterations for kind in one.kinds))
        weight = "material" if self.edit.material else "not material"
        touched = f"; a sentence that {listed(self.rules, 4)} matched is not as it was" if self.rules else ""
        return f"The edit is {weight}: {listed(kinds, 8)}{touched}."


def difference(store: Store, detail: ArticleDetail, first: int | None = None, second: int | None = None) -> Difference:
    """Compare version `first` (None: the one before `second`) with `second` (None: the newest). Raises UsageError."""
    new = _version(detail, detail.versions[-1].number if second is None else second)
    if first is None and new.number == 1:
        raise UsageError(f"a{detail.article.id} has one version: it has not been edited since it was first read")
    old = _version(detail, new.number - 1 if first is None else first)
    with store.read() as tx:
        edit = edits.between(tx, old.document, new.document)
    rules = edits.touched(edit, detail.matches.get(old.id, ()))
    return Difference(detail, old, new, edit, rules, tuple(_row(one) for one in edit.alterations))


def _version(detail: ArticleDetail, number: int) -> Version:
    found = next((one for one in detail.versions if one.number == number), None)
    if found is None:
        count = len(detail.versions)
        raise UsageError(f"a{detail.article.id} has no version {number}; it has {count}")
    return found


def _row(one: Alteration) -> Row:
    label = one.kinds[0] if one.kinds[0] in ("removed", "added") else f"{listed(one.kinds, 4)} changed"
    return Row(label, edits.is_material(one), *marked(one.old, one.new))


def marked(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both sentences in parts, with the words marked that only one of them has."""
    first, second = _WORD.findall(old), _WORD.findall(new)
    if not (first and second) or len(first) + len(second) > _MOST_WORDS:
        return _whole(old), _whole(new)
    steps = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    return (
        tuple(_parts((first[a:b], step != "equal") for step, a, b, _, _ in steps)),
        tuple(_parts((second[c:d], step != "equal") for step, _, _, c, d in steps)),
    )


def _whole(text: str) -> tuple[Part, ...]:
    return (Part(text, True),) if text else ()


def _parts(found: Iterator[tuple[Sequence[str], bool]]) -> Iterator[Part]:
    for words, changed in found:
        if words:
            yield Part("".join(words), changed)


@dataclass(frozen=True, slots=True)
class Told:
    """A change as a sentence. `quotes` are the words of others in it: what was, what is; "" where there is none.

    `matched`: a rule had matched words of that sentence.
    """

    said: str
    quotes: tuple[str, str]
    material: bool
    matched: bool


def told(found: Difference) -> Iterator[Told]:
    """What changed, as a list for people: the headline, each figure, what is gone or new, what a rule had matched."""
    hit = {id(one) for one in edits.touching(found.edit, found.detail.matches.get(found.old.id, ()))}
    for one in found.edit.alterations:
        yield Told(*_said(one), edits.is_material(one), id(one) in hit)


def _said(one: Alteration) -> tuple[str, tuple[str, str]]:
    if one.kinds[0] in ("removed", "added"):
        return f"sentence {one.kinds[0]}", (one.old, one.new)
    if "headline" in one.kinds:
        return "headline", (one.old, one.new)
    old, new = (" … ".join(part.text.strip() for part in side if part.changed) for side in marked(one.old, one.new))
    names = {"number": "figure"}
    return listed(tuple(names.get(kind, kind) for kind in one.kinds), 4), (old[:200], new[:200])


def diff(store: Store, ident: str, first: int | None, second: int | None) -> shapes.Json:
    """What `diff --json` answers. Raises UsageError."""
    return shaped(difference(store, detail_of(store, ident), first, second))


def shaped(found: Difference) -> shapes.Json:
    """A difference as JSON."""
    return {
        "article": shapes.name("a", found.detail.article.id),
        "old": _ends(found.old),
        "new": _ends(found.new),
        "material": found.edit.material,
        "summary": found.summary,
        "rules": list(found.rules),
        "changes": [
            {
                "kinds": list(one.kinds),
                "material": edits.is_material(one),
                "old": one.old,
                "new": one.new,
                "old_start": one.old_place[0],
                "old_end": one.old_place[1],
                "new_start": one.new_place[0],
                "new_end": one.new_place[1],
            }
            for one in found.edit.alterations
        ],
    }


def _ends(version: Version) -> shapes.Json:
    return {
        "version": version.number,
        "first_seen": shapes.stamp(version.first_seen),
        "title": version.document.title,
    }
