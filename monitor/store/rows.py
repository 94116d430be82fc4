"""From rows to values: the columns each value needs, and its making."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from monitor.model import Change, Cue, Document, Fact, Hit, Judgement, Known, Origin, Sentence, Sketch
from monitor.novelty.chrome import blanked
from monitor.novelty.fingerprint import SOURCE
from monitor.novelty.profile import unpacked
from monitor.store.tables import article, profile, version, version_captions, version_mask

AnyRow = Row[*tuple[Any, ...]]


def hits_tree(hits: Sequence[Hit]) -> list[list[Any]]:
    return [
        [hit.field, hit.start, hit.end, hit.text, hit.term, list(hit.lists), hit.form, hit.zone, _cue_tree(hit.cue)]
        for hit in hits
    ]


def _cue_tree(cue: Cue | None) -> list[Any] | None:
    return None if cue is None else [cue.start, cue.end, cue.text]


def hits_of(tree: Sequence[Sequence[Any]]) -> tuple[Hit, ...]:
    return tuple(_hit_of(*item) for item in tree)


def _hit_of(
    field: str,
    start: int,
    end: int,
    text: str,
    term: str,
    lists: Sequence[str] = (),
    form: str = "",
    zone: str = "",
    cue: Sequence[Any] | None = None,
) -> Hit:
    """Older archives hold no more than the first five."""
    return Hit(field, start, end, text, term, tuple(lists), form, zone, None if cue is None else Cue(*cue))


def sentences_tree(sentences: Sequence[Sentence], text: str) -> list[list[Any]]:
    """Without the words where they stand in the version's text at these offsets."""
    return [
        [one.start, one.end, one.coverage, one.new, *([] if text[one.start : one.end] == one.text else [one.text])]
        for one in sentences
    ]


def sentences_of(tree: Sequence[Sequence[Any]], text: str) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(words[0] if words else text[start:end], start, end, coverage, new)
        for start, end, coverage, new, *words in tree
    )


def facts_tree(facts: Sequence[Fact]) -> list[list[Any]]:
    return [[fact.kind, fact.text, fact.start, fact.end] for fact in facts]


def facts_of(tree: Sequence[Sequence[Any]]) -> tuple[Fact, ...]:
    return tuple(Fact(*item) for item in tree)


def judgement_tree(judgement: Judgement, text: str) -> dict[str, Any]:
    """The evidence of a judgement, without what has columns of its own."""
    nearest = judgement.nearest
    return {
        "sentences": sentences_tree(judgement.sentences, text),
        "facts": facts_tree(judgement.facts),
        "changes": [[one.old, one.text, one.start, one.end] for one in judgement.changes],
        "resemblance": judgement.resemblance,
        "joined_by": list(judgement.joined_by),
        "decided": judgement.decided,
        **({"before": nearest.title} if nearest is not None and not nearest.archived else {}),
    }


def before_of(evidence: Mapping[str, Any]) -> Known | None:
    """The nearest report where a fingerprint has it: nothing but what it is called was kept."""
    title = evidence.get("before")
    return None if title is None else Known(-1, -1, title, "", "", SOURCE, Origin.CORPUS)


def changes_of(tree: Sequence[Sequence[Any]]) -> tuple[Change, ...]:
    return tuple(Change(*item) for item in tree)


def marks_tree(sketch: Sketch) -> dict[str, list[Any]]:
    return {"sampled": list(sketch.sampled), "numbers": list(sketch.numbers), "names": list(sketch.names)}


def sketch_of(row: AnyRow) -> Sketch:
    marks = row.marks
    return Sketch(row.scheme, row.text_hash, tuple(marks["sampled"]), tuple(marks["numbers"]), tuple(marks["names"]))


DOCUMENT_COLUMNS = (
    version.c.url,
    version.c.title,
    version.c.text,
    version.c.author,
    version.c.published,
    version.c.published_raw,
    version.c.modified,
    version.c.language,
    version.c.site,
    version.c.canonical,
    version.c.paywalled,
    version.c.method,
    version.c.partial,
)


CAPTIONS = (
    select(version_captions.c.length)
    .where(version_captions.c.version_id == version.c.id)
    .scalar_subquery()
    .label("captions")
)
"""How much of a version's text is captions, as a column beside those of the version; null for none."""


def document_values(document: Document) -> dict[str, Any]:
    return {column.name: getattr(document, column.name) for column in DOCUMENT_COLUMNS}


def document_of(row: AnyRow) -> Document:
    """From a row of `version` with CAPTIONS."""
    columns = {column.name: getattr(row, column.name) for column in DOCUMENT_COLUMNS}
    return Document(**columns, captions=row.captions or 0)


def known_query(*, sketched: bool = True) -> Select[*tuple[Any, ...]]:
    """What `known_of` reads; only common wording is compared by sketches."""
    sketch = (version.c.scheme, version.c.text_hash, version.c.marks) if sketched else ()
    return select(
        version.c.id.label("version_id"),
        version.c.article_id,
        version.c.number,
        version.c.title,
        version.c.text,
        CAPTIONS,
        version.c.url,
        *sketch,
        version.c.development_id,
        version.c.language,
        func.coalesce(version.c.published, version.c.first_seen).label("told_at"),
        article.c.source_id,
        article.c.origin,
        article.c.story_id,
        version_mask.c.spans,
        profile.c.packed,
    ).select_from(version.join(article).outerjoin(version_mask).outerjoin(profile))


def known_of(row: AnyRow, *, sketched: bool = True) -> Known:
    return Known(
        version_id=row.version_id,
        article_id=row.article_id,
        title=row.title,
        # Without its captions and what its site repeats, as it was judged.
        text=blanked(row.text, row.spans or ())[: len(row.text) - (row.captions or 0)],
        url=row.url,
        source_id=row.source_id,
        origin=Origin(row.origin),
        story_id=row.story_id,
        development_id=row.development_id,
        sketch=sketch_of(row) if sketched else None,
        profile=None if row.packed is None else unpacked(row.packed),
        language=row.language,
        published=row.told_at,
    )
