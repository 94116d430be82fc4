"""What an answer or a failure amounts to: every end of an exchange has a name."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from service_identity import VerificationError
from twisted.internet.error import ConnectError, TimeoutError, VerifyError
from twisted.python.failure import Failure

from monitor.model import Fetch, Outcome
from spiders.wire import wire_of

_BY_STATUS = {
    204: Outcome.EMPTY,
    304: Outcome.UNCHANGED,
    401: Outcome.UNAUTHORISED,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    451: Outcome.LEGAL,
}
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00")
_MARKUP_TYPES = ("text/", "application/xhtml", "application/xml")


class Refused(IgnoreRequest):
    """A request that we do not make, or an answer we do not follow; says what that amounts to."""

    def __init__(
        self, outcome: Outcome, reason: str, *, status: int | None = None, headers: Headers | None = None
    ) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.status = status
        self.headers = headers


def answered(url: str, response: Response, elapsed: float, *, page: bool) -> Fetch:
    """The exchange that ended with this answer. `page`: a body that is no text is not what was asked for."""
    outcome, error = _judged(response, page)
    meta = response.request.meta if response.request is not None else {}
    hops = meta.get("redirect_reasons", [])
    moved = outcome in (Outcome.OK, Outcome.UNCHANGED) and bool(hops) and set(hops) <= {301, 308}
    return Fetch(
        url,
        outcome,
        _started(elapsed),
        elapsed,
        response.status,
        response.url,
        response.url if moved else "",
        flat(response.headers),
        b"" if outcome is Outcome.NOT_HTML else response.body,
        error,
        wire_of(response) if page else None,
    )


def failed(url: str, failure: Failure, elapsed: float) -> Fetch:
    """The exchange that ended without an answer we could use."""
    outcome, error = verdict(failure.value)
    final = getattr(getattr(failure, "request", None), "url", url)
    if isinstance(failure.value, Refused):
        refused = failure.value
        headers = flat(refused.headers) if refused.headers is not None else {}
        return Fetch(url, outcome, _started(elapsed), elapsed, refused.status, final, headers=headers, error=error)
    return Fetch(url, outcome, _started(elapsed), elapsed, final_url=final, error=error)


def not_asked(url: str, outcome: Outcome, error: str) -> Fetch:
    """An exchange that never began."""
    return Fetch(url, outcome, datetime.now(UTC), error=error)


def flat(headers: Headers) -> dict[str, str]:
    """Headers by lower-case name. Latin-1 keeps every byte, so a validator goes back as it came."""
    return {
        bytes(name).decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in headers.items()
    }


def _started(elapsed: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=elapsed)


def _judged(response: Response, page: bool) -> tuple[Outcome, str]:
    status = response.status
    if status in _BY_STATUS:
        outcome = _BY_STATUS[status]
        return outcome, "" if outcome is Outcome.UNCHANGED else _phrase(status)
    if status >= 400:
        return (Outcome.SERVER_ERROR if status >= 500 else Outcome.CLIENT_ERROR), _phrase(status)
    if status >= 300:
        return Outcome.REDIRECTS, f"{_phrase(status)} that leads nowhere: {_location(response)!r}"
    if not response.body.strip():
        return Outcome.EMPTY, "the answer is empty"
    if page and not _readable(response):
        return Outcome.NOT_HTML, f"the answer is {_content_type(response) or 'no text'}"
    return Outcome.OK, ""


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _location(response: Response) -> str:
    return (response.headers.get("Location") or b"").decode("latin-1")[:200]


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1").split(";")[0].strip().lower()


def _readable(response: Response) -> bool:
    """Whether a page's body can be markup, whatever its label says: labels lie."""
    start = response.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_BINARY):
        return False
    return _content_type(response).startswith(_MARKUP_TYPES) or start.startswith(b"<")


def verdict(error: BaseException | None) -> tuple[Outcome, str]:
    """Which outcome an exception of the download is, with its cause in words."""
    if isinstance(error, Refused):
        return error.outcome, str(error)
    causes = list(_causes(error))
    for kind, outcome in _BY_CAUSE:
        for cause in causes:
            if isinstance(cause, kind):
                return outcome, _words(cause)
    return Outcome.BROKEN, _words(causes[-1]) if causes else "no reason given"


_BY_CAUSE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Outcome], ...] = (
    (_DecompressionMaxSizeExceeded, Outcome.TOO_LARGE),
    ((SSL.Error, VerificationError, VerifyError), Outcome.TLS),
    ((DownloadTimeoutError, TimeoutError), Outcome.TIMEOUT),
    (DownloadCancelledError, Outcome.TOO_LARGE),
    (CannotResolveHostError, Outcome.DNS),
    (DownloadConnectionRefusedError, Outcome.REFUSED),
    (ConnectError, Outcome.REFUSED),
    ((ResponseDataLossError, zlib.error, EOFError), Outcome.BROKEN),
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, what caused it, and the reasons that Twisted collects inside, outermost first."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        one = queue.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        queue += [one.__cause__, *(getattr(reason, "value", None) for reason in getattr(one, "reasons", None) or ())]


# These say nothing to whoever reads a list of sources.
_PLAIN: tuple[tuple[type[BaseException], str], ...] = (
    (_DecompressionMaxSizeExceeded, "unpacked it is larger than [fetch] max_body"),
    (DownloadCancelledError, "larger than [fetch] max_body"),
    (ResponseDataLossError, "the answer broke off before its end"),
)
_WORDED = (DownloadTimeoutError, CannotResolveHostError)


def _words(error: BaseException) -> str:
    for kind, words in _PLAIN:
        if isinstance(error, kind):
            return words
    text = " ".join(str(error).split())
    if text and isinstance(error, _WORDED):
        return text[:300]
    if isinstance(error, SSL.Error):
        # Its argument lists (library, function, reason) triples.
        text = "; ".join(str(part[-1]) for part in error.args[0]) if error.args and error.args[0] else ""
    return f"{type(error).__name__}: {text}"[:300].rstrip(": ")
