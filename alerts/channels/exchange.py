"""One HTTP POST whose failures say whether the receiver can have seen it. No redirects, no proxies, no second try.

slack_sdk and urllib follow redirects and take the token along; here only the host that was configured hears it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from alerts.channels.gate import Gate
from monitor.config.values import is_loopback
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.text import clean

_LONGEST_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `headers` has lower-case names, `body` is cut at a million bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds for one step, and for everything (a server may drip)."""

    step: float = 20.0
    whole: float = 60.0


def post(url: str, body: bytes, headers: Mapping[str, str], waits: Waits) -> Answer:
    """POST `body`. Raises DeliveryError, ambiguous once everything was written; its text names the host only."""
    with exchanged(url, body, headers, waits) as answer:
        return answer


@contextlib.contextmanager
def exchanged(
    url: str, body: bytes, headers: Mapping[str, str], waits: Waits, gate: Gate | None = None
) -> Iterator[Answer]:
    """The same, with the connection open while the block runs: what it tells is recorded before anything is closed.

    `gate` guards an address that may be anybody's.
    """
    parts, host, port = _parts(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts, host, port, waits) if gate is None else gate.connection(url, host, port, waits.step)
    with contextlib.ExitStack() as line:
        line.callback(connection.close)
        yield _ask(connection, host, target, body, headers, waits, line)


def reached(url: str, waits: Waits, gate: Gate | None = None) -> str:
    """Connect and say how, without sending anything. Raises DeliveryError."""
    parts, host, port = _parts(url)
    connection = _connection(parts, host, port, waits) if gate is None else gate.connection(url, host, port, waits.step)
    try:
        connection.connect()
        line = connection.sock
        return f"{host} answers, {line.version()}" if isinstance(line, ssl.SSLSocket) else f"{host} answers"
    except Exception as error:
        raise _classified(host, error, written=False) from None
    finally:
        connection.close()


def _ask(
    connection: http.client.HTTPConnection,
    host: str,
    target: str,
    body: bytes,
    headers: Mapping[str, str],
    waits: Waits,
    line: contextlib.ExitStack,
) -> Answer:
    written = False
    try:
        connection.connect()
        _hold(connection.sock, waits, line)
        crashpoint("D4")
        _begin(connection, target, dict(headers) | {"Content-Length": str(len(body))})
        half = len(body) // 2
        connection.send(body[:half])
        crashpoint("D5")
        connection.send(body[half:])
        written = True
        crashpoint("D6")
        return _read(connection.getresponse())
    except Exception as error:
        # Not chained: http.client quotes header values, and one of them is the token.
        raise _classified(host, error, written) from None


def _hold(opened: socket.socket, waits: Waits, line: contextlib.ExitStack) -> None:
    """Keep the connection until `line` ends: http.client closes it as soon as an answer says that it will end."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.enter_context(opened.makefile("rb", 0))
    watchdog = threading.Timer(waits.whole, _cut, (opened,))
    watchdog.daemon = True
    watchdog.start()
    line.callback(watchdog.cancel)


def _begin(connection: http.client.HTTPConnection, target: str, headers: Mapping[str, str]) -> None:
    connection.putrequest("POST", target)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()


def _parts(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.hostname or "", parts.port
    except ValueError:
        # The reason would quote the address, which may be a secret.
        raise DeliveryError("the configured address is not a web address", permanent=True, off=True) from None


def _connection(parts: SplitResult, host: str, port: int | None, waits: Waits) -> http.client.HTTPConnection:
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=waits.step, context=context)
    if parts.scheme == "http" and is_loopback(host):
        return http.client.HTTPConnection(host, port, timeout=waits.step)
    reason = f"refuses to send to {clean(host, 200)} in clear text: use https://"
    raise DeliveryError(reason, permanent=True, off=True)


def _read(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read(_LONGEST_ANSWER))


def _cut(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


def _classified(host: str, error: Exception, written: bool) -> DeliveryError:
    if isinstance(error, DeliveryError):
        return error
    if written:
        return DeliveryError(f"{host} took the message and did not answer ({_kind(error)})", ambiguous=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError(f"the certificate of {host} was refused: {clean(error.verify_message)}; nothing was sent")
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"TLS with {host} failed ({error.reason}); nothing was sent")
    if isinstance(error, socket.gaierror):
        return DeliveryError(f"{host} was not found; nothing was sent")
    if isinstance(error, OSError):
        return DeliveryError(f"{host} cannot be reached ({_kind(error)}); nothing was sent")
    return DeliveryError(f"the request to {host} cannot be made ({_kind(error)}); nothing was sent", permanent=True)


def _kind(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
