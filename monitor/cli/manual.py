"""Help that leads with examples, and the manual page made of the same text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer

from monitor import __version__


@dataclass(frozen=True, slots=True)
class Entry:
    """A command with its words ("rules list"), and click's own object of it."""

    words: str
    command: Any


def lead_with_examples(app: typer.Typer) -> None:
    """Put the examples of every docstring before its words, and give each group those of its commands."""
    for info in app.registered_commands:
        told, examples = parted(inspect.getdoc(info.callback) or "")
        info.short_help = first_sentence(told)
        info.help = examples_first(told, examples)
    for group in app.registered_groups:
        inside = group.typer_instance
        if inside is None:
            continue
        lead_with_examples(inside)
        firsts = [parted(inspect.getdoc(one.callback) or "")[1][:1] for one in inside.registered_commands]
        told = str(group.help)
        group.short_help = told
        group.help = examples_first(told, [line for lines in firsts for line in lines])
    callback = app.registered_callback
    if callback is not None and callback.callback is not None:
        callback.help = examples_first(*parted(inspect.getdoc(callback.callback) or ""))


def parted(text: str) -> tuple[str, list[str]]:
    """A docstring without its examples, and these: the lines that begin with the command's name."""
    lines = [line for line in text.replace("\b", "").splitlines() if line.strip() != "\\b"]
    examples = [line for line in lines if line.startswith("storywatch ")]
    told = "\n".join(line for line in lines if not line.startswith("storywatch "))
    return re.sub(r"\n{3,}", "\n\n", told).strip(), examples


def first_sentence(text: str) -> str:
    """What a command does, in the list of commands."""
    first = text.partition("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=[.:])\s", first, maxsplit=1)[0].rstrip(":.")


def examples_first(told: str, examples: list[str]) -> str:
    """Help as click wants it: the backspace keeps the lines of the examples as they are."""
    if not examples:
        return told
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in examples), "", told])


def entries(command: Any, words: str = "storywatch") -> Iterator[Entry]:
    """Every command below one, itself first."""
    yield Entry(words, command)
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from entries(below, f"{words} {name}")


def page(command: Any, now: datetime) -> str:
    """The manual page of the whole command line (man 7 groff_man)."""
    out = [f'.TH STORYWATCH 1 "{now:%Y-%m-%d}" "storywatch {__version__}" "User Commands"', ".SH NAME"]
    out += ["storywatch \\- follows one running news story and tells, once, when something new happens in it"]
    out += [".SH SYNOPSIS", ".B storywatch", "[OPTIONS] COMMAND [ARGS]..."]
    for entry in entries(command):
        help_text = inspect.cleandoc(entry.command.help or "").replace("Examples:", "")
        told, examples = parted(help_text.replace("  storywatch ", "storywatch "))
        whole = entry.words == "storywatch"
        out += [".SH DESCRIPTION" if whole else f".SS {_plain(entry.words)}"]
        out += [_plain(" ".join(told.split()))]
        if examples:
            out += [".PP", ".nf", *(_plain(line) for line in examples), ".fi"]
        for one in entry.command.params:
            out += _parameter(one)
        if whole:
            out += [".SH COMMANDS"]
    out += [".SH EXIT STATUS", "0 ok, 1 error, 2 usage or config, 3 partly failed, 130 interrupted."]
    out += [".SH ENVIRONMENT", "STORYWATCH_CONFIG names the config file, STORYWATCH_DATA the folder of the built-in"]
    out += ["watch; NO_COLOR and TERM=dumb are heeded."]
    return "\n".join(out) + "\n"


def _parameter(one: Any) -> list[str]:
    told = " ".join((getattr(one, "help", "") or "").split())
    if one.param_type_name == "argument":
        return [".TP", f".I {_plain(one.metavar or one.name.upper())}", _plain(told)]
    metavar = "" if getattr(one, "is_flag", False) else f" {one.metavar or one.name.upper()}"
    return [".TP", f".B {_plain(', '.join(one.opts) + metavar)}", _plain(told)]


def _plain(text: str) -> str:
    """Text that groff takes for nothing else."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe[:1] in (".", "'") else safe
