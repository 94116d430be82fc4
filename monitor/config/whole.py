"""The whole config: the one value that the rest of the house is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.channels import ChannelConfig
from monitor.config.findings import Findings
from monitor.config.locator import Path as KeyPath
from monitor.config.secret import Secret
from monitor.config.sections import (
    AlertsConfig,
    ArchiveConfig,
    CorpusConfig,
    FetchConfig,
    NoveltyConfig,
    WatchConfig,
    WebConfig,
)
from monitor.errors import Problem
from monitor.model import Rule, Source


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a watch was told. Paths are absolute; `folder` is where relative ones started.

    `sources`, `rules` and `channels` keep the order of the file, disabled sources included. `login` is the password of
    the screens that was made for a config which names none.
    """

    watch: WatchConfig
    archive: ArchiveConfig
    corpus: CorpusConfig
    novelty: NoveltyConfig
    fetch: FetchConfig
    sources: tuple[Source, ...]
    lists: Mapping[str, str]
    rules: tuple[Rule, ...]
    alerts: AlertsConfig
    channels: tuple[ChannelConfig, ...]
    web: WebConfig
    file: Path
    built_in: bool
    folder: Path
    warnings: tuple[Problem, ...]
    findings: Findings = field(repr=False, compare=False)
    login: Secret | None = field(default=None, compare=False)

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at a key path such as ("rules", 3, "query"), with file and line."""
        return self.findings.problem(path, message)

    @property
    def screens_password(self) -> Secret | None:
        """What people log in to the screens with; None: the screens are read-only."""
        return self.web.password or self.login

    @property
    def enabled_sources(self) -> tuple[Source, ...]:
        """The sources that are polled."""
        return tuple(source for source in self.sources if source.enabled)
