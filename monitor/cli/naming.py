"""Names that nobody has: told with the nearest that somebody has."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def nearly(written: str, known: Collection[str]) -> str:
    """Which of the known names was probably meant, as the end of a sentence; "" when none is near."""
    found = get_close_matches(written.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def unknown(noun: str, written: str, known: Collection[str], listing: str) -> str:
    """That no source, rule or channel is called so, what was probably meant, and the command that lists them."""
    near = nearly(written, known)
    return f"no {noun} is called {written!r}" + (near or f"; `{listing}` shows them")
