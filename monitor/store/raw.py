"""The WARC files beside the database: one is open at a time, and what is in it is on the disk before a row names it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import __version__
from monitor.errors import StoreError
from monitor.model import Fetch, Outcome
from monitor.store.records import exchange_records, file_head, sha256, whole_records

MOST_BYTES = 256 * 2**20
LONGEST = timedelta(days=1)
# A file that is still written bears this behind its name; readers of WARC files leave such files alone.
OPEN = ".open"
_PATTERN = "storywatch-*.warc.gz"


@dataclass(frozen=True, slots=True)
class Begun:
    """A WARC file: its final name, and the warcinfo record at its head."""

    file: str
    head: int
    head_digest: str
    begun: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """One exchange in a WARC file: `length` bytes from `offset`. Digests are SHA-256 in hex."""

    warc: Begun
    offset: int
    length: int
    digest: str
    payload: str
    size: int
    url: str
    url_key: str
    outcome: Outcome
    status: int
    fetched: datetime


class RawWriter:
    """Appends exchanges to WARC files in a folder. Safe to use from any thread."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._turn = threading.Lock()
        self._handle = -1
        self._end = 0
        self._begun: Begun | None = None

    def keep(self, fetch: Fetch, url_key: str, method: str, now: datetime) -> Kept | None:
        """Write an answered page to the disk for good; None for a fetch that brought no body to keep.

        `method` names how its text was found. Raises StoreError when it cannot be written.
        """
        if fetch.wire is None or fetch.status is None or fetch.outcome is Outcome.NOT_HTML:
            return None
        said = {
            "outcome": fetch.outcome.value,
            "error": fetch.error,
            "fetchTimeMs": str(round(fetch.elapsed * 1000)),
            "askedFor": fetch.url if fetch.url != fetch.final_url else "",
            "via": " ".join(fetch.wire.hops),
            "article": url_key,
            "extraction": method,
        }
        data = exchange_records(fetch, fetch.wire, said)
        with self._turn:
            begun, offset = self._append(data, now)
        address = fetch.final_url or fetch.url
        found = (sha256(data), sha256(fetch.body), len(fetch.body), address, url_key)
        return Kept(begun, offset, len(data), *found, fetch.outcome, fetch.status, fetch.started)

    def close(self) -> None:
        """End the file that is open; the next exchange begins another one."""
        with self._turn:
            self._finish()

    def _append(self, data: bytes, now: datetime) -> tuple[Begun, int]:
        try:
            begun = self._room(len(data), now)
            offset = self._end
            try:
                _write(self._handle, data)
            except OSError:
                os.ftruncate(self._handle, offset)
                os.lseek(self._handle, offset, os.SEEK_SET)
                raise
        except OSError as error:
            raise StoreError(f"raw responses cannot be kept in {self.folder}: {error.strerror}") from error
        self._end = offset + len(data)
        return begun, offset

    def _room(self, more: int, now: datetime) -> Begun:
        """The open file, or a new one when it is full, old or not there."""
        begun = self._begun
        if begun is not None and self._end + more <= self._most_bytes and now - begun.begun < LONGEST:
            return begun
        self._finish()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name, handle = _new_file(self.folder, now)
        head = file_head(name, f"storywatch/{__version__}", now)
        try:
            # Held while it is written, so that nobody takes it for one that a dead process left.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(handle, head)
            _sync_folder(self.folder)
        except OSError:
            os.close(handle)
            (self.folder / f"{name}{OPEN}").unlink(missing_ok=True)
            raise
        self._handle, self._end = handle, len(head)
        self._begun = Begun(name, len(head), sha256(head), now)
        return self._begun

    def _finish(self) -> None:
        if self._begun is None:
            return
        _close(self.folder / self._begun.file)
        os.close(self._handle)
        self._begun = None


def _new_file(folder: Path, now: datetime) -> tuple[str, int]:
    for number in range(10_000):
        name = f"storywatch-{now:%Y%m%d%H%M%S}-{number:04}.warc.gz"
        if (folder / name).exists():
            continue
        with contextlib.suppress(FileExistsError):
            return name, os.open(folder / f"{name}{OPEN}", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    raise FileExistsError(17, "ten thousand files of this second are there")


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def _close(file: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        file.with_name(f"{file.name}{OPEN}").rename(file)
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def recover(folder: Path) -> list[str]:
    """Finish the files that a dead process left open: a torn record at their end, which no row names, is cut off.

    Returns their names. Files that a living process writes are left alone.
    """
    found = []
    for path in sorted(folder.glob(f"{_PATTERN}{OPEN}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            end = whole_records(file)
            os.ftruncate(file.fileno(), end)
            os.fsync(file.fileno())
            final = path.with_name(path.name.removesuffix(OPEN))
            if end:
                _close(final)
            else:
                path.unlink()
        found.append(final.name)
    return found


def read_bytes(folder: Path, file: str, offset: int, length: int) -> bytes:
    """Stored bytes of a file, open or finished; fewer where it ends early. Raises FileNotFoundError, OSError."""
    for name in (file, f"{file}{OPEN}", file):
        # Tried twice: it may be finished between the two looks.
        with contextlib.suppress(FileNotFoundError), (folder / name).open("rb") as stream:
            stream.seek(offset)
            return stream.read(length)
    raise FileNotFoundError(2, "no such file", str(folder / file))


def files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """The finished files of a folder, each with its bytes and when it was last written (seconds since 1970)."""
    for path in sorted(folder.glob(_PATTERN)):
        with contextlib.suppress(FileNotFoundError):
            state = path.stat()
            yield path, state.st_size, state.st_mtime


def open_files(folder: Path) -> list[Path]:
    """The files that are still written, or that a dead process left so."""
    return sorted(folder.glob(f"{_PATTERN}{OPEN}"))


def open_bytes(folder: Path) -> int:
    """The size of what is still written."""
    return sum(path.stat().st_size for path in open_files(folder))
