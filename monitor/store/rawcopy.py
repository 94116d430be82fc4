"""Copies of the WARC files: whole files, and of the one that is still written its whole records."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.raw import OPEN, files, open_files
from monitor.store.records import whole_records

_PIECE = 2**20


def copy_finished(folder: Path, target: Path) -> None:
    """Copy the finished files that `target` does not have yet; one that is given up meanwhile is not there."""
    for path, _, _ in files(folder):
        if not (target / path.name).exists():
            with contextlib.suppress(FileNotFoundError):
                _copy(path, target / path.name)


def copy_rest(folder: Path, target: Path) -> None:
    """Copy what `copy_finished` left: what is still written, and what was finished since then."""
    for path in open_files(folder):
        final = target / path.name.removesuffix(OPEN)
        # Finished between the two looks, it is among the finished ones next.
        with contextlib.suppress(FileNotFoundError):
            _copy(path, final, cut=True)
    copy_finished(folder, target)


def _copy(source: Path, target: Path, *, cut: bool = False) -> None:
    part = target.with_name(f"{target.name}.part")
    with source.open("rb") as data:
        part.touch(mode=0o600)
        with part.open("r+b") as copy:
            copy.truncate()
            shutil.copyfileobj(data, copy, _PIECE)
            if cut:
                copy.seek(0)
                copy.truncate(whole_records(copy))
            copy.flush()
            os.fsync(copy.fileno())
    part.rename(target)


@contextlib.contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A folder to be filled, which gets its name only when the block ends well; else nothing is left of it.

    Raises StoreError when `target` is there or cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    for path in (target, part):
        if path.exists():
            raise StoreError(f"{path} exists: choose another name, or remove it")
    try:
        part.mkdir(mode=0o700)
        try:
            yield part
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
