"""Novelty: how a document relates to what is known, and what in it is new. Pure."""

from __future__ import annotations

from monitor.novelty.development import development_key, hard_facts, tells_news, unmatched
from monitor.novelty.level import judge
from monitor.novelty.profile import profile
from monitor.novelty.sketch import sketch
from monitor.novelty.spelling import SCHEME
from monitor.novelty.thresholds import Thresholds, thresholds

__all__ = [
    "SCHEME",
    "Thresholds",
    "development_key",
    "hard_facts",
    "judge",
    "profile",
    "sketch",
    "tells_news",
    "thresholds",
    "unmatched",
]
