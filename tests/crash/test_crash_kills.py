"""A short run of `make crash`: senders are killed at every named point, and nothing is lost or repeated unmarked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KILLS, SECONDS = 300, 700


def kills(*words: str) -> str:
    """Run the harness in a process of its own, as it forks; what it printed."""
    command = [sys.executable, str(HERE / "kills.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=800, env=os.environ, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_killed_senders_lose_nothing_and_repeat_nothing_unmarked() -> None:
    said = kills("--kills", str(KILLS), "--seed", "6", "--seconds", str(SECONDS), "--jobs", "1")
    found = re.search(r"(\d+) kills in", said)
    assert found is not None and int(found[1]) >= KILLS, said
    assert "lost 0, second roots 0, violations 0" in said


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [12])
def test_the_same_on_postgresql(postgres_server: str, number: int) -> None:
    said = kills("--kills", str(number), "--seed", "7", "--seconds", "30", "--jobs", "1", "--postgres", postgres_server)
    assert "lost 0, second roots 0, violations 0" in said
