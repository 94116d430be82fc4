"""Text: cleaned at the door, cut into the one kind of token, folded, and split into sentences. Pure."""

from __future__ import annotations

from monitor.text.clean import clean, plain
from monitor.text.sentences import sentences
from monitor.text.tokens import ANALYSER, Token, exact, fold, folded_words, spans, tokens, worded

__all__ = [
    "ANALYSER",
    "Token",
    "clean",
    "exact",
    "fold",
    "folded_words",
    "plain",
    "sentences",
    "spans",
    "tokens",
    "worded",
]
