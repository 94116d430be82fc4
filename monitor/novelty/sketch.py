"""The sketch of a document: what is stored of it so that copies find each other."""

from __future__ import annotations

from monitor.model import Document, Sketch
from monitor.novelty.digest import Digest, digest
from monitor.novelty.shingles import sampled
from monitor.novelty.spelling import SCHEME


def sketch(document: Document) -> Sketch:
    """Return the hash of the folded words, one shingle hash in eight, and the values of numbers, dates and names.

    A text under twelve words is hashed together with its title.
    """
    return sketch_of(digest(document.title, document.prose))


def sketch_of(prepared: Digest) -> Sketch:
    """Return the sketch of a prepared document."""
    return Sketch(
        scheme=SCHEME,
        text_hash=prepared.text_hash,
        sampled=sampled(prepared.shingles),
        numbers=tuple(sorted(prepared.values("number", "date"))),
        names=tuple(sorted(prepared.names)),
    )
