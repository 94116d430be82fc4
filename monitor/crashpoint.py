"""Places where dying matters, by name. In production nothing happens there; the crash harness dies there."""

from __future__ import annotations

from collections.abc import Callable

_armed: list[Callable[[str], None]] = []


def crashpoint(name: str) -> None:
    """A named place: what was armed hears that it was reached."""
    for hook in _armed:
        hook(name)


def arm(hook: Callable[[str], None]) -> None:
    """Let `hook` hear of every place from now on, in whatever thread reaches it. Only the crash harness does."""
    _armed.append(hook)
