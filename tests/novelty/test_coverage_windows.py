"""Sentence coverage: known texts that cannot win are left out, and the answer is that of looking at every window."""

from __future__ import annotations

import random

import pytest

from monitor.model import Profile
from monitor.novelty.coverage import coverage
from monitor.novelty.weights import Weights

WEIGHTS = Weights(500, {number: number * 7 % 400 for number in range(0, 1 << 14, 3)})


def text(chance: random.Random, most: int, bits: int) -> Profile:
    drawn = [chance.sample(range(most), chance.randint(0, 8)) for _ in range(chance.randint(1, 9))]
    passages = tuple(frozenset(number & (1 << bits) - 1 for number in one) for one in drawn)
    return Profile(bits, passages, passages)


def every_window(passage: frozenset[int], texts: list[Profile], bits: int) -> float:
    total = sum(map(WEIGHTS.stem, passage))
    windows = [
        frozenset[int]().union(*one.stems[max(0, end - 3) : end])
        for one in texts
        for end in range(1, len(one.stems) + 3)
    ]
    held = [sum(WEIGHTS.stem(one) for one in passage if one & (1 << bits) - 1 in window) for window in windows]
    return max(held, default=0.0) / total if total else 1.0


@pytest.mark.parametrize(("bits", "most"), [(32, 60), (32, 2000), (5, 60), (9, 2000)])
def test_the_best_of_all_windows_counts(bits: int, most: int) -> None:
    chance = random.Random(f"{bits} {most}")
    for _ in range(120):
        new = text(chance, most, 32)
        known = [text(chance, most, bits) for _ in range(chance.randint(0, 6))]
        known += [Profile(bits, known[0].stems + known[-1].stems, ())] if known else []
        wanted = [every_window(passage, known, bits) for passage in new.stems]
        assert coverage(new, known, [], WEIGHTS).passages == pytest.approx(wanted)


def test_no_window_reaches_from_one_text_into_the_next() -> None:
    new = Profile(32, (frozenset((3, 6)),), (frozenset(),))
    apart = [Profile(32, (frozenset((one,)),), ()) for one in (3, 6)]
    far = Profile(32, (frozenset((3,)), frozenset(), frozenset(), frozenset((6,))), ())
    near = Profile(32, (frozenset((3,)), frozenset(), frozenset((6,))), ())
    assert coverage(new, [*apart, far], [], WEIGHTS).passages[0] < 1.0
    assert coverage(new, [*apart, near], [], WEIGHTS).passages == (1.0,)
