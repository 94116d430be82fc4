"""A short run of the state machine of `make fuzz`: whatever happens, the promises of delivery hold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "fuzz" / "fuzz_delivery.py"


def played(*words: str) -> str:
    """Run the machine in a process of its own, as it is told of every crash point; what it printed."""
    command = [sys.executable, str(SCRIPT), *words, "--no-shrink"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, env=os.environ, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promises_hold_over_random_news_answers_deaths_and_nights() -> None:
    said = played("600", "5")
    assert "0 broken promises" in said and "crash at" in said and "publish" in said


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_same_on_postgresql(new_postgres: Callable[[], str]) -> None:
    assert "0 broken promises" in played("60", "7", "--postgres", new_postgres())
