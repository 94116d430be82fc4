"""Text: cleaned at the door, cut into the one kind of token, folded, and split into sentences. Pure."""

from __future__ import annotations

from monitor.text.clean import clean, plain
from monitor.text.sentences import sentences
from monitor.text.tokens import ANALYSER, Token, exact, fold, spans, tokens, worded

__all__ = ["ANALYSER", "Token", "clean", "exact", "fold", "plain", "sentences", "spans", "tokens", "worded"]
