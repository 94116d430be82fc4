"""The sections of a config file, each strict: an unknown key or a wrong type is a problem."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cssselect import HTMLTranslator, SelectorError
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from monitor import __version__
from monitor.config.places import archive_url, listening, shown_url, sqlite_file
from monitor.config.secret import Secret, SecretValue, read_reference, resolved, surroundings
from monitor.config.values import Address, Duration, Id, Line, Offset, Rate, Size, Wait, is_loopback, web_address
from monitor.model import AlertMode, Rule, Selectors, Severity, Source, TextMode
from monitor.netguard import Allow

SOURCE_KINDS = ("feed", "sitemap", "listing", "telegram", "json")


class Strict(BaseModel):
    """A table of the file: frozen, every key known, every type as written."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )


Lines = Annotated[tuple[Line, ...], Field(strict=False)]


class WatchConfig(Strict):
    """[watch]"""

    id: Id = "watch"
    title: Line = Field(default="", validate_default=True)
    languages: Lines = ("en", "uk", "ru")
    timezone: str = "UTC"
    about: str = ""
    sensitivity: Literal["calm", "normal", "eager"] = "normal"
    public_url: str = ""

    @field_validator("title")
    @classmethod
    def _title(cls, value: str, info: ValidationInfo) -> str:
        return value or str(info.data.get("id", ""))

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return known_timezone(value)

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        return _address_or_nothing(value).rstrip("/")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that Today, --since and naive dates use."""
        return ZoneInfo(self.timezone)


class ArchiveConfig(Strict):
    """[archive]; `url` is absolute and ready for SQLAlchemy."""

    url: str = Field(default="sqlite:///storywatch.db", validate_default=True, repr=False)
    warc: str = Field(default="warc", validate_default=True)
    keep_raw: Duration = timedelta(days=90)
    max_raw: Size = 20 * 10**9
    synchronous: Literal["FULL", "NORMAL", "EXTRA"] = "FULL"

    @field_validator("url")
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        around = surroundings(info)
        text = read_reference(value, around) if value.startswith(("env:", "file:")) else value
        return archive_url(text, around.folder)

    @field_validator("warc")
    @classmethod
    def _warc(cls, value: str, info: ValidationInfo) -> str:
        return str(resolved(value, surroundings(info).folder)) if value else ""

    @property
    def raw_folder(self) -> Path | None:
        """Where raw responses are kept; None: they are not."""
        return Path(self.warc) if self.warc else None

    @property
    def file(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return sqlite_file(self.url)

    @property
    def shown_url(self) -> str:
        """The address without its password, for people and logs."""
        return shown_url(self.url)


class CorpusConfig(Strict):
    """[corpus]; `paths` are absolute files or folders that exist, `fingerprints` such files or built-in names."""

    paths: Annotated[tuple[Path, ...], Field(strict=False)] = ()
    fingerprints: Lines = ()

    @field_validator("paths", mode="before")
    @classmethod
    def _paths(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError('must be a list of paths such as ["seeds"]')
        paths = [resolved(one, surroundings(info).folder) for one in value]
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise ValueError(f"no such file or folder: {', '.join(missing)}")
        return paths

    @field_validator("fingerprints")
    @classmethod
    def _fingerprints(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        unknown = [one for one in value if one.startswith("builtin:") and one != "builtin:ceasefire-talks"]
        if unknown:
            raise ValueError(f"unknown fingerprint {unknown[0]!r}; built in is 'builtin:ceasefire-talks'")
        folder = surroundings(info).folder
        found = tuple(one if one.startswith("builtin:") else str(resolved(one, folder)) for one in value)
        missing = [one for one in found if not one.startswith("builtin:") and not Path(one).is_file()]
        if missing:
            raise ValueError(f"no such file: {', '.join(missing)}")
        return found


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=365, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100)]


class NoveltyConfig(Strict):
    """[novelty]: the thresholds that a file sets itself; None leaves what watch.sensitivity gives."""

    copy_: Share | None = Field(default=None, alias="copy")
    related: Share | None = None
    agreement: Share | None = None
    sentence: Share | None = None
    newword: Share | None = None
    facts: Count | None = None
    event: Share | None = None
    event_days: Days | None = None
    event_fade: Share | None = None
    leftover: Count | None = None
    story: Share | None = None
    brief: Count | None = None
    brief_event: Share | None = None
    doubt: Share | None = None
    likeness: Share | None = None
    brief_likeness: Share | None = None

    def explicit(self) -> dict[str, Any]:
        """The thresholds that were written down, by name."""
        return self.model_dump(by_alias=True, exclude_none=True)


class FetchConfig(Strict):
    """[fetch]"""

    concurrency: int = Field(default=16, ge=1, le=256)
    per_host: int = Field(default=1, ge=1, le=8)
    timeout: Duration = timedelta(seconds=30)
    max_body: Size = 10 * 10**6
    obey_robots: bool = True
    user_agent: Line = "storywatch/{version} (+{contact})"
    contact: Line = ""
    delay: Wait = timedelta(seconds=1)
    floor: Duration = timedelta(minutes=5)
    allow_private: Lines = ()
    first_check: Literal["summary", "alert"] = "summary"
    recheck: bool = True

    @field_validator("allow_private")
    @classmethod
    def _allow_private(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Allow.parse(value)
        return value

    @field_validator("user_agent")
    @classmethod
    def _user_agent(cls, value: str) -> str:
        rest = value.replace("{version}", "").replace("{contact}", "")
        if "{" in rest or "}" in rest or not rest.isascii():
            raise ValueError("must be plain ASCII; the only words in braces are {version} and {contact}")
        return value

    @property
    def agent(self) -> str:
        """The User-Agent header as it is sent."""
        template = self.user_agent if self.contact else self.user_agent.replace("(+{contact})", "")
        return template.replace("{version}", __version__).replace("{contact}", self.contact).strip()


class SelectConfig(Strict):
    """select = {...} of a listing source."""

    links: str | None = None
    title: str | None = None
    body: str | None = None

    @field_validator("links", "title", "body")
    @classmethod
    def _selector(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                HTMLTranslator().css_to_xpath(value)
        except SelectorError as error:
            raise ValueError(f"is no CSS selector: {error}") from None
        return value


class SourceConfig(Strict):
    """One [[sources]]."""

    id: Id
    enabled: bool = True
    kind: str
    url: Address
    name: Line = ""
    every: Duration = timedelta(minutes=15)
    language: Lines = ()
    country: Line = ""
    side: Line = ""
    text: Annotated[TextMode, Field(strict=False)] = TextMode.PAGE
    javascript: bool = False
    only: str = ""
    utc_offset: Offset | None = None
    guid_strip: str = Field(default="", max_length=200)
    legal: Line = ""
    backfill: Address | Literal[""] = ""
    select: SelectConfig = SelectConfig()

    @field_validator("kind")
    @classmethod
    def _kind(cls, value: str) -> str:
        if value not in SOURCE_KINDS:
            raise ValueError(f"unknown kind {value!r}; write one of {', '.join(SOURCE_KINDS)}")
        return value

    @field_validator("javascript")
    @classmethod
    def _javascript(cls, value: bool) -> bool:
        if value and find_spec("playwright") is None:
            raise ValueError("needs the extra javascript: pip install 'storywatch[javascript]', and a Chromium")
        return value

    @field_validator("guid_strip")
    @classmethod
    def _guid_strip(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        return value

    def source(self) -> Source:
        """The source as the rest of the house knows it."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "select"}
        return Source(**values, select=Selectors(self.select.links, self.select.title, self.select.body))


class RuleConfig(Strict):
    """One [[rules]]; whether the query can be read is judged by the watch."""

    id: Id
    query: str = Field(min_length=1, max_length=10_000)
    channels: Lines = ()
    alert: Annotated[AlertMode, Field(strict=False)] = AlertMode.DEVELOPMENTS
    severity: Annotated[Severity, Field(strict=False)] = Severity.NORMAL
    limit: Rate | None = None

    def rule(self) -> Rule:
        """The rule as the rest of the house knows it."""
        return Rule(self.id, self.query, self.channels, self.alert, self.severity, self.limit)


class AlertsConfig(Strict):
    """[alerts]"""

    group_wait: Wait = timedelta(seconds=30)
    budget: Rate | None = None
    first_retry: Duration = timedelta(seconds=5)


class WebConfig(Strict):
    """[web]"""

    password: SecretValue | None = None
    listen: str = "127.0.0.1:8787"

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str, info: ValidationInfo) -> str:
        host, _ = listening(value)
        if not is_loopback(host) and info.data.get("password", Secret("", "")) is None:
            raise ValueError(f"{host} can be reached by others: set web.password, or listen on 127.0.0.1")
        return value

    @property
    def host(self) -> str:
        """The address to bind."""
        return listening(self.listen)[0]

    @property
    def port(self) -> int:
        """The port to bind; 0 takes any free one."""
        return listening(self.listen)[1]


def known_timezone(value: str) -> str:
    """The name, when this machine knows the zone; ValueError."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {value!r}; write one such as Europe/Kyiv") from None
    return value


def _address_or_nothing(value: str) -> str:
    return web_address(value) if value else ""
