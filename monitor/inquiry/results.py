"""What a search found, as the JSON that users' scripts rely on."""

from __future__ import annotations

from collections import Counter

from monitor.inquiry import shapes
from monitor.inquiry.search import Found
from monitor.inquiry.shapes import Json
from monitor.store.proposals import Facets


def results(query: str, found: Found) -> Json:
    """`search --json` and /articles.json. Not exact: what the index proposes, never less; facets likewise."""
    return {
        "query": query,
        "total": found.total,
        "total_exact": found.total_exact,
        "rows": [shapes.article(row) for row in found.rows],
        "next": shapes.name("a", found.next),
        "facets": None if found.facets is None else facets(found.facets),
    }


def facets(counted: Facets) -> dict[str, dict[str, int]]:
    """By facet the number of articles of each value: the most frequent first, days newest first."""
    return {
        "source": _frequent(counted.source),
        "language": _frequent(counted.language),
        "level": _frequent(counted.level),
        "day": dict(sorted(counted.day.items(), reverse=True)),
    }


def _frequent(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda one: (-one[1], one[0])))
