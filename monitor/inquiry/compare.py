"""How documents relate to known ones, without storing anything."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.inquiry import shapes
from monitor.model import Document, Known, Origin, Sketch
from monitor.novelty import Thresholds, judge, sketch

NEAREST = 10


def compare(
    documents: Sequence[tuple[str, Document]], against: Sequence[tuple[str, Document]], limits: Thresholds
) -> list[shapes.Json]:
    """Judge each document against the known ones; pairs are (file, document). One object per document, in order."""
    known = [_known(number, file, document) for number, (file, document) in enumerate(against, start=1)]
    return [_one(file, document, known, limits) for file, document in documents]


def _known(number: int, file: str, document: Document) -> Known:
    return Known(
        version_id=number,
        article_id=number,
        title=document.title,
        text=document.text,
        url=document.url,
        source_id=file,
        origin=Origin.CORPUS,
        sketch=sketch(document),
    )


def _one(file: str, document: Document, known: Sequence[Known], limits: Thresholds) -> shapes.Json:
    own = sketch(document)
    nearest = sorted(known, key=lambda other: -_common(own, other.sketch))[:NEAREST]
    found = judge(document, own, nearest, limits)
    return {
        "file": file,
        "title": document.title,
        "language": document.language,
        "level": found.level.value,
        **shapes.judgement(found),
    }


def _common(own: Sketch, other: Sketch | None) -> float:
    """Rough nearness for choosing whom to read closely: shared shingles first, then shared numbers and names."""
    if other is None:
        return 0.0
    shingles = len(set(own.sampled) & set(other.sampled))
    facts = len({*own.numbers, *own.names} & {*other.numbers, *other.names})
    return shingles * 10.0 + facts
