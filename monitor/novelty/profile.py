"""A document as hashes: what is compared of it when its text is not at hand, and how that is stored."""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from monitor.model import Document, Profile
from monitor.novelty.digest import MOST, Digest, digest
from monitor.novelty.weights import mark_term, term

T = TypeVar("T")
FORMAT = 1
BITS = 32


def profile(document: Document) -> Profile:
    """Return the profile of a document: the title is its first passage, then the sentences that are worth a score.

    Facts of lines that are not stand with the title.
    """
    return profile_of(digest(document.title, document.prose))


@lru_cache(maxsize=16)
def profile_of(prepared: Digest) -> Profile:
    """Return the profile of a prepared document; the last ones are remembered, for one judgement asks several times."""
    scored = [number for number, passage in enumerate(prepared.passages[:MOST]) if passage.scored]
    stems = [prepared.title_stems, *(prepared.passages[number].stems for number in scored)]
    marks = [prepared.marks[0] | prepared.loose_marks, *(prepared.marks[number + 1] for number in scored)]
    return Profile(
        bits=BITS,
        stems=tuple(frozenset(map(term, one)) for one in stems),
        marks=tuple(frozenset(map(mark_term, one)) for one in marks),
    )


def packed(value: Profile) -> bytes:
    """Return the stored form: version, bits, then for each passage the counts and the sorted numbers, compressed."""
    numbers = array("I", [len(value.stems)])
    for passage in (*value.stems, *value.marks):
        numbers.append(len(passage))
        numbers.extend(sorted(passage))
    return bytes((FORMAT, value.bits)) + zlib.compress(_little(numbers).tobytes(), 1)


@lru_cache(maxsize=256)
def unpacked(data: bytes) -> Profile:
    """Return the profile of a stored form; the last ones are remembered, for one report is near to many.

    Raises ValueError for a form of another version.
    """
    if data[0] != FORMAT:
        raise ValueError(f"a profile of format {data[0]}: this program reads {FORMAT}")
    numbers = array("I")
    numbers.frombytes(zlib.decompress(data[2:]))
    rest = _little(numbers)
    passages, place = [], 1
    for _ in range(2 * rest[0]):
        end = place + 1 + rest[place]
        passages.append(frozenset(rest[place + 1 : end]))
        place = end
    return Profile(bits=data[1], stems=tuple(passages[: rest[0]]), marks=tuple(passages[rest[0] :]))


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def all_of(passages: Iterable[frozenset[T]]) -> frozenset[T]:
    """Everything that stands in any of these passages."""
    return frozenset[T]().union(*passages)
