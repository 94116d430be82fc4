"""The root of the command line: options that work anywhere, and what each error means for the exit code."""

from __future__ import annotations

import itertools
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from monitor.cli.output import say
from monitor.errors import ConfigError, QueryError, StorywatchError, UsageError

FAILED = 1
USAGE = 2
PARTLY = 3
INTERRUPTED = 130
_FLAGS = ("--quiet", "-q", "--verbose", "-v", "-vv", "--debug")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was said for every command."""

    config: Path | None = None
    quiet: bool = False
    verbose: int = 0
    debug: bool = False


def settings_of(ctx: typer.Context) -> Settings:
    """The settings of the running command."""
    return ctx.find_object(Settings) or Settings()


def hoisted(args: Sequence[str]) -> list[str]:
    """The same words with the options that work anywhere moved to the front; those after "--" stay."""
    end = args.index("--") if "--" in args else len(args)
    front: list[str] = []
    rest: list[str] = []
    words = iter(args[:end])
    for word in words:
        if word == "--config":
            front += [word, *itertools.islice(words, 1)]
        elif word in _FLAGS or word.startswith("--config="):
            front.append(word)
        else:
            rest.append(word)
    return [*front, *rest, *args[end:]]


class Root(TyperGroup):
    """Turns what is raised into words on stderr and an exit code; a traceback only with --debug."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader (head, less) has what it wanted; nothing more can be written, not even at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except StorywatchError as error:
            _tell(error, settings_of(ctx))
            raise typer.Exit(USAGE if isinstance(error, ConfigError | QueryError | UsageError) else FAILED) from None
        except Exception as error:
            if isinstance(error, typer.Exit) or hasattr(error, "exit_code"):
                raise
            _tell_bug(error, settings_of(ctx))
            raise typer.Exit(FAILED) from None


def _tell(error: StorywatchError, settings: Settings) -> None:
    if settings.debug:
        say(traceback.format_exc())
    if isinstance(error, ConfigError):
        for problem in error.problems:
            say(str(problem))
        count = len(error.problems)
        say(f"{count} problem{'s' if count > 1 else ''} in the config: nothing was started")
        return
    say(f"error: {error}")


def _tell_bug(error: Exception, settings: Settings) -> None:
    if settings.debug:
        say(traceback.format_exc())
        return
    say(f"error: {type(error).__name__}: {error}")
    say("this is a fault in storywatch: the same command with --debug shows where")
