"""Where the keys of a TOML text stand: the line of every table, key and list item."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_QUOTED = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2}(?!"))'
    r"|'''.*?'''(?:'{0,2}(?!'))"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def locate(text: str) -> dict[Path, int]:
    """1-based line of every key path of a TOML text that tomllib accepts; list items by their index."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, else of the nearest table around it, else 0."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 0


class _Scanner:
    """Walks a text that is known to be valid, so it asks what stands there, never whether it may."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}
        self._line, self._counted = 1, 0

    def document(self) -> None:
        table: Path = ()
        self.space()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.space()

    def header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        names = self.key()
        for name in names[:-1]:
            path = self.inside((*path, name))
        path = (*path, names[-1])
        if array:
            self.tables[path] = self.tables.get(path, -1) + 1
            self.note(path)
        path = self.inside(path)
        self.note(path)
        self.at += 2 if array else 1
        return path

    def inside(self, path: Path) -> Path:
        return (*path, self.tables[path]) if path in self.tables else path

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for name in self.key():
            path = (*path, name)
            self.note(path, start)
        self.at += 1
        self.space()
        self.value(path)

    def key(self) -> list[str]:
        names = []
        while True:
            self.space()
            names.append(self.name())
            self.space()
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def name(self) -> str:
        found = _BARE.match(self.text, self.at)
        if found:
            self.at = found.end()
            return found[0]
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is None:
            raise ValueError(f"no key at character {self.at}")
        self.at = quoted.end()
        return next(iter(tomllib.loads(f"{quoted[0]} = 0")))

    def value(self, path: Path) -> None:
        if self.text[self.at] == "[":
            self.array(path)
        elif self.text[self.at] == "{":
            self.inline(path)
        else:
            found = _QUOTED.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else self.at

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.space()
        while self.text[self.at] != "]":
            self.note((*path, index))
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        self.space()
        while self.text[self.at] != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.space()
        if self.text[self.at] == ",":
            self.at += 1
            self.space()

    def space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def note(self, path: Path, at: int | None = None) -> None:
        """Remember where a path first stands; lines are counted forward only, so a long file stays quick."""
        place = self.at if at is None else at
        if place < self._counted:
            line = self._line - self.text.count("\n", place, self._counted)
        else:
            line = self._line = self._line + self.text.count("\n", self._counted, place)
            self._counted = place
        self.lines.setdefault(path, line)
