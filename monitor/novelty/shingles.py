"""Five words in a row: what two texts with a common source share, and the hashes that find them again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from xxhash import xxh64_intdigest

WIDTH = 5
KEEP_ALL = 80
"""A text of fewer shingles keeps all of them, or a short report could not be found again."""

SAMPLE = 8
_SIGN = 1 << 63


def shingles(words: Sequence[str]) -> frozenset[int]:
    """Return the hashes of all runs of five words; fewer words than that are one run, no words none."""
    if len(words) <= WIDTH:
        return frozenset([signed(" ".join(words))] if words else [])
    runs = map(" ".join, zip(*(islice(words, start, None) for start in range(WIDTH)), strict=False))
    return frozenset(map(signed, runs))


def signed(text: str) -> int:
    """Return the signed 64-bit hash: unsigned ones overflow both databases."""
    value = xxh64_intdigest(text.encode("utf-8", "surrogatepass"))
    return value - (_SIGN << 1) if value >= _SIGN else value


def sampled(hashes: frozenset[int]) -> tuple[int, ...]:
    """Return one shingle in eight, sorted, chosen by the hash itself so that two texts choose alike."""
    return tuple(sorted(value for value in hashes if is_sampled(value) or len(hashes) < KEEP_ALL))


def is_sampled(value: int) -> bool:
    """Is this shingle the one in eight that is kept of a longer text?"""
    return value % SAMPLE == 0


def containment(part: frozenset[int], whole: frozenset[int]) -> float:
    """Return the share of `part` that stands in `whole`; 0 for an empty part."""
    return len(part & whole) / len(part) if part else 0.0
