"""How values read on a screen: times in the watch's zone, lengths of time, names, safe links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.wording import link
from monitor.config import Config
from monitor.model import Origin

LANGUAGES = {"en": "English", "uk": "Ukrainian", "ru": "Russian", "de": "German", "fr": "French", "pl": "Polish"}
LEVELS = {
    "same": "exactly a text that is known",
    "copy": "a copy of what is known",
    "truncated": "a shortened copy",
    "extended": "a known text with more in it",
    "template": "a known form filled in anew",
    "rewrite": "known facts in other words",
    "new": "not known before",
    "commentary": "opinion on what is known",
    "edit": "a later state of the same article",
}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class View:
    """The words that templates use. `now` is when the page was asked for, `timezone` another than the watch's."""

    config: Config
    now: datetime
    timezone: str = ""
    zone: ZoneInfo = field(init=False)
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", ZoneInfo(self.timezone or self.config.watch.timezone))
        object.__setattr__(self, "names", {one.id: one.name for one in self.config.sources if one.name})

    def source(self, source_id: str, origin: Origin = Origin.FETCHED) -> str:
        """A source as people call it."""
        if origin is Origin.CORPUS:
            return "known before"
        return self.names.get(source_id) or source_id or "unnamed source"

    def clock(self, moment: datetime) -> str:
        """19:05"""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def day(self, moment: datetime) -> str:
        """Tuesday 18 March 2025, "Today, ..." where it is."""
        local = moment.astimezone(self.zone)
        written = f"{local:%A} {local.day} {local:%B %Y}"
        return f"Today, {written}" if local.date() == self.now.astimezone(self.zone).date() else written

    def when(self, moment: datetime) -> str:
        """18 Mar 2025 19:05"""
        local = moment.astimezone(self.zone)
        return f"{local.day} {local:%b %Y %H:%M}"

    def iso(self, moment: datetime) -> str:
        """For machines and for the tooltip: with the offset of the zone."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def ago(self, moment: datetime) -> str:
        """4 min ago, in 20 s."""
        apart = self.now - moment
        return f"{length(apart)} ago" if apart >= timedelta(0) else f"in {length(-apart)}"

    def moment(self, stamp: str) -> datetime:
        """The moment that JSON of ours names."""
        return datetime.fromisoformat(stamp)

    def length(self, span: timedelta) -> str:
        return length(span)

    def link(self, url: str) -> str:
        """An address that is safe to link, or ""."""
        return link(url)

    def lang(self, language: str) -> str:
        """A language tag that may stand in `lang`, or ""."""
        return language if _TAG.fullmatch(language) else ""

    def language(self, code: str) -> str:
        return LANGUAGES.get(code, code)

    def level(self, level: str) -> str:
        """What a level means, in a few words."""
        return LEVELS.get(level, level)


def length(span: timedelta) -> str:
    """A length of time in its largest unit: 40 s, 4 min, 3 h, 2 days."""
    seconds = int(span.total_seconds())
    for size, unit, from_ in ((86400, "days", 172800), (3600, "h", 7200), (60, "min", 60)):
        if seconds >= from_:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
