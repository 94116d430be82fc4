"""The compiled watch: what a config means once its queries are read. Adds their problems to the config's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from monitor.config import Config
from monitor.errors import ConfigError, Problem, QueryError
from monitor.model import Document, Entry, Known, Rule, Source
from monitor.novelty import Encoder, Memory, Thresholds, encoder, read_fingerprint, thresholds
from monitor.query import Compiled, RuleSet, Text, analyse, compile_query, holds
from monitor.urls import host_of

BUILT_IN = "builtin:"
CORPUS_KINDS = (".txt", ".html", ".htm", ".md")


@dataclass(frozen=True, slots=True)
class Watch:
    """A config with every query compiled. `only` is keyed by source id, `memory` are the fingerprints' documents.

    `encoder` is that of the extra `crosslingual`, where it is installed; it loads itself when it is first asked.
    """

    config: Config
    sources: Mapping[str, Source]
    rules: Mapping[str, Rule]
    compiled: Mapping[str, Compiled]
    rule_set: RuleSet
    topic: Compiled | None
    only: Mapping[str, Compiled]
    limits: Thresholds
    memory: Memory
    encoder: Encoder | None = None


def compile_watch(config: Config) -> Watch:
    """Compile every query and read every fingerprint. Raises ConfigError with all that cannot be read."""
    problems: list[Problem] = []

    def compiled(query: str, *key: str | int) -> Compiled | None:
        if not query.strip():
            return None
        try:
            return compile_query(query, config.lists)
        except QueryError as error:
            problems.append(config.problem(key, str(error)))
            return None

    for name, query in config.lists.items():
        compiled(query, "lists", name)
    topic = compiled(config.watch.about, "watch", "about")
    only = {source.id: compiled(source.only, "sources", n, "only") for n, source in enumerate(config.sources)}
    rules = {rule.id: compiled(rule.query, "rules", n, "query") for n, rule in enumerate(config.rules)}
    memory = _remembered(config, problems)
    if problems:
        raise ConfigError(problems)
    ready = {rule_id: query for rule_id, query in rules.items() if query is not None}
    return Watch(
        config=config,
        sources={source.id: source for source in config.sources},
        rules={rule.id: rule for rule in config.rules},
        compiled=ready,
        rule_set=RuleSet([(rule, ready[rule.id]) for rule in config.rules if rule.id in ready]),
        topic=topic,
        only={source_id: query for source_id, query in only.items() if query is not None},
        limits=limits_of(config),
        memory=memory,
        encoder=encoder(),
    )


def read_memory(config: Config) -> Memory:
    """The documents of [corpus] fingerprints. Raises ConfigError."""
    problems: list[Problem] = []
    memory = _remembered(config, problems)
    if problems:
        raise ConfigError(problems)
    return memory


def _remembered(config: Config, problems: list[Problem]) -> Memory:
    found: list[Known] = []
    for number, name in enumerate(config.corpus.fingerprints):
        try:
            found += _fingerprint(name)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(config.problem(("corpus", "fingerprints", number), f"{name}: {said}"))
    return Memory(found)


def _fingerprint(name: str) -> tuple[Known, ...]:
    if name.startswith(BUILT_IN):
        short = name.removeprefix(BUILT_IN)
        return read_fingerprint(files("monitor.novelty").joinpath("fingerprints", f"{short}.fp").read_bytes(), short)
    path = Path(name)
    return read_fingerprint(path.read_bytes(), path.stem)


def limits_of(config: Config) -> Thresholds:
    """The thresholds in force: those of the sensitivity, but what [novelty] sets wins."""
    return replace(thresholds(config.watch.sensitivity), **config.novelty.explicit())


def text_of(document: Document, source_id: str) -> Text:
    """A document as the matcher reads it; `source:` in a rule means the source's id or the host that published it."""
    source = f"{source_id} {host_of(document.url)}"
    return analyse(document.title, document.text, document.captions, source=source, language=document.language)


def on_topic(watch: Watch, text: Text) -> bool:
    """Whether an article belongs to the watch (`[watch] about`; empty: everything does)."""
    return watch.topic is None or holds(watch.topic, text)


def wanted(watch: Watch, source: Source, entry: Entry) -> bool:
    """Whether an entry's page is worth fetching (`[[sources]] only`, held against title, summary and listed text)."""
    query = watch.only.get(source.id)
    if query is None:
        return True
    listed = "\n\n".join(part for part in (entry.summary, entry.text) if part)
    origin = f"{source.id} {host_of(entry.url)}"
    return holds(query, analyse(entry.title, listed, source=origin, language=entry.language))


def corpus_files(config: Config) -> tuple[Path, ...]:
    """Every corpus file that the config names, folders walked, in a stable order."""
    return tuple(file for path in config.corpus.paths for file in files_under(path))


def files_under(path: Path) -> tuple[Path, ...]:
    """A file itself, or the known articles in a folder (.txt .html .md), sorted by name."""
    if path.is_file():
        return (path,)
    return tuple(sorted(file for file in path.rglob("*") if file.suffix.lower() in CORPUS_KINDS and file.is_file()))
