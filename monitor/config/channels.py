"""The channels of a config file: one strict model per kind."""

from __future__ import annotations

from email.headerregistry import Address as MailAddress
from email.utils import parseaddr
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from monitor.config.secret import SecretValue
from monitor.config.sections import Lines, Strict, known_timezone
from monitor.config.values import Address, Clock, Id, Line, QuietWindow, Rate, is_loopback

LATER_CHANNEL_KINDS = ("webhook", "apprise", "feed")


class AnyChannel(Strict):
    """What every channel may say."""

    id: Id
    quiet: QuietWindow | None = None
    digest: Clock | None = None
    timezone: str = ""
    limit: Rate | None = None

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return known_timezone(value) if value else ""


class ConsoleChannel(AnyChannel):
    """Alerts on the terminal (or the log) of the daemon."""

    kind: Literal["console"]


class SlackChannel(AnyChannel):
    """A Slack incoming webhook, or a bot: `token` with `channel`."""

    kind: Literal["slack"]
    webhook: SecretValue | None = None
    token: SecretValue | None = None
    channel: Line = Field(default="", validate_default=True)
    api_url: Address = "https://slack.com/api/"

    @field_validator("channel")
    @classmethod
    def _channel(cls, value: str, info: ValidationInfo) -> str:
        # A secret that could not be read is absent from info.data and already reported.
        webhook, token = info.data.get("webhook", ...), info.data.get("token", ...)
        if webhook is None and token is None:
            raise ValueError('needs webhook = "env:NAME", or token = "env:NAME" with channel = "C..."')
        if webhook is not None and token is not None and ... not in (webhook, token):
            raise ValueError("takes either webhook or token, not both")
        if token is not None and not value:
            raise ValueError('is required with a token, such as channel = "C0123456789"')
        return value

    @field_validator("api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValueError("must begin with https:// (the token goes there)")
        return value if value.endswith("/") else value + "/"


class EmailChannel(AnyChannel):
    """Mail through one SMTP server; each recipient is a destination of its own."""

    kind: Literal["email"]
    host: Line = Field(min_length=1)
    insecure: bool = False
    tls: Literal["starttls", "tls", "none"] = "starttls"
    port: int = Field(default=587, ge=1, le=65535)
    username: Line = ""
    password: SecretValue | None = Field(default=None, validate_default=True)
    sender: Line = Field(alias="from")
    to: Annotated[Lines, Field(min_length=1)]

    @field_validator("tls")
    @classmethod
    def _tls(cls, value: str, info: ValidationInfo) -> str:
        if value == "none" and not info.data.get("insecure") and not is_loopback(info.data.get("host", "localhost")):
            raise ValueError('"none" sends mail readable by anyone on the way: use "starttls", or say insecure = true')
        return value

    @field_validator("password")
    @classmethod
    def _password(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("username"):
            raise ValueError('is required with a username, such as password = "env:SMTP_PASSWORD"')
        return value

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        return mail_address(value)

    @field_validator("to")
    @classmethod
    def _to(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            mail_address(address)
        if len({address.casefold() for address in value}) < len(value):
            raise ValueError("names a recipient twice")
        return value


ChannelConfig = ConsoleChannel | SlackChannel | EmailChannel
CHANNELS: dict[str, type[ConsoleChannel] | type[SlackChannel] | type[EmailChannel]] = {
    "console": ConsoleChannel,
    "email": EmailChannel,
    "slack": SlackChannel,
}


def mail_address(value: str) -> str:
    """A mail address with or without a name before it; ValueError."""
    _, address = parseaddr(value)
    try:
        MailAddress(addr_spec=address)
    except (ValueError, IndexError):
        address = ""
    if "@" not in address or " " in address:
        raise ValueError(f"{value!r} is not a mail address; write desk@example.org or Desk <desk@example.org>")
    return value
