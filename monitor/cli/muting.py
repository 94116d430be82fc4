"""`mute story`, `mute source`, `mute rule`, `mute list` and `mute end`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.completing import rule_ids, source_ids
from monitor.cli.naming import unknown
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, put, put_json
from monitor.cli.root import settings_of
from monitor.cli.stories import ALL, BY, who
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.model import MuteKind

app = typer.Typer(rich_markup_mode=None)
_COLUMNS = ["id", "kind", "target", "until", "active", "ended", "who", "note"]
_UNTIL = typer.Option("--until", metavar="TIME", help="24h, 7d, today, tomorrow, 2026-03-18, 2026-03-18T16:00 ...")
_NOTE = typer.Option("--note", metavar="TEXT", help="Why, for the others.")


@app.command("story")
def mute_story(
    ctx: typer.Context,
    story: Annotated[str, typer.Argument(metavar="STORY", help="Such as s3.")],
    until: Annotated[str, _UNTIL],
    note: Annotated[str, _NOTE] = "",
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hear nothing of a story until a time: what it brings is archived and on record, and nobody is alerted.

    \b
    storywatch mute story s3 --until 24h --note 'we are there'
    """
    from monitor.inquiry import shapes
    from monitor.model import MuteKind

    _mute(ctx, MuteKind.STORY, str(shapes.number("s", story)), until, note, by, as_json)


@app.command("source")
def mute_source(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="ID", autocompletion=source_ids, help="As in the config.")],
    until: Annotated[str, _UNTIL],
    note: Annotated[str, _NOTE] = "",
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hear nothing of what only this source tells until a time.

    \b
    storywatch mute source wire --until tomorrow
    """
    from monitor.model import MuteKind

    _mute(ctx, MuteKind.SOURCE, source, until, note, by, as_json)


@app.command("rule")
def mute_rule(
    ctx: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="ID", autocompletion=rule_ids, help="As in the config.")],
    until: Annotated[str, _UNTIL],
    note: Annotated[str, _NOTE] = "",
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Hear nothing of what only this rule wants until a time.

    \b
    storywatch mute rule black-sea-truce --until 2026-03-18T16:00
    """
    from monitor.model import MuteKind

    _mute(ctx, MuteKind.RULE, rule, until, note, by, as_json)


def _mute(ctx: typer.Context, kind: MuteKind, target: str, until: str, note: str, by: str, as_json: bool) -> None:
    from monitor.inquiry import shapes
    from monitor.inquiry.moments import ahead
    from monitor.model import MuteKind
    from monitor.pipeline import calming

    config, now = load_config(settings_of(ctx)), utc_now()
    known = {MuteKind.SOURCE: [one.id for one in config.sources], MuteKind.RULE: [one.id for one in config.rules]}
    if target not in known.get(kind, [target]):
        raise UsageError(unknown(kind.value, target, known[kind], f"storywatch {kind.value}s list"))
    end = ahead(until, config.watch.timezone, now)
    with archive(config) as store:
        made = calming.mute(store, config, (kind, target), end, who(by), now, note)
    row = shapes.mute(made, now)
    if as_json:
        put_json(row)
    else:
        put(f"{row['id']}: {kind.value} {row['target']} is muted until {row['until']}")


@app.command("list")
def list_mutes(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the mutes in force, newest first.

    \b
    storywatch mute list
    storywatch mute list --all --json
    """
    from monitor.inquiry import shapes
    from monitor.store import mutes

    form, now = Form.of(as_json, as_jsonl, limit), utc_now()
    cursor = shapes.number("m", after) if after else None
    only = None if everything else now
    with archive(load_config(settings_of(ctx))) as store, store.read() as tx:
        found, more = mutes.page(tx, form.limit or ALL, cursor, active_at=only)
    form.put([shapes.mute(one, now) for one in found], shapes.name("m", more), _COLUMNS, _COLUMNS)


@app.command("end")
def end_mute(
    ctx: typer.Context,
    mute: Annotated[str, typer.Argument(metavar="ID", help="Such as m2.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """End a mute before its time. What it silenced stays silent; what comes from now on is told.

    \b
    storywatch mute end m2
    """
    from monitor.inquiry import shapes
    from monitor.pipeline import calming

    number, now = shapes.number("m", mute), utc_now()
    with archive(load_config(settings_of(ctx))) as store:
        ended = calming.end_mute(store, number, now)
    if as_json:
        put_json({"id": f"m{number}", "ended": ended})
    else:
        put(f"m{number} has ended" if ended else f"m{number} was over already")
