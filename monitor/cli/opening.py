"""What commands work on: the config, the compiled watch, the archive."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.root import Settings
from monitor.errors import QueryError, StoreError, UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store


def utc_now() -> datetime:
    """The clock of a command; everything below it gets `now` as an argument."""
    return datetime.now(UTC)


def load_config(settings: Settings) -> Config:
    """The config in force. Raises ConfigError with every problem, queries included."""
    from monitor.config import load

    return load(settings.config, os.environ, Path.cwd(), _query_problem)


def _query_problem(query: str, lists: Mapping[str, str]) -> str:
    from monitor.query import compile_query

    try:
        compile_query(query, lists)
    except QueryError as error:
        return str(error)
    return ""


@contextlib.contextmanager
def archive(config: Config, *, create: bool = False) -> Iterator[Store]:
    """The config's archive while the block runs. Raises StoreError when there is none yet."""
    from monitor.store import open_store

    file = config.archive.file
    if file is not None and not file.exists() and not create:
        raise StoreError(f"there is no archive at {file} yet: `storywatch run` or `storywatch fetch` begins it")
    store = open_store(config.archive.url, synchronous=config.archive.synchronous, create=create)
    with contextlib.closing(store):
        yield store


def read_bytes(path: Path) -> bytes:
    """A file's bytes, "-" is stdin. Raises UsageError."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
