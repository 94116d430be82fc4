"""The level of a document: how it relates to what is known, with the evidence for saying so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from monitor.model import Document, Fact, Judgement, Known, Level, Sentence, Sketch
from monitor.novelty.coverage import Coverage, coverage
from monitor.novelty.dates import Found
from monitor.novelty.digest import Digest, digest
from monitor.novelty.figures import is_small
from monitor.novelty.shingles import containment
from monitor.novelty.sketch import sketch_of
from monitor.novelty.spelling import SCHEME
from monitor.novelty.thresholds import Thresholds

_TEXT_ALONE = (
    50  # words from which equal texts under different headlines are one: below, they may be a notice to log in
)
_ORDER = (Level.SAME, Level.COPY, Level.TRUNCATED, Level.EXTENDED, Level.NEW)


@dataclass(frozen=True, slots=True)
class Pair:
    """The new document beside one known one. Containments are shares 0..1 of full shingles."""

    known: Known
    old: Digest
    sketch: Sketch
    same: bool
    in_old: float
    in_new: float
    agreement: float
    shared: float

    @property
    def closeness(self) -> tuple[bool, float, float]:
        """What makes one known document nearer than another: text, then common wording, then common words."""
        return self.same, round(max(self.in_old, self.in_new), 2), self.shared


def judge(document: Document, own: Sketch, known: Sequence[Known], limits: Thresholds) -> Judgement:
    """Return the level same, copy, truncated, extended or new, with nearest document, shares, sentences and facts.

    `own` is the document's sketch, `known` the candidates. Sentences are those of the text that are worth a score;
    facts are numbers and dates that are not known, and the names of new sentences.
    """
    new = digest(document.title, document.text)
    olds = [digest(one.title, one.text) for one in known]
    seen = coverage(new, olds)
    fresh = frozenset(
        number
        for number, passage in enumerate(new.passages)
        if passage.scored and seen.passages[number] < limits.sentence
    )
    sketches = [_sketch_of(one, old) for one, old in zip(known, olds, strict=True)]
    pairs = [_pair(new, own, *both) for both in zip(known, olds, sketches, strict=True)]
    level, pair = _decided(new, pairs, fresh, seen, limits)
    return Judgement(
        level=level,
        nearest=pair.known if pair else None,
        containment=max(pair.in_old, pair.in_new) if pair else 0.0,
        agreement=pair.agreement if pair else 0.0,
        newword=seen.newword,
        sentences=_sentences(document.text, new, seen, fresh),
        facts=_facts(document.text, new, pairs, pair, fresh, limits),
    )


def _pair(new: Digest, own: Sketch, known: Known, old: Digest, its: Sketch) -> Pair:
    return Pair(
        known=known,
        old=old,
        sketch=its,
        same=new.length > 0 and own.text_hash == its.text_hash and _titles_fit(new, old),
        in_old=containment(new.shingles, old.shingles),
        in_new=containment(old.shingles, new.shingles),
        agreement=agreement(own, its),
        shared=len(new.stems & old.stems) / len(new.stems) if new.stems else 0.0,
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


def _titles_fit(new: Digest, old: Digest) -> bool:
    """Do the headlines allow that two documents of little text are the same?"""
    ours, theirs = new.title_stems, old.title_stems
    if new.length >= _TEXT_ALONE or not ours or not theirs:
        return True
    return 2 * len(ours & theirs) >= min(len(ours), len(theirs))


def _decided(
    new: Digest, pairs: Sequence[Pair], fresh: frozenset[int], seen: Coverage, limits: Thresholds
) -> tuple[Level, Pair | None]:
    """The strongest relation to any known document, and that document; the nearest one when nothing relates."""
    if not pairs:
        return Level.NEW, None
    levels = [(_level(new, pair, fresh, seen, limits), pair) for pair in pairs]
    strongest = min((level for level, _ in levels), key=_ORDER.index)
    return strongest, max((pair for level, pair in levels if level is strongest), key=lambda pair: pair.closeness)


def _level(new: Digest, pair: Pair, fresh: frozenset[int], seen: Coverage, limits: Thresholds) -> Level:
    if pair.same:
        return Level.SAME
    if not _related(new, pair, limits) or _figures_outside(new, pair.old, fresh):
        return Level.NEW
    if seen.newword >= limits.newword or _figures_inside(new, pair.old, fresh):
        return Level.EXTENDED
    if pair.in_old >= limits.copy:
        return Level.COPY if pair.in_new >= limits.copy else Level.TRUNCATED
    return Level.EXTENDED if fresh else _light_edit(pair, limits)


def _related(new: Digest, pair: Pair, limits: Thresholds) -> bool:
    """Have these two a common source? Texts of a few words never show it, and figures filled in anew deny it."""
    long_enough = not new.short and not pair.old.short and _titles_fit(new, pair.old)
    return long_enough and max(pair.in_old, pair.in_new) >= limits.related and pair.agreement >= limits.agreement


def _light_edit(pair: Pair, limits: Thresholds) -> Level:
    """A text that has words changed throughout but tells nothing more."""
    if pair.in_old < limits.related:
        return Level.EXTENDED
    return Level.COPY if pair.in_new >= limits.copy * pair.in_old else Level.TRUNCATED


def _figures_outside(new: Digest, old: Digest, fresh: frozenset[int]) -> list[Found]:
    """Figures that the old text lacks, in sentences that it has: one that replaces another, never a mere addition."""
    return [fact for fact in _changed(new, old) if _passage(new, fact) not in fresh]


def _figures_inside(new: Digest, old: Digest, fresh: frozenset[int]) -> list[Found]:
    """Figures that the old text lacks, in sentences that are new."""
    return [fact for fact in _changed(new, old) if _passage(new, fact) in fresh]


def _changed(new: Digest, old: Digest) -> list[Found]:
    """Figures that the old text has not at all, or had another in the place of."""
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


def _passage(new: Digest, fact: Found) -> int:
    return bisect_right(new.passages, fact.start, key=attrgetter("start")) - 1


def _sentences(text: str, new: Digest, seen: Coverage, fresh: frozenset[int]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(text[one.start : one.end], one.start, one.end, seen.passages[number], number in fresh)
        for number, one in enumerate(new.passages)
        if one.scored
    )


def _facts(
    text: str, new: Digest, pairs: Sequence[Pair], pair: Pair | None, fresh: frozenset[int], limits: Thresholds
) -> tuple[Fact, ...]:
    """Figures that nobody told yet or that replace one of a text with the same wording, and names of new sentences."""
    told = frozenset[str]().union(*(one.sketch.numbers for one in pairs))
    stems = frozenset[str]().union(*(one.old.all_stems for one in pairs))
    alike = pair is not None and max(pair.in_old, pair.in_new) >= limits.related
    replacing = frozenset(_changed(new, pair.old)) if pair and alike else frozenset[Found]()
    kept: dict[tuple[str, str], Found] = {}
    for fact in new.facts:
        if fact.kind == "name":
            wanted = _passage(new, fact) in fresh and not stems.issuperset(fact.value.split())
        else:
            wanted = fact in replacing or not (fact.value in told or is_small(fact.value, stems))
        if wanted:
            kept.setdefault((fact.kind, fact.value), fact)
    return tuple(Fact(fact.kind, text[fact.start : fact.end], fact.start, fact.end) for fact in kept.values())
