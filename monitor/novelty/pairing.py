"""A new document beside a known one of common wording: how much they share, and which figures differ."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Set
from dataclasses import dataclass
from operator import attrgetter

from monitor.model import Known, Sketch
from monitor.novelty.dates import Found
from monitor.novelty.digest import Digest, digest
from monitor.novelty.figures import is_small
from monitor.novelty.shingles import containment
from monitor.novelty.sketch import sketch_of
from monitor.novelty.spelling import SCHEME
from monitor.novelty.thresholds import Thresholds
from monitor.novelty.trace import Trace, is_trace

_TEXT_ALONE = (
    50  # words from which equal texts under different headlines are one: below, they may be a notice to log in
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The new document beside one known one. Containments are shares 0..1 of full shingles, of samples of a trace."""

    known: Known
    old: Digest | Trace
    same: bool
    in_old: float
    in_new: float
    agreement: float
    shared: float

    @property
    def containment(self) -> float:
        """The larger share of common wording."""
        return max(self.in_old, self.in_new)

    @property
    def closeness(self) -> tuple[bool, float, float]:
        """What makes one known document nearer than another: text, then common wording, then common words."""
        return self.same, round(self.containment, 2), self.shared


def prepared(known: Known) -> Digest | Trace:
    """What a known document is compared by: its text, or what a fingerprint kept of it."""
    return Trace.of(known) if is_trace(known) else digest(known.title, known.text)


def paired(new: Digest, own: Sketch, known: Known, old: Digest | Trace) -> Pair:
    """Compare a new document with a known one."""
    if isinstance(old, Trace):
        return _traced(new, own, known, old)
    its = _sketch_of(known, old)
    return Pair(
        known=known,
        old=old,
        same=new.length > 0 and own.text_hash == its.text_hash and _titles_fit(new, old),
        in_old=containment(new.shingles, old.shingles),
        in_new=containment(old.shingles, new.shingles),
        agreement=agreement(own, its),
        shared=len(new.stems & old.stems) / len(new.stems) if new.stems else 0.0,
    )


def _traced(new: Digest, own: Sketch, known: Known, old: Trace) -> Pair:
    return Pair(
        known=known,
        old=old,
        same=new.length > 0 and own.text_hash == old.text_hash and _titles_fit(new, old),
        in_old=old.holds(new),
        in_new=old.held_by(new),
        agreement=old.agreement(new),
        shared=old.shares(new),
    )


def _sketch_of(known: Known, old: Digest) -> Sketch:
    """What was worked out of a known document when it came, or now when that was under another scheme."""
    if known.sketch is not None and known.sketch.scheme == SCHEME:
        return known.sketch
    return sketch_of(old)


def agreement(new: Sketch, old: Sketch) -> float:
    """Return the share of numbers and names that both have, of the smaller set; 1.0 when one has none."""
    ours, theirs = ({*one.numbers, *one.names} for one in (new, old))
    smaller = min(len(ours), len(theirs))
    return len(ours & theirs) / smaller if smaller else 1.0


def common_wording(new: Digest, pair: Pair, limits: Thresholds) -> bool:
    """Have these two so much wording in common that one was made from the other? A few words never show it."""
    long_enough = not new.short and not pair.old.short and _titles_fit(new, pair.old)
    return long_enough and pair.containment >= limits.related


def _titles_fit(new: Digest, old: Digest | Trace) -> bool:
    """Do the headlines allow that two documents of little text are the same?"""
    ours: Set[object]
    ours, theirs = (
        (old.cut(new.title_stems), old.title) if isinstance(old, Trace) else (new.title_stems, old.title_stems)
    )
    if new.length >= _TEXT_ALONE or not ours or not theirs:
        return True
    return 2 * len(ours & theirs) >= min(len(ours), len(theirs))


def changed(new: Digest, old: Digest | Trace) -> list[Found]:
    """Figures that the old text has not at all, or had another in the place of; of a trace no places are known."""
    if isinstance(old, Trace):
        return [fact for fact in new.settings if not old.told(fact)]
    known = old.values("number", "date")
    places: dict[str, set[str]] = {}
    for fact, setting in old.settings.items():
        places.setdefault(setting, set()).add(fact.value)
    return [
        fact
        for fact, setting in new.settings.items()
        if not is_small(fact.value, old.all_stems)
        and (fact.value not in known or fact.value not in places.get(setting, {fact.value}))
    ]


def renumbered(new: Digest, old: Digest | Trace) -> dict[Found, Found]:
    """Digits in names, each with other ones that stand between the same words of the old text: Kh-101 for Kh-555.

    They are no figures, but in a text of the same words they are what was corrected.
    """
    if isinstance(old, Trace) or new.with_digits <= old.with_digits:
        return {}
    places: dict[str, dict[str, Found]] = {}
    for setting, found in _numbered(old):
        places.setdefault(setting, {}).setdefault(found.value, found)
    return {
        found: next(iter(places[setting].values()))
        for setting, found in _numbered(new)
        if setting in places and found.value not in places[setting]
    }


def _numbered(one: Digest) -> Iterator[tuple[str, Found]]:
    """Words with digits that are no figures, with the two words before and after each; furniture left out."""
    taken = {place for fact in one.written for place in range(fact.start, fact.end)}
    words = one.cut.words
    for place, token in enumerate(one.cut.body):
        if words[place] not in one.with_digits or token.start in taken:
            continue
        found = Found("number", words[place], token.start, token.end)
        if one.passages[passage_of(one, found)].scored:
            yield " ".join((*words[max(0, place - 2) : place], "#", *words[place + 1 : place + 3])), found


def changed_outside(new: Digest, old: Digest | Trace, fresh: Set[int]) -> list[Found]:
    """Changed figures in sentences that the old text has: one that replaces another, never a mere addition."""
    return [fact for fact in (*changed(new, old), *renumbered(new, old)) if passage_of(new, fact) not in fresh]


def changed_inside(new: Digest, old: Digest | Trace, fresh: Set[int]) -> list[Found]:
    """Changed figures in sentences that are new."""
    return [fact for fact in changed(new, old) if passage_of(new, fact) in fresh]


def passage_of(new: Digest, fact: Found) -> int:
    """The number of the sentence that a fact stands in."""
    return bisect_right(new.passages, fact.start, key=attrgetter("start")) - 1
