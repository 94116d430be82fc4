"""Logs: one event stays one line, whatever the web put into it, and no secret gets in."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from monitor.runtime.logs import redacted

ROOT = Path(__file__).resolve().parents[2]
TALKING = """
import structlog
from monitor.runtime.logs import set_up

def deep(number):
    return deeper(number - 1) if number else [][1]

def deeper(number):
    return deep(number)

set_up(["hunter22"])
log = structlog.get_logger("storywatch")
log.info("checked", error="bad feed\\n12:00:00 [info] forged", token="hunter22")
try:
    deep(60)
except IndexError:
    log.exception("job broke")
"""


def piped() -> list[str]:
    done = subprocess.run([sys.executable, "-c", TALKING], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def on_a_terminal() -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TALKING], cwd=ROOT, stderr=theirs, env={**os.environ, "NO_COLOR": "1"}
    ):
        os.close(theirs)
        heard = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            heard += part
    os.close(ours)
    return heard.decode()


def test_a_pipe_gets_one_object_a_line() -> None:
    checked, broke = map(json.loads, piped())
    assert checked["error"] == "bad feed\\x0a12:00:00 [info] forged"
    assert checked["token"] == "***"
    assert broke["exception"].rstrip().endswith("IndexError: list index out of range")


def test_a_terminal_gets_no_forged_line() -> None:
    said = on_a_terminal()
    assert "hunter22" not in said
    assert "\x1b" not in said, "NO_COLOR is set"
    assert not any(line.startswith("12:00:00") for line in said.splitlines())
    assert "IndexError: list index out of range" in said


def test_addresses_lose_what_opens_doors() -> None:
    said = redacted("GET https://desk:pw123@news.example/?token=abc&q=1 and hooks.slack.com/services/T0/B0/xyz", ())
    assert "pw123" not in said and "abc" not in said and "xyz" not in said
    assert "news.example" in said and "q=1" in said
