"""How documents relate to known ones, without storing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set

from monitor.inquiry import shapes
from monitor.inquiry.evidence import Background, told
from monitor.model import Document, Known, Origin, Profile, Sketch
from monitor.novelty import Encoder, Memory, Thresholds, judge, profile, sketch
from monitor.novelty.profile import all_of
from monitor.novelty.weights import Weights

NEAREST = 10
_NOTHING = Memory()
Marked = tuple[Known, frozenset[int], frozenset[int]]


def compare(
    documents: Sequence[tuple[str, Document]],
    against: Sequence[tuple[str, Document]],
    limits: Thresholds,
    memory: Memory = _NOTHING,
    encoder: Encoder | None = None,
) -> list[shapes.Json]:
    """Judge each document against the known ones, as if these were the archive; pairs are (file, document).

    `memory` are known documents without text; the `encoder` settles what is in doubt across languages.
    One object per document, in order.
    """
    known = [_known(number, file, document) for number, (file, document) in enumerate(against, start=1)]
    profiles = [profile(document) for _, document in against]
    marked = [_marked(one, own) for one, own in zip(known, profiles, strict=True)]
    counts = Counter(number for _, stems, marks in marked for number in (*stems, *marks))
    weights = Weights(len(known), counts)
    return [_one(file, document, marked, weights, limits, memory, encoder) for file, document in documents]


def _known(number: int, file: str, document: Document) -> Known:
    return Known(
        version_id=number,
        article_id=number,
        title=document.title,
        text=document.prose,
        url=document.url,
        source_id=file,
        origin=Origin.CORPUS,
        sketch=sketch(document),
        profile=profile(document),
        language=document.language,
        published=document.published,
    )


def _marked(known: Known, own: Profile) -> Marked:
    return known, all_of(own.stems), all_of(own.marks)


def _one(
    file: str,
    document: Document,
    marked: Sequence[Marked],
    weights: Weights,
    limits: Thresholds,
    memory: Memory,
    encoder: Encoder | None,
) -> shapes.Json:
    own, words = sketch(document), profile(document)
    wording = sorted((one for one, _, _ in marked), key=lambda other: -_common(own, other.sketch))[:NEAREST]
    wording += memory.wording(own)
    nearby = (*_nearby(words, marked, weights), *memory.nearest(words, weights))
    weights = memory.weighed(weights, words, (*wording, *nearby))
    found = judge(document, own, wording, limits, nearby=nearby, weights=weights, encoder=encoder)
    around = Background(tuple({one.version_id: one for one in (*wording, *nearby)}.values()))
    return {
        "file": file,
        "title": document.title,
        "language": document.language,
        "level": found.level.value,
        **told(found, document.language, around),
    }


def _common(own: Sketch, other: Sketch | None) -> float:
    """Rough nearness for choosing whom to read closely: shared shingles first, then shared numbers and names."""
    if other is None:
        return 0.0
    shingles = len(set(own.sampled) & set(other.sampled))
    facts = len({*own.numbers, *own.names} & {*other.numbers, *other.names})
    return shingles * 10.0 + facts


def _nearby(own: Profile, marked: Sequence[Marked], weights: Weights) -> tuple[Known, ...]:
    """Those with the most of a document's words, and with the most of its marks: whom an archive would find."""
    stems, marks = all_of(own.stems), all_of(own.marks)

    def most(shared: Callable[[Marked], Set[int]], weigh: Callable[[int], float]) -> list[Known]:
        found = [(sum(map(weigh, shared(one))), one[0]) for one in marked]
        best = sorted((pair for pair in found if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].version_id))
        return [one for _, one in best[:NEAREST]]

    near = [*most(lambda one: stems & one[1], weights.stem), *most(lambda one: marks & one[2], weights.mark)]
    return tuple({one.version_id: one for one in near}.values())
