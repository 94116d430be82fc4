"""The config: one TOML file, strict at every level, all problems at once with file, line and key."""

from __future__ import annotations

from monitor.config.channels import (
    AppriseChannel,
    ChannelConfig,
    ConsoleChannel,
    EmailChannel,
    FeedChannel,
    SlackChannel,
    WebhookChannel,
    signing_key,
)
from monitor.config.loading import BUILT_IN, load
from monitor.config.secret import Secret
from monitor.config.sections import AlertsConfig, ArchiveConfig, CorpusConfig, FetchConfig, WatchConfig, WebConfig
from monitor.config.values import Window
from monitor.config.whole import Config

__all__ = [
    "BUILT_IN",
    "AlertsConfig",
    "AppriseChannel",
    "ArchiveConfig",
    "ChannelConfig",
    "Config",
    "ConsoleChannel",
    "CorpusConfig",
    "EmailChannel",
    "FeedChannel",
    "FetchConfig",
    "Secret",
    "SlackChannel",
    "WatchConfig",
    "WebConfig",
    "WebhookChannel",
    "Window",
    "load",
    "signing_key",
]
