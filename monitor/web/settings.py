"""How somebody likes the screens: colours, time zone, keys; in cookies, so that no page flickers and nobody logs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.config import Config
from monitor.errors import UsageError
from monitor.web.posted import back, posted

PATH = "/settings"
THEMES = {"auto": "as this device", "light": "light", "dark": "dark"}
KEYS = {"on": "on", "off": "off"}
_ZONES = ("UTC", "Europe/Kyiv", "Europe/Moscow", "Europe/London", "America/New_York")
_COOKIE = "storywatch-"
_LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Settings:
    """What somebody has chosen; `zone` is "" for the watch's own."""

    theme: str = "auto"
    zone: str = ""
    keys: str = "on"


def zones(config: Config) -> tuple[str, ...]:
    """The time zones to choose from, the watch's own first."""
    return tuple(dict.fromkeys((config.watch.timezone, *_ZONES)))


def settings_of(request: Request, config: Config) -> Settings:
    """What the cookies say; anything odd in them counts for nothing."""
    chosen = {name: request.cookies.get(_COOKIE + name, "") for name in ("theme", "zone", "keys")}
    return Settings(
        chosen["theme"] if chosen["theme"] in THEMES else "auto",
        chosen["zone"] if chosen["zone"] in zones(config) else "",
        chosen["keys"] if chosen["keys"] in KEYS else "on",
    )


def choose(request: Request) -> Response:
    """POST /settings: `theme`, `zone`, `keys`, each where it is given. Open to everybody: only a browser is changed."""
    config: Config = request.app.state.screens.config()
    allowed = {"theme": THEMES, "zone": zones(config), "keys": KEYS}
    form = posted(request)
    answer = back(request)
    for name, words in allowed.items():
        value = form.text(name)
        if value and value not in words:
            raise UsageError(f"{name} is one of {', '.join(words)}, not {value[:80]!r}")
        if value:
            lasts = int(_LASTS.total_seconds())
            answer.set_cookie(_COOKIE + name, value, max_age=lasts, httponly=True, samesite="lax")
    return answer
