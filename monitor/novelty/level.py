"""The level of a document: how it relates to what is known, with the evidence for saying so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Change, Document, Judgement, Known, Level, Profile, Sentence, Sketch
from monitor.novelty.commentary import commentary
from monitor.novelty.coverage import Coverage, coverage
from monitor.novelty.dates import Found
from monitor.novelty.digest import Digest, digest
from monitor.novelty.event import Resemblance, resemblances
from monitor.novelty.evidence import HARD, differing, facts_of, leftover, new_facts, replaced, told_by
from monitor.novelty.figures import is_year
from monitor.novelty.frame import only_frame
from monitor.novelty.joining import Encoder, Joined, is_foreign, same_event
from monitor.novelty.marks import in_words
from monitor.novelty.pairing import (
    Pair,
    changed,
    changed_inside,
    changed_outside,
    common_wording,
    paired,
    passage_of,
    prepared,
)
from monitor.novelty.profile import all_of, profile_of
from monitor.novelty.thresholds import Thresholds
from monitor.novelty.trace import Trace
from monitor.novelty.weights import Weights

_ORDER = (Level.SAME, Level.COPY, Level.TRUNCATED, Level.EXTENDED, Level.TEMPLATE, Level.NEW)
_NO_WEIGHTS = Weights()
_TELLING = 50  # words; under a new headline fewer that are known may be a notice to log in
_HALF = 0.5  # of common wording; what shares less may stand in the same frame of a site alone
_COMPARED = 3  # known texts whose figures are held against the new ones


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that a level is decided from. `fresh` are the numbers of the new sentences."""

    document: Document
    new: Digest
    pairs: Sequence[Pair]
    alike: Sequence[Resemblance]
    seen: Coverage
    fresh: frozenset[int]
    facts: Sequence[Found]
    limits: Thresholds
    encoder: Encoder | None


@dataclass(frozen=True, slots=True)
class _Decision:
    level: Level
    nearest: Known | None
    pair: Pair | None
    reason: str
    likeness: float | None = None


def judge(
    document: Document,
    own: Sketch,
    known: Sequence[Known],
    limits: Thresholds,
    *,
    nearby: Sequence[Known] = (),
    weights: Weights = _NO_WEIGHTS,
    encoder: Encoder | None = None,
) -> Judgement:
    """Return the level with the nearest document, shares, sentences and facts.

    `own` is the document's sketch, `known` the candidates for common wording, `nearby` those that share its rarest
    words or marks, in any language; the `encoder` settles what marks leave in doubt. Sentences are those of the text
    that are worth a score; facts are figures and places that are not known, and the names of new sentences.
    """
    new = digest(document.title, document.prose)
    profile = profile_of(new)
    olds = [prepared(one) for one in known]
    around = _around(known, olds, nearby)
    seen, fresh = _covered(document, new, profile, around, weights, limits)
    pairs = [paired(new, own, one, old) for one, old in zip(known, olds, strict=True)]
    wording = [pair for pair in pairs if common_wording(new, pair, limits)]
    replacing = frozenset(fact for pair in wording for fact in changed(new, pair.old))
    told = told_by(other for _, other in around)
    facts = new_facts(new, told, [old for old in olds if isinstance(old, Digest)], replacing, fresh)
    alike = resemblances(profile, document.published, around, weights, limits)
    differs = dict(_differing(document, new, fresh, alike)) if not wording else {}
    facts = [fact for fact in facts if fact not in differs]
    case = _Case(document, new, pairs, alike, seen, fresh, facts, limits, encoder)
    decided = _decided(case)
    changes = replaced(document.prose, new, decided.pair) if decided.pair else tuple(differs.values())
    event = next((one for one in alike if decided.nearest and one.known.version_id == decided.nearest.version_id), None)
    return Judgement(
        level=decided.level,
        nearest=decided.nearest,
        containment=decided.pair.containment if decided.pair else 0.0,
        agreement=decided.pair.agreement if decided.pair else 0.0,
        newword=seen.newword,
        sentences=_sentences(document.prose, new, seen, fresh),
        facts=facts_of(document.prose, facts),
        changes=changes,
        resemblance=max(0.0, event.score) if event else 0.0,
        joined_by=_joined_by(document, new, event, decided.likeness) if event else (),
        decided=decided.reason,
    )


def _joined_by(document: Document, new: Digest, event: Resemblance, likeness: float | None) -> tuple[str, ...]:
    """The marks that two reports share, and how alike the encoder finds them where that decided."""
    meant = () if likeness is None else (f"likeness {likeness:.2f} by the encoder",)
    return *meant, *in_words(document.prose, all_of(new.marks), new.facts, event.common)


def _around(
    known: Sequence[Known], olds: Sequence[Digest | Trace], nearby: Sequence[Known]
) -> list[tuple[Known, Profile]]:
    """Every known document once, with its profile."""
    found = {one.version_id: (one, one.profile or _profile_of(old)) for one, old in zip(known, olds, strict=True)}
    for one in nearby:
        found.setdefault(one.version_id, (one, one.profile or profile_of(digest(one.title, one.text))))
    return list(found.values())


def _profile_of(old: Digest | Trace) -> Profile:
    return old.profile if isinstance(old, Trace) else profile_of(old)


def _covered(
    document: Document,
    new: Digest,
    profile: Profile,
    around: Sequence[tuple[Known, Profile]],
    weights: Weights,
    limits: Thresholds,
) -> tuple[Coverage, frozenset[int]]:
    """How much of each sentence is known, and the numbers of those that are new."""
    foreign = [other for one, other in around if is_foreign(document.language, one.language)]
    native = [other for one, other in around if not is_foreign(document.language, one.language)]
    seen = coverage(profile, native, foreign, weights)
    return seen, _below(new, seen, limits)


def _differing(
    document: Document, new: Digest, fresh: frozenset[int], alike: Sequence[Resemblance]
) -> Iterator[tuple[Found, Change]]:
    """Figures that nearest reports of the same language give otherwise."""
    for one in alike[:_COMPARED]:
        if one.known.text and not is_foreign(document.language, one.known.language):
            old = digest(one.known.title, one.known.text)
            yield from differing(document.prose, new, fresh, one.known, old)


def _decided(case: _Case) -> _Decision:
    """By common wording first, then as a report of a known event, then by what is new in it."""
    wording = [(_by_wording(case, pair), pair) for pair in case.pairs]
    strongest = min((level for level, _ in wording), key=_ORDER.index, default=Level.NEW)
    if strongest is not Level.NEW:
        best = max((pair for level, pair in wording if level is strongest), key=lambda pair: pair.closeness)
        return _Decision(strongest, best.known, best, _wording_reason(best, case.limits))
    told = None if case.new.short else same_event(case.document, case.alike, case.limits, case.encoder)
    if told is not None:
        return _as_report(case, told)
    event = case.alike[0] if case.alike else None
    closest = max(case.pairs, key=lambda pair: pair.closeness, default=None)
    nearest = event.known if event and event.score > 0 else closest.known if closest else None
    pair = next((one for one in case.pairs if nearest and one.known.version_id == nearest.version_id), None)
    level, reason = _by_voice(case)
    return _Decision(level, nearest, pair, reason)


def _by_wording(case: _Case, pair: Pair) -> Level:
    """The level that common wording with one known document gives; new where they have none."""
    new, limits = case.new, case.limits
    if pair.same:
        return Level.SAME
    if not common_wording(new, pair, limits):
        return Level.NEW
    added = _added(case, pair)
    if isinstance(pair.old, Digest) and pair.containment < _HALF and only_frame(new, added, pair.old):
        return Level.NEW
    if pair.agreement < limits.agreement or changed_outside(new, pair.old, added):
        return Level.TEMPLATE
    if case.seen.newword >= limits.newword or changed_inside(new, pair.old, added):
        return Level.EXTENDED
    if pair.in_old >= limits.copy:
        return Level.COPY if pair.in_new >= limits.copy else Level.TRUNCATED
    return Level.EXTENDED if case.fresh else _light_edit(pair, limits)


def _added(case: _Case, pair: Pair) -> frozenset[int]:
    """The sentences that this one known document does not have, whether or not another has them."""
    seen = coverage(profile_of(case.new), [_profile_of(pair.old)], [], _NO_WEIGHTS)
    return _below(case.new, seen, case.limits)


def _below(new: Digest, seen: Coverage, limits: Thresholds) -> frozenset[int]:
    scored = [number for number, passage in enumerate(new.passages) if passage.scored]
    shares = zip(scored, seen.passages[1:], strict=True)
    return frozenset(number for number, share in shares if share < limits.sentence)


def _light_edit(pair: Pair, limits: Thresholds) -> Level:
    """A text that has words changed throughout but tells nothing more."""
    if pair.in_old < limits.related:
        return Level.EXTENDED
    return Level.COPY if pair.in_new >= limits.copy * pair.in_old else Level.TRUNCATED


def _as_report(case: _Case, event: Joined) -> _Decision:
    """A report of an event that is known: nothing but another telling, unless figures are left over."""
    found = leftover(case.new, case.facts, case.fresh)
    known = event.to.known
    pair = next((one for one in case.pairs if one.known.version_id == known.version_id), None)
    if len(found) >= case.limits.leftover:
        told = f"{len(found)} new figures >= {case.limits.leftover}"
        return _Decision(Level.NEW, known, pair, f"{event.reason}, but {told}", event.likeness)
    return _Decision(Level.REWRITE, known, pair, event.reason, event.likeness)


def _by_news(case: _Case) -> tuple[Level, str]:
    """What a document is that shares neither wording nor event with a known one."""
    limits, newword, count = case.limits, case.seen.newword, len(case.facts)
    if not case.alike:
        return Level.NEW, "nothing like it is known"
    if case.new.length < _TELLING:
        return Level.NEW, f"too short to be another telling: {case.new.length} words < {_TELLING}"
    hard = [fact for fact in case.facts if fact.kind in HARD and passage_of(case.new, fact) in case.fresh]
    if newword < limits.newword and count < limits.facts and not hard:
        return Level.REWRITE, f"new words {newword:.2f} < {limits.newword:.2f} and {count} new facts < {limits.facts}"
    if newword >= limits.newword:
        return Level.NEW, f"new words {newword:.2f} >= {limits.newword:.2f}"
    told = "a new figure, date or place in a new sentence" if hard else f"{count} new facts >= {limits.facts}"
    return Level.NEW, told


def _by_voice(case: _Case) -> tuple[Level, str]:
    """What is new in a document, or that it is commentary: that breaks no news, unless it has new figures."""
    level, reason = _by_news(case)
    why = commentary(case.document) if level is Level.NEW else ""
    told = {value for value in leftover(case.new, case.facts, case.fresh) if not is_year(value)} if why else set()
    if not why or len(told) >= case.limits.leftover:
        return level, reason
    return Level.COMMENTARY, f"{why}; {len(told)} new figures < {case.limits.leftover}"


def _wording_reason(pair: Pair, limits: Thresholds) -> str:
    if pair.same:
        return "the same text"
    return (
        f"common wording {pair.containment:.2f} >= {limits.related:.2f}, figures and names agree {pair.agreement:.2f}"
    )


def _sentences(text: str, new: Digest, seen: Coverage, fresh: frozenset[int]) -> tuple[Sentence, ...]:
    scored = [(number, one) for number, one in enumerate(new.passages) if one.scored]
    return tuple(
        Sentence(text[one.start : one.end], one.start, one.end, share, number in fresh)
        for (number, one), share in zip(scored, seen.passages[1:], strict=True)
    )
