"""Which words of a text a word of a rule stands for."""

from __future__ import annotations

from monitor.text import fold


def forms(word: str) -> frozenset[str]:
    """The folded forms that match the rule word: the word itself."""
    return frozenset({fold(word)})
