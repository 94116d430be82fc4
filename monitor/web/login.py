"""Logging in and out: a name, which is recorded with what its bearer does, and the password of the screens."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.web.answers import STYLE_PATH
from monitor.web.asked import Asked
from monitor.web.posted import back, local_path, posted, session_of
from monitor.web.screens import screens_of
from monitor.web.sessions import COOKIE, LASTS, LONGEST_NAME, Sessions

_CLOSED = "These screens are read-only: there is no password to log in with. Set [web] password and start again."


def login_page(request: Request) -> Response:
    """GET /login; `next` is where to go afterwards."""
    asked = Asked(request, ("next",))
    return _form(request, local_path(asked.text("next") or "/"))


def login(request: Request) -> Response:
    """POST /login: `name`, `password`, `next`."""
    form, sessions = posted(request), sessions_of(request)
    name, onwards = " ".join(form.text("name").split()), local_path(form.text("next"))
    client = request.client.host if request.client is not None else ""
    if screens_of(request).config().screens_password is None:
        return _form(request, onwards, _CLOSED, 403)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _form(request, onwards, f"Say who you are, in at most {LONGEST_NAME} letters.", 400, name)
    if not sessions.tries.passes(client):
        return _form(request, onwards, "Too many tries: wait a minute.", 429, name)
    cookie = sessions.log_in(name, form.text("password"))
    if cookie is None:
        return _form(request, onwards, "That is not the password.", 401, name)
    answer = RedirectResponse(onwards, 303)
    lasts = int(LASTS.total_seconds())
    answer.set_cookie(COOKIE, cookie, max_age=lasts, httponly=True, samesite="lax", secure=_over_tls(request))
    return answer


def logout(request: Request) -> Response:
    """POST /logout"""
    session = session_of(request)
    if session is not None:
        sessions_of(request).log_out(session)
    answer = back(request)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def sessions_of(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


def _over_tls(request: Request) -> bool:
    """Whether people reach us by https, also where something before us speaks it."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def _form(request: Request, onwards: str, problem: str = "", status: int = 200, name: str = "") -> Response:
    screens = screens_of(request)
    config = screens.config()
    where = ""
    if config.screens_password is None:
        problem = problem or _CLOSED
    elif config.web.password is None and config.login is not None:
        where = repr(config.login).removeprefix("Secret(file:").removesuffix(")")
    body = screens.templates.get_template("login.html").render(
        watch=config.watch, style=STYLE_PATH, problem=problem, onwards=onwards, name=name, where=where,
        closed=config.screens_password is None, longest=LONGEST_NAME,
    )  # fmt: skip
    return HTMLResponse(body, status_code=status, headers={"Retry-After": "60"} if status == 429 else {})
