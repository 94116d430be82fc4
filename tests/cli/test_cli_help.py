"""Help that leads with examples which really parse, completion in a real bash, and the manual page."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import app
from monitor.cli.manual import Entry, entries

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = list(entries(typer.main.get_command(app)))
EXAMPLE = re.compile(r"^ {4}(storywatch .*)$", re.MULTILINE)


def help_of(run: Any, entry: Entry) -> str:
    said = run(*entry.words.split()[1:], "--help")
    assert said.code == 0
    return str(said.out)


def calls(line: str) -> Iterator[list[str]]:
    """The words of each storywatch command in a line of shell, redirections and other commands left out."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    current: list[str] = []
    skip = False
    for word in [*words, ";"]:
        if set(word) <= set("|&;<>()"):
            if current[:1] == ["storywatch"]:
                yield current[1:]
            current, skip = ([], False) if set(word) <= set("|&;()") else ([], True)
        elif not skip:
            current.append(word)


def test_the_reader_of_examples_knows_a_shell() -> None:
    line = "storywatch search 'a | b' --json > x.json && storywatch health | tail -1  # storywatch no"
    assert list(calls(line)) == [["search", "a | b", "--json"], ["health"]]


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.words)
def test_every_help_leads_with_examples_that_parse(run: Any, entry: Entry) -> None:
    text = help_of(run, entry)
    usage, _, rest = text.partition("\n\n")
    assert usage.startswith(f"Usage: {entry.words} ") and rest.startswith("  Examples:\n"), text
    lines = EXAMPLE.findall(rest.partition("\n\n")[0])
    assert lines, text
    called = [words for line in lines for words in calls(line)]
    assert len(called) >= len(lines)
    for words in called:
        parsed(words)
    if entry.words != "storywatch" and not hasattr(entry.command, "commands"):
        ours = entry.words.split()[1:]
        assert any([word for word in words if not word.startswith("-")][: len(ours)] == ours for words in called), (
            called
        )


def parsed(words: list[str]) -> None:
    """Parse a command line down to its command, as the real one does; nothing is run. Raises on anything wrong."""
    command: Any = COMMANDS[0].command
    context = command.make_context("storywatch", list(words))
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, list(rest), parent=context)


def test_every_command_of_the_page_about_the_shell_parses() -> None:
    text = (ROOT / "docs" / "shell.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\$ )?(storywatch .*)$", text, re.MULTILINE)
    called = [words for line in lines for words in calls(line)]
    assert len(called) > 15
    for words in called:
        parsed(words)


@pytest.mark.parametrize("words", [["serch"], ["show"], ["rules", "list", "--no-such"], ["export", "--format", "doc"]])
def test_that_parser_would_find_a_wrong_example(words: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|invalid|not one of"):
        parsed(words)


def test_the_list_of_commands_says_what_each_does(run: Any) -> None:
    listed = help_of(run, COMMANDS[0]).partition("Commands:")[2]
    assert "Search the archive, newest first" in listed and "Examples" not in listed and "..." not in listed


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config, and a `storywatch` to be found on the PATH."""
    folder = tmp_path_factory.mktemp("shell")
    command = folder / "bin" / "storywatch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m monitor "$@"\n')
    command.chmod(0o755)
    (folder / "storywatch.toml").write_text(
        '[[sources]]\nid = "wire"\nkind = "feed"\nurl = "http://a.example/"\n'
        '[[rules]]\nid = "harbour-truce"\nquery = "harbour"\n[[rules]]\nid = "harbour-mines"\nquery = "mine"\n'
        '[[channels]]\nid = "desk"\nkind = "console"\n'
    )
    (folder / "other.toml").write_text('[[rules]]\nid = "harbour-other"\nquery = "harbour"\n')
    return folder


SCRIPT = """
source <(storywatch completion bash)
complete -p storywatch >/dev/null || exit 9
press() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  $(complete -p storywatch | sed 's/.*-F \\([^ ]*\\) .*/\\1/') storywatch "${COMP_WORDS[COMP_CWORD]}" ""
  echo "${COMPREPLY[*]}" | tr '\\n' ' '; echo
}
press storywatch ru
press storywatch rules explain harbour-
press storywatch alerts test ''
press storywatch --config other.toml rules explain har
"""
PRESSED = [["run", "rules"], ["harbour-truce", "harbour-mines"], ["desk"], ["harbour-other"]]


def test_a_real_bash_completes_commands_options_and_ids(shell: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("SKIPPED LOUDLY: no bash here")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYWATCH")}
    environment |= {"PATH": f"{shell / 'bin'}:{environment['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [bash, "--norc", "-c", SCRIPT], cwd=shell, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [sorted(line.split()) for line in done.stdout.splitlines()] == [sorted(one) for one in PRESSED]


COMPLETED = [
    ("storywatch sea", "search"),
    ("storywatch sources show w", "wire"),
    ("storywatch fetch --source d", "daily"),
    ("storywatch alerts list --state de", "dead"),
    ("storywatch search --level ne", "new"),
    ("storywatch search --le", "--level"),
]


@pytest.mark.parametrize(("line", "wanted"), COMPLETED)
def test_what_a_key_press_asks_for(run: Any, monkeypatch: pytest.MonkeyPatch, line: str, wanted: str) -> None:
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    monkeypatch.setenv("_STORYWATCH_COMPLETE", "complete_bash")
    assert run().out.split() == [wanted]


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(run: Any, shell_name: str) -> None:
    said = run("completion", shell_name)
    assert said.code == 0 and "_STORYWATCH_COMPLETE" in said.out and "storywatch" in said.out
    tool = shutil.which(shell_name)
    if tool is not None:
        checked = subprocess.run([tool, "-n"], input=said.out, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_a_broken_config_does_not_break_a_key_press(run: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "storywatch.toml").write_text("[[rules]\nid = ")
    monkeypatch.setenv("COMP_WORDS", "storywatch rules explain h")
    monkeypatch.setenv("COMP_CWORD", "3")
    monkeypatch.setenv("_STORYWATCH_COMPLETE", "complete_bash")
    said = run("rules")
    assert said.out.strip() == "" and "Traceback" not in said.err


def test_the_manual_page_has_every_command_and_groff_takes_it(run: Any) -> None:
    text = run("manual").out
    assert text.startswith('.TH STORYWATCH 1 "') and ".SH EXIT STATUS" in text
    for entry in COMMANDS[1:]:
        assert f".SS {entry.words}" in text.replace("\\-", "-"), entry.words
    groff = shutil.which("groff")
    if groff is not None:
        done = subprocess.run([groff, "-man", "-ww", "-Tutf8"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
