"""The network guard: nothing is dialled before its address was judged, on every hop."""

# ruff: noqa: N802, N803, N815
# Twisted's interfaces have Twisted's spelling.

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Request
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from monitor.model import Outcome
from monitor.netguard import NOTHING, SCHEMES, Allow, plain_host, refusal, url_refusal
from spiders.outcome import Refused

_MOST_REMEMBERED = 1000


class NamedReactor(Protocol):
    """The part of the reactor that resolves names."""

    nameResolver: Any

    def installNameResolver(self, resolver: Any) -> Any: ...


@implementer(IHostnameResolver)
class Guard:
    """Passes on only those addresses of a name that may be dialled; Twisted connects to exactly these.

    IP literals come through here, too. `allow` may be swapped at any time. `canary` is a port that nothing opens,
    whatever `allow` says: the self-check aims at it.
    """

    def __init__(self, allow: Allow = NOTHING) -> None:
        self.allow = allow
        self.canary: int | None = None
        self._inner: Any = None
        self._refused: OrderedDict[tuple[str, int], str] = OrderedDict()

    def install_on_reactor(self, reactor: NamedReactor) -> None:
        """Resolve for this reactor from now on, in place of any earlier guard."""
        resolver = reactor.nameResolver
        self._inner = resolver._inner if isinstance(resolver, Guard) else resolver
        reactor.installNameResolver(self)

    def remove_from_reactor(self, reactor: NamedReactor) -> None:
        """Leave the reactor without a guard: only the test of the self-check wants that."""
        if self._inner is not None:
            reactor.installNameResolver(self._inner)

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Resolve through the resolver that was there before and keep what is refused from the receiver."""
        if self._inner is None:
            raise RuntimeError("the guard is not installed")
        receiver = _Sieve(self, resolutionReceiver, hostName, portNumber)
        found: IHostResolution = self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return found

    def judge(self, host: str, address: str, port: int) -> str:
        """Why this address may not be dialled; "" when it may."""
        return refusal(host, address, port, self.allow, canary=self.canary)

    def judge_url(self, url: str) -> str:
        """Why this URL may not be asked for; "" when its name may be resolved."""
        return url_refusal(url, self.allow, canary=self.canary)

    def remember(self, host: str, port: int, why: str) -> None:
        """Keep why the last resolution of a name ended without an address: Twisted only says that it failed."""
        self._refused.pop(_key(host, port), None)
        if why:
            self._refused[_key(host, port)] = why
            if len(self._refused) > _MOST_REMEMBERED:
                self._refused.popitem(last=False)

    def reason(self, url: str) -> str:
        """Why the last resolution of this URL's host was refused; "" when it was not."""
        return self._refused.get(_key(*_door(url)), "")


@implementer(IResolutionReceiver)
class _Sieve:
    """Receives resolved addresses and passes on those that may be dialled."""

    def __init__(self, guard: Guard, receiver: Any, host: str, port: int) -> None:
        self._guard, self._receiver = guard, receiver
        self._host, self._port = host, port
        self._passed = False
        self._why = ""

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        why = self._guard.judge(self._host, str(getattr(address, "host", "")), getattr(address, "port", self._port))
        if why:
            self._why = f"{self._host}: {why}"
        else:
            self._passed = True
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        self._guard.remember(self._host, self._port, "" if self._passed else self._why)
        self._receiver.resolutionComplete()


class GuardMiddleware:
    """Refuses wrong schemes, ports and literals before anything is resolved, also for redirects and robots.txt."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        return cls(crawler.spider.guard)  # type: ignore[union-attr]  # our spiders carry it from the start

    def process_request(self, request: Request) -> None:
        """Raise Refused instead of letting the request out."""
        if why := self.guard.judge_url(request.url):
            raise Refused(Outcome.GUARD, why)
        before = request.meta.get("redirect_urls", [""])[-1]
        if before.startswith("https:") and request.url.startswith("http:"):
            raise Refused(Outcome.GUARD, "a redirect from https to http")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell a refused address from a name that does not resolve."""
        if isinstance(exception, CannotResolveHostError) and (why := self.guard.reason(request.url)):
            raise Refused(Outcome.GUARD, why) from exception


def _door(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or SCHEMES.get(parts.scheme.lower(), 0)
    except ValueError:
        return "", 0


def _key(host: str, port: int) -> tuple[str, int]:
    """One spelling per name: Twisted hands out the decoded form, requests carry the encoded one."""
    try:
        return plain_host(host.encode("idna").decode("ascii")), port
    except UnicodeError:
        return plain_host(host), port
