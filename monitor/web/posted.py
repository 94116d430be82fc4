"""What a form posts: read at the door, whole or not at all, and handed to the screen that acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope

from monitor.errors import UsageError
from monitor.web.sessions import Session

MOST_BYTES = 256 * 1024
_MOST_FIELDS = 2_000
FORM = "application/x-www-form-urlencoded"
SAID = "storywatch-said"
_SAID_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form, in their order. `who`: the session that posted it, None at the login itself."""

    fields: tuple[tuple[str, str], ...]
    who: Session | None = None

    def text(self, name: str, longest: int = 2_000) -> str:
        """One field, "" when it is missing or empty. Raises UsageError."""
        values = self.all(name)
        if len(values) > 1:
            raise UsageError(f"the field {name} is given twice")
        value = values[0].strip() if values else ""
        if len(value) > longest:
            raise UsageError(f"the field {name} is longer than {longest} characters")
        return value

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, such as the boxes that were ticked."""
        return tuple(value for key, value in self.fields if key == name)


async def read_form(scope: Scope, receive: Receive) -> tuple[tuple[str, str], ...]:
    """The fields of a posted form. Raises UsageError for what is no form, or too large."""
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UsageError(f"send a form ({FORM})")
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise UsageError("the form broke off")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise UsageError("the form is too large")
    try:
        return tuple(parse_qsl(body.decode("ascii"), True, errors="strict", max_num_fields=_MOST_FIELDS))
    except (UnicodeError, ValueError):
        raise UsageError("the form cannot be read") from None


def posted(request: Request) -> Posted:
    """What was posted to a route that writes; the door has checked who and from where."""
    found: Posted = request.scope["storywatch.posted"]
    return found


def session_of(request: Request) -> Session | None:
    """Who asks, None for somebody who only reads."""
    found: Session | None = request.scope.get("storywatch.session")
    return found


def who_wrote(request: Request) -> str:
    """The name to record with what is written."""
    session = posted(request).who
    if session is None:
        raise UsageError("log in first")
    return session.name


def local_path(written: str) -> str:
    """An address of ours to go back to; "/" for anything else, so that no form sends people elsewhere."""
    try:
        parts = urlsplit(written)
    except ValueError:
        return "/"
    odd = parts.scheme or parts.netloc or not written.startswith("/") or written.startswith(("//", "/\\"))
    return "/" if odd or not written.isprintable() or "\\" in written else written


def back(request: Request, said: str = "", undo: str = "") -> Response:
    """After a write: to the page that the form names in `next`, which then says what was done, once.

    `undo`: the batch that the button beside it takes back.
    """
    answer = RedirectResponse(local_path(posted(request).text("next")), 303)
    if said:
        value = f"{undo}:{quote(said[:300])}"
        answer.set_cookie(SAID, value, max_age=_SAID_SECONDS, httponly=True, samesite="lax")
    return answer


@dataclass(frozen=True, slots=True)
class Flash:
    """What the last write did, and the batch that undoes it, "" when nothing does."""

    said: str
    undo: str


def flash_of(request: Request) -> Flash | None:
    """What the last write said it did; told once."""
    undo, colon, said = request.cookies.get(SAID, "").partition(":")
    return Flash(unquote(said), undo) if colon else None
