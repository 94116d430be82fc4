"""`check`: what was understood of the config."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.root import USAGE, settings_of
from monitor.errors import ConfigError, Problem

if TYPE_CHECKING:
    from monitor.config import Config


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("check")(check)


def check(ctx: typer.Context, as_json: Annotated[bool, JSON] = False) -> None:
    """Check the config and every rule, and print what was understood. Nothing is started or written.

    \b
    storywatch check
    storywatch --config desk.toml check --json
    """
    from monitor.watch import read_memory

    settings = settings_of(ctx)
    try:
        config = load_config(settings)
        known = len(read_memory(config).documents)
    except ConfigError as error:
        if not as_json:
            raise
        put_json({"ok": False, "problems": [_problem(one) for one in error.problems]})
        raise typer.Exit(USAGE) from None
    if as_json:
        put_json(_understood(config) | {"remembered": known})
        return
    put(_told(config, settings.verbose > 0))
    if known:
        put(f"corpus    {known} documents known by fingerprint")
    for warning in () if settings.quiet else config.warnings:
        say(f"note: {warning}")


def _problem(problem: Problem) -> Json:
    return {"file": problem.file, "line": problem.line, "key": problem.key, "message": problem.message}


def _understood(config: Config) -> Json:
    return {
        "ok": True,
        "problems": [],
        "warnings": [_problem(one) for one in config.warnings],
        "file": str(config.file),
        "built_in": config.built_in,
        "watch": {"id": config.watch.id, "title": config.watch.title, "about": config.watch.about},
        "archive": config.archive.shown_url,
        "sensitivity": config.watch.sensitivity,
        "novelty": _limits(config),
        "sources": [source.id for source in config.enabled_sources],
        "disabled": [source.id for source in config.sources if not source.enabled],
        "rules": [rule.id for rule in config.rules],
        "channels": [{"id": one.id, "kind": one.kind} for one in config.channels],
        "screens": config.web.listen,
    }


def _limits(config: Config) -> dict[str, float]:
    from monitor.watch import limits_of

    return asdict(limits_of(config))


def _novelty(config: Config) -> str:
    """The thresholds in force: those that the file sets are marked."""
    own = config.novelty.explicit()
    said = ", ".join(f"{name} {value:g}{'*' if name in own else ''}" for name, value in _limits(config).items())
    return f"{config.watch.sensitivity}: {said}{' (* set under [novelty])' if own else ''}"


def _told(config: Config, verbose: bool) -> str:
    """The config in plain words; with `verbose` every query as it is read."""
    off = len(config.sources) - len(config.enabled_sources)
    built_in = " (built in)" if config.built_in else ""
    lines = [
        f"config    {config.file}{built_in}",
        f"watch     {config.watch.id}: {config.watch.title}",
        f"archive   {config.archive.shown_url}",
        f"corpus    {', '.join(str(path) for path in config.corpus.paths) or 'no files'}",
        f"novelty   {_novelty(config)}",
        f"sources   {len(config.enabled_sources)} enabled" + (f", {off} disabled" if off else ""),
        f"rules     {', '.join(rule.id for rule in config.rules) or 'none: nothing will alert'}",
        f"channels  {', '.join(f'{one.id} ({one.kind})' for one in config.channels)}",
        f"screens   http://{config.web.listen}/",
    ]
    if verbose:
        queries = [("about", config.watch.about), *((rule.id, rule.query) for rule in config.rules)]
        lines += [line for name, query in queries if query for line in _explained(name, query, config)]
    return "\n".join(lines)


def _explained(name: str, query: str, config: Config) -> list[str]:
    from monitor.query import compile_query, explain

    compiled: Any = compile_query(query, config.lists)
    return ["", f"{name}:", *(f"  {line}" for line in explain(compiled).splitlines())]
