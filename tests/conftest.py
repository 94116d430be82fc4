"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: the shared test material is not at {SHARED}; this test needs it")
    return SHARED
