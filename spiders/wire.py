"""What of an exchange only the crawl sees: the headers that went out, and those that came back before unpacking."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from scrapy.http import Headers, Request, Response

from monitor.model import Wire

_SEEN = "headers_as_received"


class WireMiddleware:
    """Stands before the unpacking, which takes Content-Encoding and the length of what was sent away."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Note the headers as they came; they keep their order, their names the case that Twisted gives them."""
        request.meta[_SEEN] = tuple(_pairs(response.headers))
        return response


def wire_of(response: Response) -> Wire | None:
    """The exchange behind an answer, None where no request is known."""
    request = response.request
    if request is None:
        return None
    address = response.ip_address
    return Wire(
        (("Host", urlsplit(request.url).netloc.rpartition("@")[2]), *_pairs(request.headers)),
        request.meta.get(_SEEN) or tuple(_pairs(response.headers)),
        response.protocol or "HTTP/1.1",
        "" if address is None else str(address),
        tuple(request.meta.get("redirect_urls", ())),
    )


def _pairs(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in values:
            yield bytes(name).decode("latin-1"), bytes(value).decode("latin-1")
