"""A known document of which only a fingerprint is at hand: what of a new one stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.model import Known, Profile
from monitor.novelty.dates import Found
from monitor.novelty.digest import Digest
from monitor.novelty.figures import spellings
from monitor.novelty.marks import mark_of
from monitor.novelty.profile import BITS, all_of
from monitor.novelty.shingles import containment, is_sampled
from monitor.novelty.weights import is_concept, mark_term, term

_SHORT = 8  # shingles; a text of twelve words has as many


@dataclass(frozen=True, slots=True)
class Trace:
    """What a fingerprint kept. `whole`: all shingles and not one in eight, as of every short text."""

    text_hash: int
    profile: Profile
    shingles: frozenset[int]
    whole: bool
    title: frozenset[int]
    stems: frozenset[int]
    marks: frozenset[int]

    @classmethod
    def of(cls, known: Known) -> Trace:
        """The trace of a document without text. Raises ValueError for one that has no sketch or profile."""
        if known.sketch is None or known.profile is None:
            raise ValueError("a known document has a text, or a sketch and a profile")
        kept = known.profile
        return cls(
            text_hash=known.sketch.text_hash,
            profile=kept,
            shingles=frozenset(known.sketch.sampled),
            whole=not all(map(is_sampled, known.sketch.sampled)),
            title=kept.stems[0],
            stems=kept.all_stems,
            marks=kept.all_marks,
        )

    @property
    def short(self) -> bool:
        """Is the text so short that common wording shows nothing?"""
        return self.whole and len(self.shingles) < _SHORT

    def cut(self, stems: Iterable[str]) -> frozenset[int]:
        """The numbers of these stems in the bits that were kept."""
        kept = (1 << self.profile.bits) - 1
        return frozenset(term(stem) & kept for stem in stems)

    def holds(self, new: Digest) -> float:
        """The share of the new document's wording that stands in this one, by the shingles that both may have kept."""
        if self.whole:
            return containment(new.shingles, self.shingles)
        return containment(frozenset(filter(is_sampled, new.shingles)), self.shingles)

    def held_by(self, new: Digest) -> float:
        """The share of this document's wording that stands in the new one."""
        return containment(self.shingles, new.shingles)

    def shares(self, new: Digest) -> float:
        """The share of the new document's words that this one has."""
        own = self.cut(new.stems)
        return len(own & self.stems) / len(own) if own else 0.0

    def agreement(self, new: Digest) -> float:
        """The share of figures, dates, places and names that both have, of the smaller set; 1.0 when one has none."""
        ours = {number for number in map(mark_term, all_of(new.marks)) if not is_concept(number)}
        theirs = {number for number in self.marks if not is_concept(number)}
        smaller = min(len(ours), len(theirs))
        return len(ours & theirs) / smaller if smaller else 1.0

    def told(self, fact: Found) -> bool:
        """Does this document have the figure or date, or spell it out?"""
        return mark_term(mark_of(fact)) in self.marks or not self.stems.isdisjoint(self.cut(spellings(fact.value)))


def is_trace(known: Known) -> bool:
    """Is this a document without its text? Its words have fewer bits than those of an archived one."""
    return known.profile is not None and known.profile.bits < BITS
