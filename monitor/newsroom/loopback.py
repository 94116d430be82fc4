"""An HTTP server on loopback in a thread of its own; a route decides what is answered, and whether anything is."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

_MOST = 5_000_000
HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` has lower-case names; `path` is without the query; `broken`: the body ended before it was whole."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """`wait`: seconds before the answer; `hang_up`: close without any; `drip`: seconds after each byte of the body."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    hang_up: bool = False
    drip: float = 0.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.close_connection = True
        request = self._request()
        if request is None:
            return
        reply = self.server.route(request)
        stopped = reply.wait > 0 and self.server.stopping.wait(reply.wait)
        if stopped or reply.hang_up:
            return
        self.send_response_only(reply.status)
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body)), "Connection": "close"}
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drip <= 0:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes((byte,)))
            if self.server.stopping.wait(reply.drip):
                return

    def _request(self) -> Request | None:
        """What was asked; None when the connection was reset half-way, because the owner of the server wants it so."""
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = min(int(headers.get("content-length") or 0), _MOST)
        asked = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, b"", broken=length > 0)
        if self.server.early(asked):
            self.rfile.read(length // 2)
            # With nothing to linger for, closing sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return None
        body = self.rfile.read(length) if length else b""
        return replace(asked, body=body, broken=len(body) < length)

    def handle(self) -> None:
        # The other side may hang up or speak no TLS: the server goes on.
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the terminal of the demo quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, route: Callable[[Request], Reply], early: Callable[[Request], bool]) -> None:
        self.route = route
        self.early = early
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)


class Loopback:
    """Serves from construction until `stop()`; `early` says, by its head, whether a request is reset half-way."""

    def __init__(
        self,
        route: Callable[[Request], Reply],
        port: int = 0,
        context: ssl.SSLContext | None = None,
        *,
        early: Callable[[Request], bool] = lambda _asked: False,
    ) -> None:
        self._server = _Server(port, route, early)
        if context is not None:
            # The handshake is left to the connection's own thread: a silent client must not hold up the others.
            plain = self._server.socket
            self._server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server and every answer that is still waiting."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def page(title: str, body: str, *, refresh: int = 0) -> Reply:
    """A whole page around `body`, which is HTML already; `title` is text."""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{again}<title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/style.css"></head><body><main>{body}</main></body></html>'
    )
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Reply(body=html.encode("utf-8", "replace"), headers=headers)


def stylesheet(text: str) -> Reply:
    """The page's own stylesheet."""
    return Reply(body=text.encode(), content_type="text/css; charset=utf-8")


def missing() -> Reply:
    """There is nothing at this address."""
    return Reply(404, b"not found\n", "text/plain; charset=utf-8")
