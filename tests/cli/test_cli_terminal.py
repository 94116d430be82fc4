"""What a terminal gets: tables that fit, colours that can be switched off, and never a byte that steers it."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from monitor.cli.naming import nearly
from monitor.cli.output import shown

SGR = re.compile(r"\x1b\[[0-9;]*m")
COLOURED = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|4[0-9]|9[0-9])(?:;[0-9;]*)?m")
# What may never reach a terminal besides styles and line breaks.
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
HOSTILE = "Truce\x1b]0;owned\x07\x1b[2J\x9b31m \u202eevil\u2066 [bold red]markup[/] \u200f\r\nid a99"
LISTS = [
    ("search",),
    ("search", "truce"),
    ("search", "--all"),
    ("stories", "list"),
    ("alerts", "list"),
    ("rules", "list"),
    ("sources", "list"),
    ("mute", "list"),
    ("corpus", "list"),
    ("rules", "backtest", "--quiet"),
]
ITEMS = [("show", "a1"), ("why", "a1"), ("stories", "show", "s1"), ("sources", "show", "wire"), ("review", "s1")]


class Terminal(io.StringIO):
    """A stream that says it is one."""

    encoding = "utf-8"  # type: ignore[assignment]  # a StringIO has none

    def isatty(self) -> bool:
        return True


Tty = Callable[..., str]


@pytest.fixture
def tty(filled: Path, command_line: Any, monkeypatch: pytest.MonkeyPatch) -> Tty:
    """Run a command with a terminal on stdout and stderr; returns what it showed there."""

    def call(*words: str, columns: int = 100, **environment: str) -> str:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}.items():
            monkeypatch.setenv(name, value)
        screen = Terminal()
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            command_line.main(list(words), prog_name="storywatch", standalone_mode=False)
        return screen.getvalue()

    return call


@pytest.fixture
def hostile(filled: Path) -> Path:
    """Every text of the archive that came from the web, as its worst author would write it."""
    with sqlite3.connect(filled / "archive.db") as archive:
        tables = [name for (name,) in archive.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = {row[1] for row in archive.execute(f"PRAGMA table_info({table})")}
            for column in columns & {"title", "author", "last_error", "error", "note", "who"}:
                archive.execute(f"UPDATE {table} SET {column} = ?", (HOSTILE,))
    return filled


@pytest.mark.parametrize(
    ("words", "form"),
    [*((words, "") for words in (*LISTS, *ITEMS)), (("search",), "--json"), (("show", "a1"), "--json")],
)
def test_no_hostile_byte_reaches_the_terminal(tty: Tty, hostile: Path, words: tuple[str, ...], form: str) -> None:
    seen = tty(*words, *([form] if form else []))
    assert seen.strip()
    assert STEERING.findall(SGR.sub("", seen)) == []


def test_a_title_can_neither_fake_a_row_nor_use_markup(tty: Tty, hostile: Path) -> None:
    plain = SGR.sub("", tty("search", columns=200))
    assert not any(line.startswith("id a99") for line in plain.splitlines())
    assert "[bold red]markup[/]" in plain


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
@pytest.mark.parametrize("columns", [36, 60])
def test_lists_fit_the_terminal_and_never_lose_the_id(tty: Tty, words: tuple[str, ...], columns: int) -> None:
    plain = SGR.sub("", tty(*words, "--limit", "1", columns=columns))
    data = [line for line in plain.splitlines() if not line.startswith(("note:", "more:", "warning:"))]
    assert max((cell_len(line) for line in data), default=0) <= columns, plain
    if words[0] not in ("mute", "corpus"):
        assert re.search(r"^(a\d|s\d|x\d|harbour-truce|wire)\b", plain, re.MULTILINE), plain


def test_hits_stand_out_and_no_color_and_dumb_terminals_are_heeded(tty: Tty) -> None:
    bright = tty("search", "truce")
    assert COLOURED.search(bright) and re.search(r"\x1b\[[0-9;]*7m[Tt]ruce", bright)
    pale = tty("search", "truce", NO_COLOR="1")
    assert not COLOURED.search(pale) and re.search(r"\x1b\[[0-9;]*7m[Tt]ruce", pale)
    dumb = tty("search", "truce", TERM="dumb")
    assert "\x1b" not in dumb and "[truce]" in dumb.lower()
    for words in (("alerts", "list"), ("doctor",), ("why", "a1")):
        assert not COLOURED.search(tty(*words, NO_COLOR="1")), words
        assert "\x1b" not in tty(*words, TERM="dumb"), words


def test_a_pipe_gets_no_style_whatever_the_environment_says(
    run: Any, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [*LISTS[:2], ("alerts", "list"), *ITEMS[:2]]
    plain = [run(*words).out for words in some]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert [run(*words).out for words in some] == plain
    assert not any("\x1b" in text for text in plain)
    assert plain[0].splitlines()[0].split("\t")[:1] == ["a2"]


NEAR = [
    (("sources", "show", "wirre"), "did you mean wire?"),
    (("fetch", "--source", "wirre"), "did you mean wire?"),
    (("alerts", "test", "terminl"), "did you mean terminal?"),
    (("mute", "rule", "minez", "--until", "24h"), "did you mean mines?"),
    (("mute", "source", "dayly", "--until", "24h"), "did you mean daily?"),
    (("search", "--level", "nwe"), "did you mean new?"),
    (("alerts", "list", "--state", "deed"), "did you mean dead?"),
    (("serch",), "Did you mean 'search'"),
]


@pytest.mark.parametrize(("words", "told"), NEAR)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(
    run: Any, filled: Path, words: tuple[str, ...], told: str
) -> None:
    said = run(*words)
    assert told in said.err, said.err
    assert said.code == 2


def test_a_source_that_nobody_has_is_told_where_the_search_found_nothing(run: Any, filled: Path) -> None:
    said = run("search", "--source", "wirre")
    assert (said.code, said.out) == (0, "") and "did you mean wire?" in said.err


def test_a_query_that_looks_like_a_rule_is_asked_all_the_same(run: Any, filled: Path) -> None:
    said = run("rules", "explain", "harbor-truce")
    assert said.code == 0 and said.out.startswith("harbor-truce") and "did you mean harbour-truce?" in said.err


def test_nothing_near_is_no_guess() -> None:
    assert nearly("zebra", ["wire", "daily"]) == ""
    assert shown("\u200fa\x9bb") == "\\x200fa\\x9bb"
