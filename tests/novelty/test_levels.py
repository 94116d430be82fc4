"""Levels of generated edits, of very short texts and of the five real articles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Document, Judgement, Level
from monitor.novelty import development_key, judge, sketch, thresholds, unmatched

Judge = Callable[..., Judgement]


def test_an_edit_gets_its_level(case: Any, judged: Judge) -> None:
    judgement = judged(*case.new, case.known)
    assert judgement.level == case.expected
