"""What leaves the archive for others to read: words for it, with every source's licence kept. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.wording import cut, listed
from monitor.config import Config
from monitor.inquiry.licence import EXCERPT, Licence, Licences, licences, withheld
from monitor.inquiry.markdown import address, line, plain

_NAME = 80
_MOST_FACTS = 8


@dataclass(frozen=True, slots=True)
class Giver:
    """Writes Markdown for readers elsewhere. `home`: where people reach the screens, or ""."""

    config: Config
    zone: ZoneInfo
    home: str
    licence: Licences
    names: dict[str, str]

    @classmethod
    def of(cls, config: Config, timezone: str = "", home: str = "") -> Giver:
        """For readers of a config's watch; `timezone`: another zone than the watch's, `home`: where screens are."""
        names = {one.id: one.name for one in config.sources if one.name}
        zone = ZoneInfo(timezone or config.watch.timezone)
        home = home or config.watch.public_url
        return cls(config, zone, home.rstrip("/"), licences(config.sources), names)

    @property
    def closed(self) -> bool:
        """Whether there is any source of which nothing is given out."""
        return any(self.licence(one.id) is Licence.NOTHING for one in self.config.sources)

    def gives(self, source_id: str) -> bool:
        """Whether headline and link of a source are given out."""
        return self.licence(source_id) is not Licence.NOTHING

    def called(self, source_id: str) -> str:
        """A source as people call it."""
        return self.names.get(source_id) or source_id or "unnamed source"

    def name(self, source_id: str) -> str:
        """The same in Markdown."""
        return line(self.called(source_id), _NAME)

    def names_of(self, source_ids: Sequence[str], most: int = 12) -> str:
        return listed([self.name(one) for one in source_ids], most)

    def headline(self, title: str, source_id: str) -> str:
        """An article's headline, or that there is one."""
        return line(title) or "Untitled" if self.gives(source_id) else withheld(self.name(source_id))

    def story(self, ident: str, title: str, headed: Collection[str]) -> str:
        """A story's headline, which is that of its first article: given out where any that has it may be."""
        return line(title) or "Untitled" if self.given(headed) else self.unnamed(ident)

    def given(self, headed: Collection[str]) -> bool:
        """Whether a headline that these sources have is given out: by one that may be."""
        return not headed or any(self.gives(one) for one in headed)

    def unnamed(self, ident: str) -> str:
        """What stands in the place of a story's headline that is not given out."""
        return f"Story {ident} (headline not republished)"

    def link(self, url: str, source_id: str) -> str:
        """An article's address where it is given out."""
        return address(url) if self.gives(source_id) else ""

    def page(self, path: str) -> str:
        """A screen of ours, "" when nobody said where people reach them."""
        return address(f"{self.home}{path}") if self.home else ""

    def excerpt(self, sentences: Sequence[str], source_id: str) -> list[str]:
        """Sentences of one article, as many as its licence and its share of others' words let out."""
        left = EXCERPT if self.licence(source_id) is Licence.EXCERPT else 0
        found: list[str] = []
        for sentence in sentences:
            if left < 40:
                break
            part = cut(sentence, left)
            left -= len(part)
            found.append(plain(part))
        return found

    def facts(self, facts: Sequence[str], source_id: str) -> str:
        """Figures and names that an article has."""
        return listed([line(one, _NAME) for one in facts], _MOST_FACTS) if self.gives(source_id) else ""

    def clock(self, moment: datetime) -> str:
        """19:05"""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def when(self, moment: datetime) -> str:
        """2025-03-18 19:05 EET"""
        local = moment.astimezone(self.zone)
        return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"
