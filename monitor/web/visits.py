"""When somebody looked at Today before: kept in a cookie of theirs, so that nothing about readers is kept here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "storywatch-visit"
# Who comes back sooner is still there.
PAUSE = timedelta(minutes=30)
_LASTS = timedelta(days=365)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


def last_visit(request: Request, now: datetime) -> datetime | None:
    """When the visit before this one ended; None for a first visit, and where a browser keeps no cookies."""
    before, latest = _read(request, now)
    return latest if latest is not None and now - latest > PAUSE else before


def remember(request: Request, answer: Response, now: datetime) -> None:
    """Note in the reader's browser that Today was looked at."""
    before = last_visit(request, now)
    stamps = f"{0 if before is None else int(before.timestamp())}.{int(now.timestamp())}"
    lasts = int(_LASTS.total_seconds())
    answer.set_cookie(COOKIE, stamps, max_age=lasts, httponly=True, samesite="lax")


def _read(request: Request, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The end of the visit before, and the latest look; anything odd in the cookie counts for nothing."""
    before, _point, latest = request.cookies.get(COOKIE, "").partition(".")
    return _moment(before, now), _moment(latest, now)


def _moment(written: str, now: datetime) -> datetime | None:
    if not (written.isascii() and written.isdigit()) or len(written) > 10:
        return None
    found = datetime.fromtimestamp(int(written), UTC)
    return found if _FIRST < found <= now else None
