"""`stories list`, `stories show`, `stories merge` and `stories split`."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Annotated

import typer

from monitor.cli.drawing import Column, clock, draw, drawing, heading
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, put, put_json
from monitor.cli.root import settings_of
from monitor.errors import UsageError

app = typer.Typer(rich_markup_mode=None)
ALL = 10**9
_COLUMNS = ["id", "first_seen", "newest", "articles", "outlets", "developments", "title"]
_STORY = typer.Argument(metavar="STORY", help="Such as s3.")
BY = typer.Option("--by", metavar="NAME", help="Who does this, for the journal; without it the name you log in with.")


@app.command("list")
def list_stories(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List stories, newest first.

    \b
    storywatch stories list
    storywatch stories list --limit 50 --json
    """
    from monitor.inquiry import shapes
    from monitor.inquiry.stories import row
    from monitor.store import storyline

    form = Form.of(as_json, as_jsonl, limit)
    cursor = shapes.number("s", after) if after else None
    config = load_config(settings_of(ctx))
    with archive(config) as store, store.read() as tx:
        found, more = storyline.story_page(tx, form.limit or ALL, cursor)
    at = clock(config.watch.zone, utc_now())
    form.put([row(one) for one in found], shapes.name("s", more), _COLUMNS, _COLUMNS, _drawn(at))


def _drawn(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    return (
        Column("id", "id", style="bold"),
        Column("first", lambda row: at(row["first_seen"]), rank=1),
        Column("newest", lambda row: at(row["newest"]), rank=2),
        Column("articles", "articles", rank=4, right=True),
        Column("outlets", "outlets", right=True),
        Column("turns", "developments", rank=3, right=True),
        Column("title", "title", wide=True),
    )


@app.command("show")
def show(ctx: typer.Context, story: Annotated[str, _STORY], as_json: Annotated[bool, JSON] = False) -> None:
    """Show one story: its developments in order, with the reports of each.

    \b
    storywatch stories show s3
    storywatch stories show s3 --json
    """
    from monitor.inquiry import shapes, stories
    from monitor.store import handwork, storyline

    number = shapes.number("s", story)
    with archive(load_config(settings_of(ctx))) as store, store.read() as tx:
        found = storyline.story_detail(tx, number)
        if found is None:
            raise UsageError(f"there is no story {story}; `storywatch stories list` shows them")
        row = stories.story(found, handwork.actions_of(tx, found.id))
    if as_json:
        put_json(row)
    else:
        _tell(row)


def _tell(row: Json) -> None:
    heading(f"{row['id']}  {row['title'] or '(no title)'}")
    put(_carried(row))
    for place, one in enumerate(row["outlets"], start=1):
        put(f"{place:4}. {one['source']}  {one['reported']}  {_origin(one)}")
    for turn in row["developments"]:
        known = ", known from the start" if turn["known"] else ""
        put("")
        heading(f"{turn['id']}  {turn['first_seen']}{known}  {turn['title'] or '(no title)'}")
        put(f"  {_carried(turn)}")
        if drawing():
            draw(_REPORTS, turn["articles"])
        for one in () if drawing() else turn["articles"]:
            put(f"  {one['id']:6} {one['first_seen']}  {one['level']:10} {one['source']}  {one['title']}")
    for done in row["actions"]:
        put(f"\n{done['when']}  {_words(done)}")


_REPORTS = (
    Column("", "id", style="bold"),
    Column("", "first_seen", rank=2, style="dim"),
    Column("", "level", rank=1, worded=True),
    Column("", "source"),
    Column("", "title", wide=True),
)


def _carried(row: Json) -> str:
    count = len(row["outlets"])
    return f"{count} {'outlet' if count == 1 else 'outlets'}, {row['independent']} independent"


def _origin(outlet: Json) -> str:
    """Whose report an outlet carries."""
    said = f"copy of {outlet['copy_of']}" if outlet["copy_of"] else outlet["article"]
    return said + (f", credited to {', '.join(outlet['credits'])}" if outlet["credits"] else "")


def _words(done: Json) -> str:
    if done["action"] == "merge":
        return f"{done['who']} merged {done['other']} into {done['story']} ({', '.join(done['articles'])})"
    return f"{done['who']} split {done['other']} from {done['story']} ({', '.join(done['articles'])})"


@app.command("merge")
def merge(
    ctx: typer.Context,
    story: Annotated[str, typer.Argument(metavar="A", help="The story that stays, such as s3.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The story that goes into it.")],
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Make one story of two: all of B moves into A. Nobody is alerted. May run beside the daemon.

    \b
    storywatch stories merge s3 s8
    """
    from monitor.inquiry import shapes
    from monitor.pipeline.handwork import merge_stories

    numbers = shapes.number("s", story), shapes.number("s", other)
    with archive(load_config(settings_of(ctx))) as store:
        into_id, other_id = merge_stories(store, *numbers, who(by), utc_now())
    if as_json:
        put_json({"story": f"s{into_id}", "merged": f"s{other_id}"})
    else:
        put(f"s{other_id} is part of s{into_id} now")


@app.command("split")
def split(
    ctx: typer.Context,
    story: Annotated[str, _STORY],
    articles: Annotated[list[str], typer.Argument(metavar="ARTICLE...", help="Those that go, such as a12.")],
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Make a story of its own of some articles, with what they told first. Nobody is alerted.

    \b
    storywatch stories split s3 a12 a14
    """
    from monitor.inquiry import shapes
    from monitor.pipeline.handwork import split_story

    number, chosen = shapes.number("s", story), [shapes.number("a", one) for one in articles]
    with archive(load_config(settings_of(ctx))) as store:
        story_id, made = split_story(store, number, chosen, who(by), utc_now())
    if as_json:
        put_json({"story": f"s{made}", "from": f"s{story_id}", "articles": [f"a{one}" for one in sorted(set(chosen))]})
    else:
        put(f"s{made} is a story of its own now, split from s{story_id}")


def who(by: str) -> str:
    """Who does it: as they say, or the name that they logged in with."""
    try:
        return by.strip() or getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have no name.
        return "unknown"
