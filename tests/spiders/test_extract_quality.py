"""Extraction against hand-made gold texts of real pages: F1 over 4-word shingles, as the benchmark's authors score."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from spiders.extract import extract


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter([tuple(words)] if 0 < len(words) < 4 else zip(*(words[start:] for start in range(4)), strict=False))


def f1(pairs: list[tuple[str, str]]) -> float:
    """The harmonic mean of mean precision and mean recall."""
    precisions, recalls = [], []
    for found, gold in pairs:
        ours, theirs = shingles(found), shingles(gold)
        common = sum((ours & theirs).values())
        precisions.append(common / max(1, sum(ours.values())))
        recalls.append(common / max(1, sum(theirs.values())))
    return 2 * mean(precisions) * mean(recalls) / (mean(precisions) + mean(recalls))


def test_forty_real_pages(shared: Path) -> None:
    folder = shared / "data/articles"
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    pairs, dated = [], 0
    for name in sorted(gold)[::4][:40]:
        body = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        document = extract(body, gold[name]["url"], now)
        assert document.title
        dated += document.published is not None
        pairs.append((document.text, gold[name]["articleBody"]))
    assert len(pairs) == 40
    assert f1(pairs) >= 0.94
    assert dated >= 32
