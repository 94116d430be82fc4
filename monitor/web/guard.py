"""The door of the screens: who may ask, in which words, and what every answer tells the browser not to do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.config import Config
from monitor.web.answers import is_answer
from monitor.websub import is_callback

OPEN = "/healthz"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOGIN = {"WWW-Authenticate": 'Basic realm="Storywatch", charset="UTF-8"'}


class Guard:
    """ASGI middleware: wrong methods, hosts and passwords end here; every answer leaves with the safe headers."""

    def __init__(self, app: ASGIApp, config: Callable[[], Config]) -> None:
        self.app = app
        self.config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        refused = refusal(scope, self.config())
        await (refused or self.app)(scope, receive, guarded)


def secure(headers: MutableHeaders) -> None:
    """Add the headers that every answer carries; what an answer says about caching itself stays."""
    headers.update(_HEADERS)
    headers.setdefault("Cache-Control", "no-store")


def refusal(scope: Scope, config: Config) -> Response | None:
    """Why this request is not answered, as the answer; None when it may pass."""
    headers = Headers(scope=scope)
    # A hub has no session that another site could use: what it sends counts only with its signature.
    called = is_callback(scope["path"])
    # Nor has the reader of a mail: the signed address itself is the right to press its button.
    answers = is_answer(scope["path"])
    if scope["method"] not in (("GET", "POST") if called else ("GET", "HEAD", "POST") if answers else ("GET", "HEAD")):
        return _refused(405, "The screens are read-only: only GET and HEAD are answered.", {"Allow": "GET, HEAD"})
    if not _known_host(headers.getlist("host"), config):
        return _refused(421, "This host name is not ours: set [watch] public_url to the address that people use.")
    if scope["path"] == OPEN or called or answers:
        return None
    if config.web.password is None:
        local = _loopback((scope.get("client") or ("",))[0])
        return None if local else _refused(403, "Without [web] password only this machine is answered.")
    if not _knows(headers.get("authorization", ""), config.web.password.reveal()):
        return _refused(401, "Log in with any name and the password of [web] password.", _LOGIN)
    return None


def _refused(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(words + "\n", status_code=status, headers=headers)


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


def _knows(authorization: str, password: str) -> bool:
    """Whether the Basic credentials end in the password; the name before it is free."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    # Digests: of one length whatever was typed, so that the time tells nothing.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(password.encode()).digest())
