"""From a file (or the built-in watch) to a Config, with every problem at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from monitor.config.channels import ConsoleChannel
from monitor.config.crosschecks import QueryProblem, check_queries, cross_check
from monitor.config.findings import Findings, in_order
from monitor.config.force import note_not_in_force
from monitor.config.locator import locate
from monitor.config.secret import Surroundings
from monitor.config.sections import (
    AlertsConfig,
    ArchiveConfig,
    CorpusConfig,
    FetchConfig,
    NoveltyConfig,
    RuleConfig,
    SourceConfig,
    WatchConfig,
    WebConfig,
)
from monitor.config.tables import channel_tables, lists, section, tables
from monitor.config.whole import Config
from monitor.config.wording import unknown_key
from monitor.errors import ConfigError, Problem

BUILT_IN = Path(__file__).with_name("ceasefire-talks.toml")
SECTIONS: dict[str, type[BaseModel]] = {
    "watch": WatchConfig,
    "archive": ArchiveConfig,
    "corpus": CorpusConfig,
    "novelty": NoveltyConfig,
    "fetch": FetchConfig,
    "alerts": AlertsConfig,
    "web": WebConfig,
}
_KNOWN = (*SECTIONS, "sources", "lists", "rules", "channels")


def load(path: Path | None, environ: Mapping[str, str], cwd: Path, query_problem: QueryProblem | None = None) -> Config:
    """The config of `path`, else of STORYWATCH_CONFIG, else ./storywatch.toml, else the built-in watch.

    Writes nothing. ConfigError carries every problem found; those of queries among them when `query_problem` is
    given, which says what is wrong with a query, "" when nothing is.
    """
    file, folder = chosen_file(path, environ, cwd)
    raw, text = _read(file)
    found = Findings(str(file), raw, locate(text), Surroundings(environ, folder))
    config = _judge(found, file, query_problem)
    if config is None:
        raise ConfigError(in_order(found.problems))
    return config


def chosen_file(path: Path | None, environ: Mapping[str, str], cwd: Path) -> tuple[Path, Path]:
    """The config file in force and the folder that its relative paths start from."""
    named = path or (Path(environ["STORYWATCH_CONFIG"]) if environ.get("STORYWATCH_CONFIG") else None)
    if named is None and (cwd / "storywatch.toml").is_file():
        named = Path("storywatch.toml")
    if named is None:
        return BUILT_IN, _data_folder(environ, cwd)
    file = (cwd / named.expanduser()).absolute()
    return file, file.parent


def _data_folder(environ: Mapping[str, str], cwd: Path) -> Path:
    if environ.get("STORYWATCH_DATA"):
        return (cwd / Path(environ["STORYWATCH_DATA"]).expanduser()).absolute()
    home = environ.get("XDG_DATA_HOME", "")
    # The XDG rule: a relative XDG_DATA_HOME is to be ignored.
    base = Path(home) if home.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return base / "storywatch"


def _read(file: Path) -> tuple[dict[str, Any], str]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text), text
    except OSError as error:
        raise _unusable(file, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unusable(file, error.object.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise _unusable(file, *_syntax(str(error), text)) from None
    except RecursionError:
        raise _unusable(file, 0, "is nested too deeply") from None


def _syntax(message: str, text: str) -> tuple[int, str]:
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(found[1]) if found else text.rstrip().count("\n") + 1
    return line, "is not TOML: " + re.sub(r" \(at [^)]*\)$", "", message)


def _unusable(file: Path, line: int, message: str) -> ConfigError:
    return ConfigError([Problem(str(file), line, "", message)])


def _judge(found: Findings, file: Path, query_problem: QueryProblem | None) -> Config | None:
    for name in found.raw:
        if name not in _KNOWN:
            found.wrong((name,), unknown_key(name, _KNOWN).replace("key", "section", 1))
    sections = {name: section(found, name, model) for name, model in SECTIONS.items()}
    sources = tables(found, "sources", SourceConfig)
    rules = tables(found, "rules", RuleConfig)
    channels = channel_tables(found)
    named = lists(found)
    cross_check(found)
    if query_problem is not None:
        check_queries(found, named, query_problem)
    note_not_in_force(found)
    if found.problems:
        return None
    return Config(
        **sections,
        sources=tuple(source.source() for source in sources),
        lists=named,
        rules=tuple(rule.rule() for rule in rules),
        channels=channels or (ConsoleChannel(id="console", kind="console"),),
        file=file,
        built_in=file == BUILT_IN,
        folder=found.around.folder,
        warnings=in_order(found.warnings),
        findings=found,
    )
