"""How much two versions of a text differ, and in which passages; word by word or line by line. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\w+|[^\w\s]|\s+")
_LINE = re.compile(r"[^\n]*\n+|[^\n]+")
# Words of two passages that are compared one by one: difflib takes time with their product.
_MOST_WORDS = 1_200


@dataclass(frozen=True, slots=True)
class Passage:
    """Some text of both versions. `kind`: same, removed (only the old one has it) or added (only the new one)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A paragraph or more that is the same in both, or a changed one in passages."""

    changed: bool
    passages: tuple[Passage, ...]

    @property
    def size(self) -> int:
        """Characters."""
        return sum(len(one.text) for one in self.passages)


def changed_share(old: str, new: str) -> float:
    """The share of the words of both texts together that the other one does not have, 0 to 1; order does not count."""
    first, second = Counter(old.split()), Counter(new.split())
    total = first.total() + second.total()
    return ((first - second).total() + (second - first).total()) / total if total else 0.0


def stretches(old: str, new: str, *, by_words: bool) -> list[Stretch]:
    """Both texts as one, in order: what is the same and what was changed; within changed lines `by_words` or whole."""
    first, second = _LINE.findall(old), _LINE.findall(new)
    keys = [one.strip() for one in first], [one.strip() for one in second]
    found: list[Stretch] = []
    for step, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if step == "equal":
            found += [Stretch(False, (Passage("same", line),)) for line in second[c:d]]
        else:
            found += _changed(first[a:b], second[c:d], by_words)
    return found


def _changed(old: Sequence[str], new: Sequence[str], by_words: bool) -> list[Stretch]:
    """Lines that stand for each other; what one side has more of stands alone."""
    if not by_words or len(old) != len(new):
        gone = [Stretch(True, (Passage("removed", line),)) for line in old]
        if not by_words or not (old and new):
            return gone + [Stretch(True, (Passage("added", line),)) for line in new]
        return [Stretch(True, tuple(_words("".join(old), "".join(new))))]
    return [Stretch(True, tuple(_words(a, b))) for a, b in zip(old, new, strict=True)]


def _words(old: str, new: str) -> Iterator[Passage]:
    first, second = _WORD.findall(old), _WORD.findall(new)
    if len(first) + len(second) > _MOST_WORDS:
        yield from (Passage("removed", old), Passage("added", new))
        return
    for step, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if step == "equal":
            yield Passage("same", "".join(second[c:d]))
            continue
        if a < b:
            yield Passage("removed", "".join(first[a:b]))
        if c < d:
            yield Passage("added", "".join(second[c:d]))
