"""What is shown as new: facts that nobody told, and figures that stand where a known text has others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from monitor.model import Change, Fact, Known, Profile
from monitor.novelty.dates import Found
from monitor.novelty.digest import Digest
from monitor.novelty.figures import is_small
from monitor.novelty.gazetteer import place_words
from monitor.novelty.marks import mark_of
from monitor.novelty.pairing import Pair, changed, passage_of, renumbered
from monitor.novelty.profile import BITS
from monitor.novelty.skeleton import skeleton
from monitor.novelty.stems import stem
from monitor.novelty.trace import Trace
from monitor.novelty.weights import mark_term, term

HARD = frozenset(("number", "date", "place"))
_ALL_BITS = (1 << BITS) - 1
_SPELLED_OUT = frozenset("12")  # figures that any text may hold as a word


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that each known document holds: marks, stems; and the bits that these kept. Few are asked for."""

    marks: Sequence[frozenset[int]]
    stems: Sequence[frozenset[int]]
    cuts: frozenset[int]

    def has(self, fact: Found) -> bool:
        """Was this fact told, in any language?"""
        if fact.kind in HARD:
            return _in_any(self.marks, mark_term(mark_of(fact)))
        return all(self._has_name(word) for word in fact.value.split())

    def _has_name(self, word: str) -> bool:
        bones = skeleton(word)
        if bones and _in_any(self.marks, mark_term(f"k{bones}")):
            return True
        # A number of few bits stands for many words: it decides only where a name has no mark.
        marked = bool(bones) and word not in place_words()
        return any(_in_any(self.stems, term(word) & cut) for cut in self.cuts if cut == _ALL_BITS or not marked)


def _in_any(sets: Iterable[Set[int]], number: int) -> bool:
    return any(number in one for one in sets)


def told_by(profiles: Iterable[Profile]) -> Knowledge:
    """Collect what these documents told."""
    known = list(profiles)
    return Knowledge(
        marks=[one.all_marks for one in known if one.all_marks],
        stems=[one.all_stems for one in known if one.all_stems],
        cuts=frozenset((1 << one.bits) - 1 for one in known),
    )


def new_facts(
    new: Digest, told: Knowledge, olds: Sequence[Digest], replacing: Set[Found], fresh: Set[int]
) -> list[Found]:
    """Figures and places that nobody told or that replace one of equal wording, and the names of new sentences."""
    kept: dict[tuple[str, str], Found] = {}
    for fact in new.facts:
        if fact.kind == "name":
            wanted = passage_of(new, fact) in fresh and not told.has(fact)
        else:
            spelled_out = fact.value in _SPELLED_OUT and (
                bool(told.marks) or any(is_small(fact.value, old.all_stems) for old in olds)
            )
            wanted = fact in replacing or not (told.has(fact) or spelled_out)
        if wanted:
            kept.setdefault((fact.kind, fact.value), fact)
    return list(kept.values())


def leftover(new: Digest, facts: Iterable[Found], fresh: Set[int]) -> frozenset[str]:
    """The new figures and dates that stand in new sentences."""
    return frozenset(fact.value for fact in facts if fact.kind in ("number", "date") and passage_of(new, fact) in fresh)


def facts_of(text: str, found: Iterable[Found]) -> tuple[Fact, ...]:
    """Facts as they are kept: with the words of the text."""
    return tuple(Fact(fact.kind, text[fact.start : fact.end], fact.start, fact.end) for fact in found)


def replaced(text: str, new: Digest, pair: Pair) -> tuple[Change, ...]:
    """Each changed figure with the one that stands between the same words of the known text, if that is at hand."""
    if isinstance(pair.old, Trace):
        return ()
    places = {setting: fact for fact, setting in pair.old.settings.items()}
    found = {
        fact: places[setting]
        for fact in changed(new, pair.old)
        if (setting := new.settings[fact]) in places and places[setting].value != fact.value
    }
    return tuple(
        Change(old_text(pair.known, old), text[fact.start : fact.end], fact.start, fact.end)
        for fact, old in (found | renumbered(new, pair.old)).items()
    )


def differing(text: str, new: Digest, fresh: Set[int], known: Known, old: Digest) -> Iterator[tuple[Found, Change]]:
    """Yield figures of known sentences that count what another figure of a known text counts: 1.5 and 2.5 hours."""
    ours = [
        (fact, unit)
        for fact, setting in new.settings.items()
        if fact.kind == "number" and (unit := _unit(setting)) and passage_of(new, fact) not in fresh
    ]
    if not ours or not old.may_count({unit for _, unit in ours}):
        return
    counted: dict[str, set[Found]] = {}
    for fact, setting in old.settings.items():
        counted.setdefault(_unit(setting), set()).add(fact)
    told = new.values("number")
    for fact, unit in ours:
        rivals = counted.get(unit, set())
        if rivals and fact.value not in {one.value for one in rivals}:
            rival = min(rivals, key=lambda one: (one.value in told, one.start))
            yield fact, Change(old_text(known, rival), text[fact.start : fact.end], fact.start, fact.end)


def old_text(known: Known, fact: Found) -> str:
    """The words of a fact in the known text."""
    return known.text[fact.start : fact.end]


def _unit(setting: str) -> str:
    """The stem of the word after a figure, which says what it counts; "" when none follows."""
    after = setting.partition("# ")[2].split()
    return stem(after[0]) if after and not after[0].isdigit() else ""
