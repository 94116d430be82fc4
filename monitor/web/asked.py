"""What an address asks for: the parameters of a screen, strictly read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from monitor.errors import UsageError

MOST_ROWS = 10_000
_LONGEST = 10_000
Word = TypeVar("Word", bound=StrEnum)


class Asked:
    """The parameters of one request that were filled in. Raises UsageError on any that the screen does not know.

    `broad`: those whose field has room for several lines; a new line means a space.
    """

    def __init__(self, request: Request, known: Collection[str], broad: Collection[str] = ()) -> None:
        self.path = request.url.path
        self._values: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            if name not in known:
                takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
                raise UsageError(f"unknown parameter {name[:80]!r} for {self.path}: {takes}")
            if name in self._values:
                raise UsageError(f"the parameter {name} is given twice")
            text = " ".join(value.split("\n")).replace("\r", "") if name in broad else value
            if not text.isprintable() or len(text) > _LONGEST:
                raise UsageError(f"the parameter {name} holds control characters, or too many of any")
            if text.strip():
                self._values[name] = text.strip()

    @property
    def values(self) -> Mapping[str, str]:
        """What was filled in, by name."""
        return self._values

    def text(self, name: str) -> str | None:
        return self._values.get(name)

    def flag(self, name: str) -> bool:
        """Whether a box was ticked: 1, true, yes or on."""
        value = self._values.get(name, "").lower()
        if value in ("1", "true", "yes", "on"):
            return True
        if value in ("", "0", "false", "no", "off"):
            return False
        raise UsageError(f"{name} is yes or no (1 or 0), not {value!r}")

    def word(self, name: str, words: type[Word]) -> Word | None:
        """One of a fixed set of words."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            return words(value)
        except ValueError:
            raise UsageError(f"{name} is one of {', '.join(words)}, not {value!r}") from None

    def limit(self, default: int) -> int:
        """How many rows, from 1 to 10,000."""
        value = self._values.get("limit")
        if value is None:
            return default
        if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:9]) <= MOST_ROWS:
            raise UsageError(f"limit is a number from 1 to {MOST_ROWS}, not {value!r}")
        return int(value)

    def link(self, path: str = "", **changes: str | None) -> str:
        """The same question at `path`, with some parameters changed (None: left out) and the page's place dropped."""
        values = {**self._values, "after": None, **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return (path or self.path) + (f"?{query}" if query else "")
