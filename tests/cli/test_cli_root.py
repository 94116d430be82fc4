"""The root: help, options that work anywhere, errors and exit codes."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor import __version__
from monitor.cli.root import hoisted

Run = Callable[..., Any]
COMMANDS = [
    (),
    ("check",),
    ("run",),
    ("fetch",),
    ("search",),
    ("show",),
    ("why",),
    ("compare",),
    ("extract",),
    ("migrate",),
    ("backup",),
    ("restore",),
    ("health",),
    ("verify",),
    ("export",),
    ("rules",),
    ("rules", "list"),
    ("rules", "test"),
    ("sources",),
    ("sources", "list"),
    ("sources", "show"),
    ("sources", "test"),
    ("sources", "import"),
    ("sources", "export"),
    ("corpus",),
    ("corpus", "add"),
    ("corpus", "list"),
    ("alerts",),
    ("alerts", "list"),
    ("alerts", "retry"),
    ("alerts", "test"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_leads_with_an_example(run: Run, command: tuple[str, ...]) -> None:
    said = run(*command, "--help")
    assert said.code == 0
    before_options = said.out.partition("Options:")[0]
    if len(command) != 1 or command[0] not in ("rules", "sources", "corpus", "alerts"):
        assert "  storywatch" in before_options.partition("\n")[2]


def test_version(run: Run) -> None:
    assert run("--version").out == f"storywatch {__version__}\n"


HOISTED = [
    ("run --config x", "--config x run"),
    ("rules list --json --config=x -v", "--config=x -v rules list --json"),
    ("--debug check --quiet", "--debug --quiet check"),
    ("search -- --config x", "search -- --config x"),
    ("check --config", "--config check"),
]


@pytest.mark.parametrize(("words", "wanted"), HOISTED)
def test_root_options_may_stand_anywhere(words: str, wanted: str) -> None:
    assert hoisted(words.split()) == wanted.split()


def test_config_after_the_command(run: Run, folder: Path) -> None:
    (folder / "other.toml").write_text("[watch]\nid = 'other'")
    assert run("check", "--json", "--config", "other.toml").json["watch"]["id"] == "other"


USAGE = [
    (("chek",), "Did you mean 'check'"),
    (("rules", "tset"), "Did you mean 'test'"),
    (("check", "--jsn"), "--json"),
    (("rules", "test"), "QUERY"),
    (("rules", "test", "a"), "--text FILE"),
    (("rules", "test", "a AND (b", "--text", "x"), "at character"),
    (("rules", "test", "@nolist", "--text", "x"), "nolist"),
    (("rules", "test", "a", "--text", "gone.txt"), "gone.txt cannot be read"),
    (("rules", "list", "--json", "--jsonl"), "take one of them"),
    (("rules", "list", "--after", "nobody"), "nobody"),
    (("sources", "show", "nobody"), "sources list"),
    (("sources", "test", "ftp://x/"), "https://"),
    (("alerts", "test", "nobody"), "there is terminal"),
    (("compare", "storywatch.toml"), "--against"),
    (("compare", "gone.txt", "--against", "."), "gone.txt"),
    (("extract", "a", "b", "--url", "http://x/"), "single file"),
    (("corpus", "add", "gone"), "no such file"),
    (("check", "--config", "gone.toml"), "gone.toml: cannot be read"),
]


@pytest.mark.parametrize(("words", "told"), USAGE)
def test_wrong_usage_is_told_on_stderr_with_exit_code_2(run: Run, words: tuple[str, ...], told: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_traceback_only_with_debug(run: Run) -> None:
    assert "Traceback" in run("--debug", "sources", "show", "nobody").err


def test_every_problem_of_a_config_is_told_at_once(run: Run, folder: Path) -> None:
    (folder / "storywatch.toml").write_text("[watch]\nabout = 'a AND (b'\n[fetch]\ntimeout = 3\n[[rules]]\nid = 'r'\n")
    said = run("check")
    assert said.code == 2
    assert [line.partition(": ")[0].rpartition(":")[2] for line in said.err.splitlines()[:3]] == ["2", "4", "5"]
    assert "3 problems" in said.err
    document = run("check", "--json")
    assert document.code == 2
    assert [one["key"] for one in document.json["problems"]] == ["watch.about", "fetch.timeout", "rules[r].query"]
    assert not (folder / "archive.db").exists()


def test_commands_start_quickly_and_survive_a_closed_pipe(folder: Path) -> None:
    """The real process: `storywatch rules list | head -1`, with a reader that leaves at once."""
    rules = "".join(f"[[rules]]\nid = 'r{n}'\nquery = 'a{n}'\n" for n in range(3000))
    (folder / "storywatch.toml").write_text(rules)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "monitor", "rules", "list"]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, cwd=folder) as process:
        os.close(writing)
        os.read(reading, 10)
        os.close(reading)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_an_interrupt_ends_with_130(folder: Path) -> None:
    command = [sys.executable, "-m", "monitor", "rules", "test", "a", "--text", "-"]
    # Where the tests themselves run in the background, interrupts are ignored, and children would inherit that.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, preexec_fn=heed, **pipes) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # It waits for stdin only when every import is done: what it holds open then is its own standard input.
        _wait_until_reading(process.pid)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        process.stdin.close()
    assert process.returncode == 130
    assert b"Traceback" not in told


def _wait_until_reading(pid: int) -> None:
    import time

    waiting = Path(f"/proc/{pid}/wchan")
    if not waiting.exists():
        pytest.skip("SKIPPED LOUDLY: no /proc here, so the moment to interrupt is not known")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if "pipe" in waiting.read_text():
            return
        time.sleep(0.05)
    pytest.skip("SKIPPED LOUDLY: this kernel does not tell what a process waits for")
