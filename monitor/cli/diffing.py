"""`diff`: what an outlet changed in an article after it was first read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import archive, load_config
from monitor.cli.output import JSON, put, put_json, shown
from monitor.cli.root import settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from monitor.inquiry.diff import Difference, Part, Row


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("diff")(diff)


def diff(
    ctx: typer.Context,
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="An id such as a12, or the article's address.")],
    first: Annotated[int | None, typer.Argument(metavar="[V1]", help="The older version.")] = None,
    second: Annotated[int | None, typer.Argument(metavar="[V2]", help="The newer version.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show what was changed in an article, sentence by sentence: the newest version against the one before it.

    \b
    storywatch diff a12
    storywatch diff a12 1 3 --json
    """
    from monitor.inquiry.diff import difference, shaped
    from monitor.inquiry.finding import detail_of

    config = load_config(settings_of(ctx))
    with archive(config) as store:
        found = difference(store, detail_of(store, article), first, second)
    if as_json:
        put_json(shaped(found))
    else:
        _tell(found)


def _tell(found: Difference) -> None:
    old, new = found.old, found.new
    put(f"a{found.detail.article.id}  {new.document.title or '(no title)'}")
    put(f"version {old.number} ({old.first_seen:%Y-%m-%d %H:%M} UTC) -> {new.number} ({new.first_seen:%H:%M} UTC)")
    put(f"{found.summary}\n")
    for row in found.rows:
        if sys.stdout.isatty():
            _draw(row)
        else:
            put(f"{row.label}{'' if row.material else ' (not material)'}")
            for sign, parts in (("-", row.old), ("+", row.new)):
                if parts:
                    put(f"{sign} {' '.join(''.join(part.text for part in parts).split())}")


def _draw(row: Row) -> None:
    from rich.console import Console
    from rich.text import Text

    told = Text(f"{row.label}\n", style="bold" if row.material else "dim")
    for sign, style, parts in (("- ", "red strike", row.old), ("+ ", "green underline", row.new)):
        if parts:
            told.append_text(_line(sign, style, parts))
    Console().print(told)


def _line(sign: str, style: str, parts: Sequence[Part]) -> Text:
    from rich.text import Text

    line = Text(sign)
    for part in parts:
        line.append(shown(part.text).replace("\n", " "), style=style if part.changed else "")
    return line.append("\n")
