"""Who tells a thing by themselves, and who carries another's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Level

COPIES = frozenset((Level.SAME, Level.COPY, Level.TRUNCATED))


@dataclass(frozen=True, slots=True)
class Telling:
    """An outlet's report: `copy_of` is the article that it is a copy of, `credits` the agencies that it names."""

    article_id: int
    outlet: str
    copy_of: int | None = None
    credits: tuple[str, ...] = ()


def independent(told: Sequence[Telling]) -> int:
    """Return how many reports stand by themselves.

    Copies and their originals are one, all that one agency is credited for is one, and an outlet is one: rather too
    few are counted than too many.
    """
    roots: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := roots.setdefault(name, name)) != name:
            name = above
        return name

    for one in told:
        ties = [f"outlet {one.outlet}", *(f"agency {name}" for name in one.credits)]
        ties += [f"article {one.copy_of}"] if one.copy_of is not None else []
        for tie in ties:
            roots[root(f"article {one.article_id}")] = root(tie)
    return len({root(f"article {one.article_id}") for one in told})
