"""The channels of a config file: one strict model per kind."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from email.headerregistry import Address as MailAddress
from email.utils import parseaddr
from importlib.util import find_spec
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from monitor.config.secret import Secret, SecretAddress, SecretValue
from monitor.config.sections import Lines, Strict, known_timezone
from monitor.config.values import Address, DigestTimes, Id, Line, QuietWindow, Rate, is_loopback

_SIGNING = "whsec_"


class AnyChannel(Strict):
    """What every channel may say."""

    id: Id
    quiet: QuietWindow | None = None
    digest: DigestTimes = ()
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
    reply_to: Line = ""
    pace: Rate = (30, timedelta(minutes=1))

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
        if value is not None and info.data.get("tls") == "none" and not is_loopback(info.data.get("host", "localhost")):
            raise ValueError('never goes over the network in clear text: use tls = "starttls" or "tls"')
        return value

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not parseaddr(mail_address(value))[1].rpartition("@")[0].isascii():
            raise ValueError("needs an ASCII name before the @: many servers take no other sender")
        return value

    @field_validator("reply_to")
    @classmethod
    def _reply_to(cls, value: str) -> str:
        return mail_address(value) if value else ""

    @field_validator("to")
    @classmethod
    def _to(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            mail_address(address)
        if len({address.casefold() for address in value}) < len(value):
            raise ValueError("names a recipient twice")
        return value


class WebhookChannel(AnyChannel):
    """Signed POSTs (Standard Webhooks) to one address; `old_secret` signs as well while receivers change over."""

    kind: Literal["webhook"]
    insecure: bool = False
    url: SecretAddress
    secret: SecretValue
    old_secret: SecretValue | None = None

    @field_validator("url")
    @classmethod
    def _url(cls, value: Secret, info: ValidationInfo) -> Secret:
        parts = urlsplit(value.reveal())
        if parts.scheme != "https" and not info.data.get("insecure") and not is_loopback(parts.hostname or ""):
            raise ValueError("would send alerts readable by anyone on the way: use https://, or say insecure = true")
        return value

    @field_validator("secret", "old_secret")
    @classmethod
    def _key(cls, value: Secret | None) -> Secret | None:
        if value is not None:
            signing_key(value)
        return value


class AppriseChannel(AnyChannel):
    """Any service that Apprise knows, by its address."""

    kind: Literal["apprise"]
    url: SecretValue

    @field_validator("kind")
    @classmethod
    def _kind(cls, value: str) -> str:
        if find_spec("apprise") is None:
            raise ValueError("needs the extra apprise: pip install 'storywatch[apprise]'")
        return value


class FeedChannel(AnyChannel):
    """The alerts as an Atom feed at /feed.atom of the screens: read when its readers want, so nothing is held back."""

    kind: Literal["feed"]

    @field_validator("quiet", "digest", "limit")
    @classmethod
    def _calm(cls, _value: object) -> object:
        raise ValueError("means nothing for a feed, which interrupts nobody: leave it out")


ChannelConfig = ConsoleChannel | SlackChannel | EmailChannel | WebhookChannel | FeedChannel | AppriseChannel
CHANNELS: dict[str, type[ChannelConfig]] = {
    "apprise": AppriseChannel,
    "console": ConsoleChannel,
    "email": EmailChannel,
    "feed": FeedChannel,
    "slack": SlackChannel,
    "webhook": WebhookChannel,
}


def signing_key(secret: Secret) -> bytes:
    """The bytes that sign: base64 behind "whsec_", as receivers' libraries read it, else the text; ValueError."""
    text = secret.reveal()
    if not text.startswith(_SIGNING):
        return text.encode()
    try:
        key = base64.b64decode(text.removeprefix(_SIGNING), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError('has no base64 behind "whsec_"; make one: echo "whsec_$(openssl rand -base64 32)"')
    return key


def mail_address(value: str) -> str:
    """A mail address with or without a name before it; ValueError."""
    _, address = parseaddr(value)
    try:
        # It knows no letters but ASCII ones; others stand where "?" may stand.
        MailAddress(addr_spec=address.encode("ascii", "replace").decode())
    except (ValueError, IndexError):
        address = ""
    if "@" not in address or " " in address or "=?" in address:
        raise ValueError(f"{value!r} is not a mail address; write desk@example.org or Desk <desk@example.org>")
    return value
