"""The config of the played desk: every channel in several shapes, so that a reload changes limits and nights."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.config import load
from monitor.watch import Watch, compile_watch

BASE = """
[watch]
id = "talks"
title = "Talks"
timezone = "Europe/Kyiv"
[archive]
url = "sqlite:///unused.db"
[alerts]
group_wait = "30s"
budget = "6/d"
[[rules]]
id = "storm"
query = "storm"
limit = "3/h"
channels = ["bot", "hook"]
[[rules]]
id = "news"
query = "news"
[[rules]]
id = "low"
query = "low"
severity = "low"
channels = ["mail", "web"]
[[rules]]
id = "alarm"
query = "alarm"
severity = "critical"
channels = ["bot", "web"]
"""
# The rules, and the channels that they go to.
RULES = {
    "storm": ("bot", "hook"),
    "news": ("bot", "mail", "hook", "web"),
    "low": ("mail", "web"),
    "alarm": ("bot", "web"),
}
STORM_LIMIT, BUDGET = 3, 6
MAIL = 'kind = "email"\nhost = "mail.example"\ntls = "starttls"\nfrom = "desk@example.org"'
KINDS = {"bot": 'kind = "console"', "mail": MAIL, "hook": 'kind = "console"', "web": 'kind = "console"'}


@dataclass(frozen=True)
class Shape:
    """One way to configure a channel."""

    zone: str
    quiet: tuple[str, str] | None = None
    limit: int | None = None
    digest: str = ""
    to: str = ""
    absent: bool = False

    def table(self, name: str) -> str:
        if self.absent:
            return ""
        lines = [f'[[channels]]\nid = "{name}"', KINDS[name], f'timezone = "{self.zone}"']
        lines += [f"to = {self.to}"] if self.to else []
        lines += [f'quiet = "{self.quiet[0]}-{self.quiet[1]}"'] if self.quiet else []
        lines += [f'limit = "{self.limit}/h"'] if self.limit else []
        lines += [f"digest = {self.digest}"] if self.digest else []
        return "\n".join(lines) + "\n"


KYIV, NEW_YORK, HOWE = "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe"
ANNA, BOTH = '["anna@x.example"]', '["anna@x.example", "bert@x.example"]'
CONFIGS = {
    "bot": (
        Shape(KYIV),
        Shape(KYIV, ("22:00", "07:00"), 3),
        Shape(KYIV, ("02:30", "04:30"), 1),
        Shape(KYIV, digest='"adaptive"'),
    ),
    "mail": (
        Shape(NEW_YORK, to=ANNA),
        Shape(NEW_YORK, ("23:00", "06:30"), digest='["07:30", "18:00"]', to=BOTH),
        Shape(NEW_YORK, ("00:30", "03:30"), to=ANNA),
    ),
    "hook": (Shape(HOWE), Shape(HOWE, ("01:30", "02:15"), 2), Shape(HOWE, absent=True)),
    "web": (Shape("UTC"), Shape("UTC", digest='"adaptive"'), Shape("UTC", ("20:00", "05:00"), 2)),
}
FIRST = {"bot": 0, "mail": 0, "hook": 0, "web": 0}


@cache
def watch_of(chosen: tuple[tuple[str, int], ...]) -> Watch:
    """The watch of these shapes, compiled once."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "storywatch.toml"
        shapes = {channel: CONFIGS[channel][number] for channel, number in chosen}
        # A rule may name no channel that is not there.
        base = BASE.replace(', "hook"', "") if shapes["hook"].absent else BASE
        file.write_text(base + "".join(shape.table(channel) for channel, shape in shapes.items()))
        return compile_watch(load(file, {}, Path(name)))
