"""The background job that brings the search index up to date: versions from before it, or before this analyser."""

from __future__ import annotations

from monitor import pipeline
from monitor.runtime.services import Services

_AT_ONCE = 50


async def index_waiting(services: Services) -> int:
    """Index some versions that are not, and say how many. Few at a time: whatever else is recorded waits for them."""
    words = await services.look(pipeline.waiting_words, _AT_ONCE)
    return await services.record(pipeline.index_words, words) if words else 0
