"""Five words in a row: what two texts with a common source share, and the hashes that find them again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

from xxhash import xxh64_intdigest

WIDTH = 5
KEEP_ALL = 80
"""A text of fewer shingles keeps all of them, or a short report could not be found again."""

_SAMPLE = 8
_SIGN = 1 << 63


def shingles(words: Sequence[str]) -> frozenset[str]:
    """Return all runs of five words; fewer words than that are one shingle, no words none."""
    if len(words) <= WIDTH:
        return frozenset([" ".join(words)] if words else [])
    return frozenset(map(" ".join, zip(*(islice(words, start, None) for start in range(WIDTH)), strict=False)))


def signed(text: str) -> int:
    """Return the signed 64-bit hash: unsigned ones overflow both databases."""
    value = xxh64_intdigest(text.encode("utf-8", "surrogatepass"))
    return value - (_SIGN << 1) if value >= _SIGN else value


def sampled(all_of_them: Collection[str]) -> tuple[int, ...]:
    """Return the hashes of one shingle in eight, chosen by the hash itself so that two texts choose alike."""
    hashes = map(signed, all_of_them)
    return tuple(sorted(hashes if len(all_of_them) < KEEP_ALL else (value for value in hashes if value % _SAMPLE == 0)))


def containment(part: frozenset[str], whole: frozenset[str]) -> float:
    """Return the share of `part` that stands in `whole`; 0 for an empty part."""
    return len(part & whole) / len(part) if part else 0.0
