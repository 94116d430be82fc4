"""Secrets: named in the config as env:NAME or file:PATH, read once, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ValidationInfo

from monitor.config.values import web_address

_LONGEST = 65536


class Secret:
    """A password, token or secret address. Text, repr and pickles show only where it came from."""

    __slots__ = ("_source", "_value")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self._source = source

    def reveal(self) -> str:
        """The secret itself: only for the call that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self._source})"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._source)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a config may refer to: the environment, and the folder that relative paths start from."""

    environ: Mapping[str, str]
    folder: Path


def surroundings(info: ValidationInfo) -> Surroundings:
    """What the model being judged may refer to."""
    if not isinstance(info.context, Surroundings):
        raise TypeError("a config is judged with its surroundings")
    return info.context


def resolved(path: str, folder: Path) -> Path:
    """An absolute path; relative ones start at `folder`, "~" is the home."""
    return (folder / Path(path).expanduser()).absolute()


def read_reference(reference: str, around: Surroundings) -> str:
    """The text behind env:NAME or file:PATH, without its trailing line end; ValueError when there is none."""
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = around.environ.get(name, "")
        if not value:
            raise ValueError(f"the environment variable {name} is not set")
        return value.strip("\r\n")
    if kind == "file" and name:
        return _read_file(resolved(name, around.folder))
    # The value itself is never repeated: it may be the secret, written here by mistake.
    raise ValueError('must be "env:NAME" or "file:PATH": secrets do not stand in the config')


def _read_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            value = file.read(_LONGEST).rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ValueError(f"the file {path} cannot be read: {reason}") from None
    if not value:
        raise ValueError(f"the file {path} is empty")
    return value


def _secret(value: Any, info: ValidationInfo) -> Secret:
    if not isinstance(value, str):
        raise ValueError('must be "env:NAME" or "file:PATH" in quotes')
    return Secret(read_reference(value, surroundings(info)), value)


def _secret_address(value: Any, info: ValidationInfo) -> Secret:
    if isinstance(value, str) and value.startswith(("env:", "file:")):
        secret = _secret(value, info)
    elif isinstance(value, str):
        secret = Secret(value, _site(value))
    else:
        raise ValueError('must be an address, or "env:NAME" or "file:PATH", in quotes')
    web_address(secret.reveal())
    return secret


def _site(url: str) -> str:
    """Scheme and host: the rest of an address may be a secret."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}"
    except ValueError:
        return "an address"


SecretValue = Annotated[Secret, BeforeValidator(_secret)]
# Written out or behind a reference; never shown beyond its host either way.
SecretAddress = Annotated[Secret, BeforeValidator(_secret_address)]
