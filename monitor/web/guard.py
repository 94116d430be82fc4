"""The door of the screens: who may ask, in which words, and what every answer tells the browser not to do."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.config import Config
from monitor.errors import StoreError, UsageError
from monitor.web.answers import is_answer
from monitor.web.posted import Posted, read_form
from monitor.web.sessions import COOKIE, Session, Sessions, basic_password, same
from monitor.web.settings import PATH as SETTINGS
from monitor.websub import is_callback

OPEN, LOGIN = "/healthz", "/login"
# What is posted here changes nothing of ours, so no login is asked for.
_ANYBODY = (LOGIN, SETTINGS)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that browsers send "Origin: null" with our own forms, too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOGIN = {"WWW-Authenticate": 'Basic realm="Storywatch", charset="UTF-8"'}


class Guard:
    """ASGI middleware: wrong methods, hosts, logins and forms end here; every answer leaves with the safe headers.

    `writes` says of a path whether a form may be posted there. What comes through is in the scope: who asks, and the
    form, which is read here so that no screen can forget to look where it comes from.
    """

    def __init__(
        self, app: ASGIApp, config: Callable[[], Config], sessions: Sessions, writes: Callable[[str], bool]
    ) -> None:
        self.app = app
        self.config = config
        self.sessions = sessions
        self.writes = writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        refused = await self._refusal(scope, receive)
        await (refused or self.app)(scope, receive, guarded)

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """Why this request is not answered, as the answer; None when it may pass."""
        config, path, headers = self.config(), scope["path"], Headers(scope=scope)
        # A hub has no session that another site could use: what it sends counts only with its signature. Nor has
        # the reader of a mail: the signed address itself is the right to press its button.
        signed = is_callback(path) or is_answer(path)
        if (refused := _method(scope, path, signed or self.writes(path))) is not None:
            return refused
        if not _known_host(headers.getlist("host"), config):
            return _refused(421, "This host name is not ours: set [watch] public_url to the address that people use.")
        if path == OPEN or signed:
            return None
        if config.web.password is None and not _loopback(_client(scope)):
            return _refused(403, "Without [web] password only this machine is answered.")
        try:
            session = await self._session(headers)
        except StoreError as error:
            return _refused(503, f"The archive does not answer: {error}")
        scope["storywatch.session"] = session
        if scope["method"] == "POST":
            return await self._posted(scope, receive, headers, session)
        if session is not None or path == LOGIN or config.web.password is None:
            return None
        return self._basic(scope, headers, config.web.password.reveal())

    async def _session(self, headers: Headers) -> Session | None:
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return await run_in_threadpool(self.sessions.read, cookie) if cookie else None

    async def _posted(
        self, scope: Scope, receive: Receive, headers: Headers, session: Session | None
    ) -> Response | None:
        """A form must come from a page of ours, from somebody who logged in, with the token of that login."""
        if not _own_origin(headers):
            return _refused(403, "This form does not come from our own pages, so nothing was done.")
        try:
            fields = await read_form(scope, receive)
        except UsageError as error:
            return _refused(400, f"Nothing was done: {error}.")
        given = next((value for name, value in fields if name == "csrf"), "")
        if scope["path"] not in _ANYBODY:
            if session is None:
                return _refused(401, f"Nothing was done: log in first, at {LOGIN}")
            if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                return _refused(403, "This form is from an earlier login, so nothing was done: load the page again.")
        scope["storywatch.posted"] = Posted(fields, session)
        return None

    def _basic(self, scope: Scope, headers: Headers, password: str) -> Response | None:
        """Scripts and feed readers send the password along; people are shown where to log in."""
        given, client = basic_password(headers.get("authorization", "")), _client(scope)
        if given is None and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            asked = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            return RedirectResponse(f"{LOGIN}?{urlencode({'next': asked})}", 303)
        if given is not None and self.sessions.tries.spent(client):
            return _refused(429, "Too many wrong passwords: try again in a minute.", {"Retry-After": "60"})
        if given is None or not same(given, password):
            if given is not None:
                self.sessions.tries.passes(client)
            return _refused(401, f"Log in at {LOGIN}, or send any name and the password of [web] password.", _LOGIN)
        return None


def secure(headers: MutableHeaders) -> None:
    """Add the headers that every answer carries; what an answer says about caching itself stays."""
    headers.update(_HEADERS)
    headers.setdefault("Cache-Control", "no-store")


def _method(scope: Scope, path: str, posts: bool) -> Response | None:
    allowed = ("GET", "POST") if is_callback(path) else ("GET", "HEAD", "POST") if posts else ("GET", "HEAD")
    if scope["method"] in allowed:
        return None
    return _refused(405, f"Only {' and '.join(allowed)} are answered here.", {"Allow": ", ".join(allowed)})


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _refused(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(words + "\n", status_code=status, headers=headers)


def _own_origin(headers: Headers) -> bool:
    """Whether the page that posts is one of ours: every browser names it in Origin, and none lets a page forge it."""
    origins = headers.getlist("origin")
    if len(origins) != 1 or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    try:
        page, ours = urlsplit(origins[0]), urlsplit(f"//{headers['host']}")
        standard = {"http": 80, "https": 443}[page.scheme]
        # The scheme is not compared: before us may stand what speaks https for us.
        same_port = (page.port or standard) == (ours.port or standard)
        return page.hostname is not None and page.hostname == ours.hostname and same_port
    except (ValueError, KeyError):
        return False


def _known_host(given: list[str], config: Config) -> bool:
    """Whether the Host header names us; a rebinding attack comes with a name of its own."""
    if len(given) != 1:
        return False
    try:
        name = urlsplit(f"//{given[0]}").hostname or ""
    except ValueError:
        return False
    name = name.rstrip(".")
    ours = {"localhost", config.web.host.lower(), (urlsplit(config.watch.public_url).hostname or "").rstrip(".")}
    if name and name in ours:
        return True
    address = _address(name)
    # Whoever listens on all addresses is reached by each of them; an address literal cannot be rebound.
    everywhere = (listening := _address(config.web.host)) is not None and listening.is_unspecified
    return address is not None and (everywhere or address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _loopback(client: str) -> bool:
    address = _address(client)
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and (mapped or address).is_loopback
