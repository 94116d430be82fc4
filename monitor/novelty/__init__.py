"""Novelty: how a document relates to what is known, and what in it is new. Pure."""

from __future__ import annotations

from monitor.novelty.crosslingual import encoder
from monitor.novelty.development import development_key, hard_facts, tells_news, unmatched
from monitor.novelty.fingerprint import read_fingerprint, write_fingerprint
from monitor.novelty.joining import Encoder
from monitor.novelty.level import judge
from monitor.novelty.memory import Memory
from monitor.novelty.profile import profile
from monitor.novelty.sketch import sketch
from monitor.novelty.spelling import SCHEME
from monitor.novelty.thresholds import Thresholds, thresholds

__all__ = [
    "SCHEME",
    "Encoder",
    "Memory",
    "Thresholds",
    "development_key",
    "encoder",
    "hard_facts",
    "judge",
    "profile",
    "read_fingerprint",
    "sketch",
    "tells_news",
    "thresholds",
    "unmatched",
    "write_fingerprint",
]
