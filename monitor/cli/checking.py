"""`check`: what was understood of the config."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.flooding import look
from monitor.cli.opening import archive, load_config
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.root import USAGE, settings_of
from monitor.errors import ConfigError, Problem, StoreError

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
    from monitor.watch import compile_watch, read_memory

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
        flooding = look(compile_watch(config))
        floods = {"floods": dict(flooding.found), "floods_note": flooding.note}
        put_json(_understood(config) | {"remembered": known, "unindexed": _unindexed(config)} | floods)
        return
    put(_told(config, settings.verbose > 0))
    if known:
        put(f"corpus    {known} documents known by fingerprint")
    for warning in () if settings.quiet else _warnings(config):
        say(f"note: {warning}")
    if settings.quiet:
        return
    flooding = look(compile_watch(config))
    for warned in flooding.found.values():
        say(f"warning: {warned}")
    if flooding.note:
        say(f"note: {flooding.note}")
    left = _unindexed(config)
    if left:
        say(
            f"note: {left} archived texts are not in the search index yet: searches read them one by one until the"
            " daemon, or `storywatch reindex`, has put them in"
        )


def _warnings(config: Config) -> list[Problem]:
    """The config's own, and the words of its queries whose forms need a dictionary that is not installed."""
    from monitor.query import compile_query, uninflected, without_forms

    queries = [config.watch.about, *(one.query for one in config.rules), *(one.only for one in config.sources)]
    read = [compile_query(query, config.lists) for query in queries if query.strip()]
    words = sorted({word for compiled in read for word in uninflected(compiled)})
    found = [Problem(str(config.file), 0, "rules", without_forms(words))] if words else []
    return [*config.warnings, *found]


def _unindexed(config: Config) -> int | None:
    """How many versions the index does not know; None where there is no archive file that can be asked."""
    from monitor.store import index

    file = config.archive.file
    if file is None or not file.exists():
        return None
    try:
        with archive(config) as store, store.read() as tx:
            return index.counts(tx)[0]
    except StoreError:
        return None


def _problem(problem: Problem) -> Json:
    return {"file": problem.file, "line": problem.line, "key": problem.key, "message": problem.message}


def _understood(config: Config) -> Json:
    from monitor.novelty.crosslingual import installed

    return {
        "ok": True,
        "problems": [],
        "warnings": [_problem(one) for one in _warnings(config)],
        "file": str(config.file),
        "built_in": config.built_in,
        "watch": {"id": config.watch.id, "title": config.watch.title, "about": config.watch.about},
        "archive": config.archive.shown_url,
        "sensitivity": config.watch.sensitivity,
        "novelty": _limits(config),
        "crosslingual": installed(),
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
    from monitor.novelty.crosslingual import WITH, WITHOUT, installed

    off = len(config.sources) - len(config.enabled_sources)
    built_in = " (built in)" if config.built_in else ""
    lines = [
        f"config    {config.file}{built_in}",
        f"watch     {config.watch.id}: {config.watch.title}",
        f"archive   {config.archive.shown_url}",
        f"corpus    {', '.join(str(path) for path in config.corpus.paths) or 'no files'}",
        f"novelty   {_novelty(config)}",
        f"languages {WITH if installed() else WITHOUT}",
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
