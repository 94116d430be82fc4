"""What is posted about stories and articles: kept, dismissed, unsure; the page that was looked through; undo."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.inquiry.reviews import done
from monitor.model.reviews import Review, Status, Subject
from monitor.pipeline import reviewing
from monitor.pipeline.reviewing import Done, Target
from monitor.store import reviews
from monitor.web.posted import back, posted, who_wrote
from monitor.web.screens import json_answer, screens_of


def review(request: Request) -> Response:
    """POST /review: every `id` (s3, a12) is now `status` (kept, dismissed, unsure), with a `note`."""
    form, screens = posted(request), screens_of(request)
    status = form.text("status")
    if status not in reviewing.SAYABLE:
        raise UsageError(f"status is one of {', '.join(reviewing.SAYABLE)}, not {status[:80]!r}")
    found = reviewing.review(
        screens.store,
        _targets(form.all("id")),
        Status(status),
        who_wrote(request),
        screens.clock(),
        form.text("note", reviewing.LONGEST_NOTE),
    )
    return _answer(request, found)


def seen(request: Request) -> Response:
    """POST /seen: the page with every `id` was looked through; what came since is not marked."""
    screens = screens_of(request)
    ids = _targets(posted(request).all("id"))
    return _answer(
        request, reviewing.mark_seen(screens.store, ids, who_wrote(request), screens.clock()), "marked as seen"
    )


def undo(request: Request) -> Response:
    """POST /undo: what `batch` did, or without it the last thing that I did, within a day."""
    form, screens = posted(request), screens_of(request)
    who, now, batch = who_wrote(request), screens.clock(), form.text("batch")
    if batch:
        return _answer(request, reviewing.undo(screens.store, shapes.number("r", batch), who, now), "undone")
    return _answer(request, reviewing.undo_last(screens.store, who, now), "undone")


def standing_of(request: Request, subject: Subject, targets: Collection[int]) -> dict[int, Review] | None:
    """What was said of these, by number; None where there is no password, so that nobody can say anything."""
    screens = screens_of(request)
    if screens.config().screens_password is None:
        return None
    with screens.store.read() as tx:
        return reviews.of(tx, subject, targets)


def _targets(ids: tuple[str, ...]) -> list[Target]:
    found: list[Target] = []
    for one in ids:
        subject = next((kind for kind in Subject if one.startswith(kind.value[0])), None)
        if subject is None:
            raise UsageError(f"{one[:80]!r} is no story or article")
        found.append((subject, shapes.number(subject.value[0], one)))
    if not found:
        raise UsageError("choose something first")
    return found


def _answer(request: Request, found: Done, did: str = "") -> Response:
    """The page again, or the same in data for the script that changes it in place."""
    rows = done(found.stands)
    batch = None if found.batch is None else f"r{found.batch}"
    said = _words(rows, did)
    if request.headers.get("accept", "") == "application/json":
        return json_answer(request, {"done": rows, "undo": batch, "said": said})
    return back(request, said, batch or "")


def _words(rows: list[shapes.Json], did: str) -> str:
    if not rows:
        return "Nothing was left to mark."
    what = rows[0]["id"] if len(rows) == 1 else f"{len(rows)} rows"
    status = rows[0]["status"]
    if did:
        return f"{what}: {did}" + (f", {status} again" if did == "undone" and len(rows) == 1 else "") + "."
    return f"{what}: {'dismissed until it changes' if status == 'dismissed' else status}."
