"""What every screen stands on: the archive, the config in force, the clock, the templates."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor import __version__
from monitor.config import Config
from monitor.errors import StoreError
from monitor.inquiry.standing import troubled
from monitor.store import Store, deliveries, review, sources
from monitor.web.pictures import numbers
from monitor.web.posted import SAID, flash_of, session_of
from monitor.web.settings import THEMES, settings_of, zones
from monitor.web.trouble import Trouble, obstacles
from monitor.web.view import View

_HERE = Path(__file__).parent


def _bare(sheet: str) -> bytes:
    """A stylesheet without the spaces that are only for us."""
    tight = re.sub(r"\s*([{};,])\s*", r"\1", sheet).replace(": ", ":").replace(";}", "}")
    # The shorthand of the same.
    return tight.strip().replace("grid-template-columns:", "grid:auto/").encode()


STYLE = _bare((_HERE / "static" / "style.css").read_text(encoding="utf-8"))
SCRIPT = (_HERE / "static" / "script.js").read_bytes()
ICON = (_HERE / "static" / "icon.svg").read_bytes()


def utc_now() -> datetime:
    """The clock of the screens."""
    return datetime.now(UTC)


def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["numbers"] = numbers
    made.globals["release"] = __version__
    made.globals["mark"] = hashlib.sha256(STYLE + SCRIPT + ICON).hexdigest()[:10]
    return made


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: how fresh the archive is and what needs somebody. `newest`: the last article."""

    checked: datetime | None
    sources: int
    troubled: int
    dead: int
    newest: int
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Screens:
    """The parts that pages are made with. `problem` says why the daemon is not well, or "".

    `refused`: the problems of a config that a reload did not take.
    """

    store: Store
    config: Callable[[], Config]
    problem: Callable[[], str]
    refused: Callable[[], tuple[str, ...]] = tuple
    clock: Callable[[], datetime] = utc_now
    templates: Environment = field(default_factory=_templates)
    nav: tuple[tuple[str, str], ...] = ()

    def view(self, request: Request) -> View:
        """The words for a page, with times in the zone that its reader has chosen."""
        config = self.config()
        return View(config, self.clock(), settings_of(request, config).zone)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """One page in its frame.

        `formats`: its other forms (kind, address). `live`: it is told how much came since it was made.
        """
        view = self.view(request)
        body = self.templates.get_template(template).render(
            view=view,
            watch=view.config.watch,
            frame=self._frame(view),
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            session=session_of(request),
            writable=view.config.screens_password is not None,
            flash=flash_of(request),
            refused=self.refused(),
            nav=self.nav,
            settings=settings_of(request, view.config),
            zones=zones(view.config),
            themes=THEMES,
            **{"formats": (), "q": "", "frozen": None, "cite": "", "live_list": "", "live": False, **values},
        )
        answer = HTMLResponse(body, status_code=status)
        if SAID in request.cookies:
            answer.delete_cookie(SAID, httponly=True, samesite="lax")
        return answer

    def _frame(self, view: View) -> Frame | None:
        """None when the archive does not answer: a page that says so must not break on the same."""
        enabled = {one.id for one in view.config.enabled_sources}
        try:
            with self.store.read() as tx:
                states = [one for one in sources.states(tx) if one.source_id in enabled]
                dead = deliveries.dead(tx)
                newest = review.newest(tx)
                troubles = obstacles(tx, view.config, view.now).troubles(view.config.watch.timezone)
        except StoreError:
            return None
        checked = max((one.last_checked for one in states if one.last_checked is not None), default=None)
        failing = sum(troubled(one, view.now) for one in states)
        return Frame(checked, len(enabled), failing, dead, newest, tuple(troubles))


def screens_of(request: Request) -> Screens:
    """The screens that an application was made with."""
    found: Screens = request.app.state.screens
    return found


def home_of(request: Request) -> str:
    """Where people reach the screens, such as https://watch.example.org, without a path."""
    public = screens_of(request).config().watch.public_url
    parts = urlsplit(public) if public else request.url
    return f"{parts.scheme}://{parts.netloc}"


def json_answer(request: Request, document: Any, status: int = 200, newest: datetime | None = None) -> Response:
    """A JSON document; 304 when the asker has it already."""
    body = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    if status != 200:
        return Response(body, status_code=status, media_type="application/json")
    return data_answer(request, body, "application/json", newest)


def data_answer(
    request: Request,
    body: bytes,
    media: str,
    newest: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Data for scripts and feed readers, with what lets them ask again for nothing; `newest`: its newest row.

    Only the ETag decides: a row may change without a newer one, so a date alone would hide that.
    """
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    given = {"ETag": etag, "Cache-Control": "private, no-cache", **(headers or {})}
    if newest is not None:
        given["Last-Modified"] = format_datetime(newest.astimezone(UTC), usegmt=True)
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if etag in asked:
        return Response(status_code=304, headers=given)
    return Response(body, media_type=media, headers=given)
