"""`review`: what a person says of a story or article, and what was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.naming import nearly
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import JSON, Json, put, put_json
from monitor.cli.root import settings_of
from monitor.cli.stories import BY, who
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.pipeline.reviewing import Target

_WORDS = ("kept", "dismissed", "unsure")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review")(review)


def review(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="ID... [kept|dismissed|unsure]", help="Stories (s3) and articles (a12).")
    ],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, for the others.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said of it last, within a day.")] = False,
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say how a story or article stands; without a word, tell what was said of it. May run beside the daemon.

    What is dismissed comes back as changed when it has a new development, a material edit, or a burst of reports.

    \b
    storywatch review s3 kept
    storywatch review s3 s8 a12 dismissed --note 'old news'
    storywatch review s3 --undo
    storywatch review s3
    """
    status = words[-1] if words[-1] in _WORDS else ""
    targets = [target(one) for one in (words[:-1] if status else words)]
    if not targets or (undo and (status or note)) or (note and not status):
        raise UsageError("write `review ID... kept|dismissed|unsure [--note TEXT]`, `review ID --undo` or `review ID`")
    if status:
        rows = _say(ctx, targets, status, note, by)
    elif undo:
        rows = _take_back(ctx, targets, by)
    else:
        _tell(ctx, targets, as_json)
        return
    if as_json:
        put_json({"reviewed": rows})
    else:
        put("\n".join(f"{row['id']} is {row['status']}" for row in rows))


def target(written: str) -> Target:
    """What an id such as s3 or a12 names. Raises UsageError."""
    from monitor.inquiry import shapes
    from monitor.model.reviews import Subject

    for subject in Subject:
        letter = subject.value[0]
        if written.startswith(letter):
            return subject, shapes.number(letter, written)
    meant = nearly(written, _WORDS)
    raise UsageError(f"{written!r} is no story or article: write ids like s3 or a12, then {', '.join(_WORDS)}{meant}")


def _say(ctx: typer.Context, targets: list[Target], status: str, note: str, by: str) -> list[Json]:
    from monitor.inquiry.reviews import done
    from monitor.model.reviews import Status
    from monitor.pipeline import reviewing

    with archive(load_config(settings_of(ctx))) as store:
        return done(reviewing.review(store, targets, Status(status), who(by), utc_now(), note).stands)


def _take_back(ctx: typer.Context, targets: list[Target], by: str) -> list[Json]:
    from monitor.inquiry.reviews import done
    from monitor.pipeline import reviewing

    rows: list[Json] = []
    with archive(load_config(settings_of(ctx))) as store:
        for one in targets:
            rows += done(reviewing.undo_last(store, who(by), utc_now(), one).stands)
    return rows


def _tell(ctx: typer.Context, targets: list[Target], as_json: bool) -> None:
    from monitor.inquiry.reviews import standing

    with archive(load_config(settings_of(ctx))) as store, store.read() as tx:
        rows = [standing(tx, subject, number) for subject, number in targets]
    if as_json:
        put_json({"rows": rows})
        return
    for row in rows:
        put(f"{row['id']} is {row['status']}")
        for line in row["log"]:
            note = f": {line['note']}" if line["note"] else ""
            put(f"  {line['when']}  {line['who'] or 'storywatch'}: {line['did']}{note}")
