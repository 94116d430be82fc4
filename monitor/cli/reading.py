"""`search`, `show` and `why`: questions to the archive."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
