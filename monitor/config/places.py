"""Where things lie: the archive's address and the screens' address."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql+psycopg"


def archive_url(url: str, folder: Path) -> str:
    """The archive's address with an absolute SQLite path; ValueError when it is none or its folder is not writable."""
    if url.startswith(_SQLITE):
        return _SQLITE + str(_writable_file(url.removeprefix(_SQLITE), folder))
    if url.startswith("postgresql://"):
        url = url.replace("postgresql", _POSTGRES, 1)
    if urlsplit(url).scheme == _POSTGRES:
        return url
    raise ValueError("must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE")


def _writable_file(name: str, folder: Path) -> Path:
    if not name or name == ":memory:" or "?" in name:
        raise ValueError("must name a file: sqlite:///storywatch.db")
    path = (folder / Path(name).expanduser()).absolute()
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it")
    holder = path if path.exists() else next(parent for parent in path.parents if parent.exists())
    if holder is not path and not holder.is_dir():
        raise ValueError(f"{holder} is not a folder, so {path} cannot be written")
    if not os.access(holder, os.W_OK):
        raise ValueError(f"{holder} is not writable by this user")
    return path


def sqlite_file(url: str) -> Path | None:
    """The file of a resolved archive address, None on PostgreSQL."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def has_password(url: str) -> bool:
    """Whether a password stands in an address."""
    return urlsplit(url).password is not None


def shown_url(url: str) -> str:
    """An address without its password and query."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url
    name, at, place = parts.netloc.rpartition("@")
    name = name.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{unquote(name)}{at}{place}", query="", fragment=""))


def listening(listen: str) -> tuple[str, int]:
    """ "127.0.0.1:8787" or "[::1]:8787" -> (host, port); ValueError."""
    try:
        parts = urlsplit(f"//{listen}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None or parts.path or "@" in listen:
        raise ValueError("must be HOST:PORT such as 127.0.0.1:8787")
    return host, port
