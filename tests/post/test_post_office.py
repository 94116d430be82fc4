"""A short run of `make mail-e2e`, where Postfix and Dovecot are installed and we are root."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = 77


def test_every_alert_is_filed_once_whoever_is_killed() -> None:
    script = Path(__file__).with_name("mail_e2e.py")
    command = [sys.executable, str(script), "--alerts", "30", "--kills", "5", "--postfix-kills", "1", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, env=os.environ, check=False)
    if done.returncode == SKIPPED:
        pytest.skip(f"mail through real servers was NOT tested: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"30 alerts, 5 kills of the sender in \d+ lives, 1 kills of Postfix: (\d+) handed", done.stdout)
    assert found is not None and int(found[1]) >= 30 and "30 mails after Sieve" in done.stdout
