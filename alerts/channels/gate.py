"""The network guard where a channel dials: the very address that is judged is the one that is connected to."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from monitor.config.values import is_loopback
from monitor.errors import DeliveryError
from monitor.netguard import NOTHING, Allow, refusal, url_refusal
from monitor.text import clean

# Family, kind, protocol, canonical name, place.
Resolved = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
_HOW = "let it through by [fetch] allow_private, if it is yours"


def _resolve(host: str, port: int) -> Iterable[Resolved]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a channel may reach; `canary` as in `monitor.netguard`, `insecure`: in clear text, too.

    `resolve` gives the addresses of a name as `socket.getaddrinfo` does.
    """

    allow: Allow = NOTHING
    insecure: bool = False
    canary: int | None = None
    resolve: Callable[[str, int], Iterable[Resolved]] = _resolve

    def connection(self, url: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
        """A connection that is not open yet. Raises DeliveryError where the address itself forbids it."""
        if why := url_refusal(url, self.allow, canary=self.canary):
            raise DeliveryError(f"the network guard refuses {_shown(host)}: {clean(why)}; {_HOW}", off=True)
        if url[:6].lower() == "https:":
            return _Safe(host, port, timeout=seconds, gate=self)
        if not (self.insecure or is_loopback(host)):
            raise DeliveryError(f"refuses to send to {_shown(host)} in clear text: use https://", off=True)
        return _Clear(host, port, timeout=seconds, gate=self)

    def dial(self, host: str, port: int, seconds: float) -> socket.socket:
        """Connect to the first address of a name that may be dialled. Raises OSError, DeliveryError."""
        why, last = "it has no address", None
        for family, kind, protocol, _name, place in self.resolve(host, port):
            why = refusal(host, str(place[0]), port, self.allow, canary=self.canary)
            if why:
                continue
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(seconds)
                line.connect(place)
            except OSError as error:
                line.close()
                last = error
            else:
                return line
        if last is not None:
            raise last
        # Not switched off: what a name leads to may change, and nobody shall end our alerts by his own DNS.
        raise DeliveryError(f"the network guard refuses {_shown(host)}: {clean(why)}; {_HOW}")


class _Clear(http.client.HTTPConnection):
    def __init__(self, host: str, port: int | None, *, timeout: float, gate: Gate) -> None:
        super().__init__(host, port, timeout=timeout)
        self._gate, self._seconds = gate, timeout

    def connect(self) -> None:
        self.sock = self._gate.dial(self.host, self.port, self._seconds)


class _Safe(_Clear):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _shown(host: str) -> str:
    return clean(host, 200) or "an address without a host"
