"""Whether an address may be dialled: the judgement behind the network guard, free of any network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})
_PORTS = ", ".join(str(port) for port in sorted(PORTS))
SCHEMES = {"http": 80, "https": 443}

# Python 3.11 calls these global, but they lead inside, nowhere, or to many.
_INSIDE = tuple(
    ipaddress.ip_network(text) for text in ("100.64.0.0/10", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16")
)
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
_COMPATIBLE = ipaddress.ip_network("::/96")
_NAT64 = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Allow:
    """What the user lets through the guard.

    `doors`: (host as written in a URL, port) pairs. They open that very host and port only, so another
    name that resolves to the same address stays out. `networks`: (network, port or None) pairs, open to every name;
    None stands for the usual ports. `names`: hosts that may lead inside on the usual ports.
    """

    doors: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Allow:
        """Read "host:port", "IP", "CIDR", "CIDR:port" or "host". Raises ValueError naming the entry."""
        doors: set[tuple[str, int]] = set()
        networks: list[tuple[Network, int | None]] = []
        names: set[str] = set()
        for entry in entries:
            host, port = _split(entry)
            network = _network(host)
            if network is not None and (port is None or "/" in host):
                networks.append((network, port))
            elif "/" in host or not host:
                raise ValueError(f"{entry!r} is no host:port, IP address or CIDR")
            elif port is None:
                names.add(host)
            else:
                doors.add((host, port))
        return cls(frozenset(doors), tuple(networks), frozenset(names))

    def opens_port(self, host: str, port: int) -> bool:
        """Whether `port` is one that may be asked for on `host` at all."""
        known = port in PORTS or (host, port) in self.doors
        return known or any(port == only for _network, only in self.networks)

    def opens(self, host: str, address: Address, port: int) -> bool:
        """Whether the user has opened this private address for this host and port."""
        if (host, port) in self.doors or (host in self.names and port in PORTS):
            return True
        return any(
            address.version == network.version and address in network
            for network, only in self.networks
            if (port in PORTS if only is None else port == only)
        )


NOTHING = Allow()


def refusal(host: str, address: str, port: int, allow: Allow = NOTHING, *, canary: int | None = None) -> str:
    """Why `address`, which `host` resolved to, may not be dialled on `port`; "" when it may.

    `canary` is a port that counts as a usual one and that `allow` does not open: the self-check aims at it.
    """
    if port == canary:
        port, allow = 80, NOTHING
    host = plain_host(host)
    try:
        asked = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address!r} is no IP address"
    if allow.opens(host, asked, port):
        return ""
    if port not in PORTS:
        return f"port {port} is neither one of {_PORTS} nor in allow_private"
    why = "bound to a local interface" if "%" in address else inside(asked)
    return f"{address} is {why}" if why else ""


def url_refusal(url: str, allow: Allow = NOTHING, *, canary: int | None = None) -> str:
    """Why `url` may not even be asked for: scheme, port or a literal address inside; "" when it may be dialled.

    A name still has to pass `refusal` with every address that it resolves to.
    """
    if _AMBIGUOUS.search(url):
        return "characters in the address that programs read differently"
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        return "not a readable address"
    if scheme not in SCHEMES:
        return f"scheme {scheme or 'none'} is not http or https"
    if not host:
        return "no host in the address"
    if "@" in parts.netloc:
        return "a user name in the address"
    port = SCHEMES[scheme] if port is None else port
    if port == canary:
        port, allow = 80, NOTHING
    host = plain_host(host)
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "" if allow.opens_port(host, port) else f"port {port} is neither one of {_PORTS} nor in allow_private"
    return refusal(host, host, port, allow)


def inside(address: Address) -> str:
    """What keeps `address` from being a public one; "" for public addresses. A v4 inside a v6 is judged itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            why = inside(inner)
            return f"{inner} in disguise, {why}" if why else ""
    if address.is_multicast:
        return "a multicast address"
    if any(address.version == network.version and address in network for network in _INSIDE) or not address.is_global:
        return "not a public address"
    return ""


def plain_host(host: str) -> str:
    """One spelling of a host for comparison: lower case, no brackets, no final dot."""
    return host.strip("[]").rstrip(".").lower()


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The v4 address that a v6 address embeds: mapped, compatible, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        # The relay (first) may be public while the client behind it is not.
        return address.teredo[1]
    if any(address in network for network in (_COMPATIBLE, *_NAT64)):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _split(entry: str) -> tuple[str, int | None]:
    """Take "host:port" apart; a v6 address or network with a port is written in brackets."""
    text = entry.strip()
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")) or text.endswith("]"):
        return plain_host(text), None
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{entry!r}: {port!r} is no port")
    return plain_host(host), int(port)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
