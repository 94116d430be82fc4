"""A file that appears under its name only when it is whole, and goes on where its writing was cut off."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from monitor.cli.output import Json, say
from monitor.errors import StoreError, UsageError

_OFTEN = 200


@dataclass
class Partial:
    """What is being written. `after` and `count`: the last row of an earlier part, and how many it had.

    A note beside the part says up to which byte it is whole: what was killed goes on from there.
    """

    out: BinaryIO
    note: Path | None
    asked: Json
    after: int = 0
    count: int = 0

    def reached(self, last: int, count: int) -> None:
        """All up to this row stands in the part, now also after a power cut."""
        if self.note is None:
            return
        self.out.flush()
        os.fsync(self.out.fileno())
        new = self.note.with_name(f"{self.note.name}.new")
        new.write_text(json.dumps({**self.asked, "after": last, "count": count, "size": self.out.tell()}))
        new.replace(self.note)

    def watched(self, rows: Iterable[Json]) -> Iterator[Json]:
        """The rows on their way to a writer that has written each before it asks for the next."""
        last, count = self.after, self.count
        for row in rows:
            if count != self.count and (count - self.count) % _OFTEN == 0:
                self.reached(last, count)
            yield row
            last, count = int(str(row["id"]).lstrip("a")), count + 1


class Headless:
    """Where a writer goes on: what it writes before its first row stands in the part already."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._begun = out, False

    def write(self, data: bytes) -> int:
        """Write, once the first row has come."""
        return self._out.write(data) if self._begun else len(data)

    def begun(self, rows: Iterable[Json]) -> Iterator[Json]:
        """The rows; from the first of them on everything is written. Without any, what ends the file is."""
        for row in rows:
            self._begun = True
            yield row
        self._begun = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def left(target: Path) -> Json:
    """What an interrupted writing was asked for. Raises UsageError when there is none to go on with."""
    try:
        return cast(Json, json.loads(_note(target).read_text()))
    except (OSError, ValueError):
        raise UsageError(f"nothing to go on with: no export to {target} was interrupted") from None


def _note(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.json")


@contextlib.contextmanager
def written(target: Path, asked: Json | None, resumed: Json | None) -> Iterator[Partial]:
    """A new file that appears when it is complete; "-" is stdout.

    `asked`: what a later `--resume` needs to know, None when this cannot be gone on with; `resumed`: what `left` said.
    Raises UsageError when the file is there or another writing of it was interrupted, StoreError when it cannot be
    written.
    """
    if str(target) == "-":
        yield Partial(sys.stdout.buffer, None, {})
        sys.stdout.buffer.flush()
        return
    part, note = target.with_name(f"{target.name}.part"), _note(target)
    _refuse(target, note, resumed)
    try:
        with _opened(part, resumed) as out:
            made = Partial(out, None if asked is None else note, asked or {})
            if resumed is not None:
                made.after, made.count = int(resumed["after"]), int(resumed["count"])
            yield made
        part.rename(target)
        note.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    except KeyboardInterrupt:
        if note.exists():
            say(f"`storywatch export --resume -o {target}` goes on with {part.name}")
        raise
    finally:
        if not note.exists():
            part.unlink(missing_ok=True)


def _refuse(target: Path, note: Path, resumed: Json | None) -> None:
    if target.exists():
        raise UsageError(f"{target} exists: choose another name")
    if resumed is None and note.exists():
        raise UsageError(
            f"an export to {target} was interrupted: `storywatch export --resume -o {target}` goes on with it; "
            f"to begin anew, delete {note}"
        )


def _opened(part: Path, resumed: Json | None) -> BinaryIO:
    if resumed is None:
        new: BinaryIO = part.open("wb")
        part.chmod(0o600)
        return new
    out: BinaryIO = part.open("r+b")
    # What was written after the last note may be half a row.
    out.truncate(int(resumed["size"]))
    out.seek(0, os.SEEK_END)
    return out
