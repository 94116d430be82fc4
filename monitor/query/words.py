"""The words of a text whose folded words are known: their offsets are looked up only where somebody asks for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import overload

from monitor.text import Token, spans, worded

Part = tuple[str, int, int, int]  # the field, the number of the paragraph, its start and end


class Words(Sequence[Token]):
    """What tokens() finds in both fields, cut a paragraph at a time. ValueError when they hold another text."""

    def __init__(self, title: str, body: str, folded: Sequence[str], titled: int, borders: Sequence[int]) -> None:
        self._folded = folded
        self._starts = [0, *borders, len(folded)] if folded else [0]
        head: list[Part] = [(title, *part) for part in worded(title)]
        gap = head[-1][1] + 1 if head else 0
        self._parts = head + [(body, *part) for part in worded(body, gap)]
        self._found: dict[int, list[tuple[int, int]]] = {}
        if len(self._parts) != len(self._starts) - 1 or self._starts[len(head)] != titled:
            raise ValueError(f"frozen from another text: {len(self._starts) - 1} paragraphs, here {len(self._parts)}")

    def __len__(self) -> int:
        return len(self._folded)

    @overload
    def __getitem__(self, place: int) -> Token: ...
    @overload
    def __getitem__(self, place: slice) -> list[Token]: ...
    def __getitem__(self, place: int | slice) -> Token | list[Token]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        part = bisect_right(self._starts, number) - 1
        start, end = self._spans(part)[number - self._starts[part]]
        return Token(self._folded[number], start, end, self._parts[part][1])

    def spelling(self, place: int) -> str:
        """The word with this number (not negative) as it was written."""
        part = bisect_right(self._starts, place) - 1
        start, end = self._spans(part)[place - self._starts[part]]
        return self._parts[part][0][start:end]

    def _spans(self, part: int) -> list[tuple[int, int]]:
        if part not in self._found:
            field, _, start, end = self._parts[part]
            self._found[part] = spans(field, start, end)
            if len(self._found[part]) != self._starts[part + 1] - self._starts[part]:
                raise ValueError(f"frozen from another text: paragraph {part} has {len(self._found[part])} words")
        return self._found[part]
