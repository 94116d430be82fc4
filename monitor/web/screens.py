"""What every screen stands on: the archive, the config in force, the clock, the templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from monitor import __version__
from monitor.config import Config
from monitor.errors import StoreError
from monitor.inquiry.standing import troubled
from monitor.model import DeliveryState
from monitor.store import Store, deliveries, sources
from monitor.web.posted import SAID, said_before, session_of
from monitor.web.sheet import sheet
from monitor.web.view import View

_HERE = Path(__file__).parent
STYLE = (_HERE / "static" / "style.css").read_bytes()
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
    made.globals["release"] = __version__
    made.globals["mark"] = hashlib.sha256(STYLE + ICON).hexdigest()[:10]
    return made


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: how fresh the archive is and what needs somebody."""

    checked: datetime | None
    sources: int
    troubled: int
    dead: int


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

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """One page in its frame."""
        view = View(self.config(), self.clock())
        body = self.templates.get_template(template).render(
            view=view,
            watch=view.config.watch,
            frame=self._frame(view),
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            session=session_of(request),
            writable=view.config.screens_password is not None,
            flash=said_before(request),
            refused=self.refused(),
            **{"formats": (), "q": "", **values},
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
                dead = deliveries.owed(tx, view.now).counts.get(DeliveryState.DEAD, 0)
        except StoreError:
            return None
        checked = max((one.last_checked for one in states if one.last_checked is not None), default=None)
        return Frame(checked, len(enabled), sum(troubled(one, view.now) for one in states), dead)


def screens_of(request: Request) -> Screens:
    """The screens that an application was made with."""
    found: Screens = request.app.state.screens
    return found


def json_answer(document: Any, status: int = 200) -> Response:
    return JSONResponse(document, status_code=status)


def csv_answer(name: str, columns: tuple[str, ...], rows: list[dict[str, Any]], more: str = "") -> Response:
    """Rows as a file to save; `more` is where the next ones are."""
    headers = {"Content-Disposition": f'attachment; filename="storywatch-{name}.csv"'}
    if more:
        headers["Link"] = f'<{more}>; rel="next"'
    return Response(sheet(columns, rows, more), media_type="text/csv; charset=utf-8", headers=headers)
