"""`sources list`, `sources show` and `sources test`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.completing import source_ids
from monitor.cli.drawing import Column, clock, draw, drawing, field, waited
from monitor.cli.naming import unknown
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, cell, page, put, put_json
from monitor.cli.root import settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Source
    from monitor.store.review import SourceRow

app = typer.Typer(rich_markup_mode=None)
_LISTS = ("fetches", "gap_list", "rhythm", "push")
_STATE = ("interval", "due_at", "last_checked", "last_ok", "failures", "gone_at", "moved_to")


@app.command("list")
def list_sources(
    ctx: typer.Context,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """List the sources of the config with what the archive remembers of each.

    \b
    storywatch sources list
    storywatch sources list --jsonl | jq 'select(.failures > 0)'
    """
    form = Form.of(as_json, as_jsonl, limit)
    config = load_config(settings_of(ctx))
    seen = _seen(config)
    rows = [_row(source, seen.get(source.id)) for source in config.sources]
    shown, more = page(rows, form.limit, after)
    names = ("id", "enabled", "working", "outcome", "every", "last_ok", "failures", "gaps", "name", "url", "why")
    form.put(shown, more, names, names, _drawn(clock(config.watch.zone, utc_now())))


def _drawn(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    return (
        Column("id", "id", style="bold"),
        Column("works", lambda row: row["working"] if row["enabled"] else "off", worded=True),
        Column("last ok", lambda row: at(row["last_ok"]), rank=1),
        Column("every", lambda row: row["interval"] or row["every"], rank=3, right=True),
        Column("gaps", lambda row: str(row["gaps"] or ""), rank=4, right=True),
        Column("why", lambda row: row["why"] or row["name"], wide=True),
        Column("name", "name", rank=5, style="dim"),
    )


def _seen(config: Config) -> dict[str, SourceRow]:
    from monitor.store import review

    file = config.archive.file
    if file is not None and not file.exists():
        return {}
    with archive(config) as store, store.read() as tx:
        return {row.state.source_id: row for row in review.source_rows(tx)}


def _row(source: Source, seen: SourceRow | None) -> Json:
    from monitor.model import Selectors

    row: Json = {one.name: _plain(getattr(source, one.name)) for one in dataclasses.fields(source)}
    if source.select == Selectors():
        del row["select"]
    return row | {name: _plain(getattr(seen.state, name)) if seen else None for name in _STATE} | _standing(seen)


def _standing(seen: SourceRow | None) -> Json:
    """How a source does, in one word and one sentence, with the outcome of its latest check."""
    from monitor.inquiry.standing import standing

    if seen is None:
        return {"working": "new", "why": "not checked yet", "outcome": None, "status": None, "error": "", "gaps": 0}
    found, last = standing(seen, utc_now()), seen.last
    return {
        "working": found.word,
        "why": found.why,
        "outcome": last.outcome.value if last else None,
        "status": last.status if last else None,
        "error": last.error if last else "",
        "gaps": seen.coverage.open_gaps,
    }


def _plain(value: Any) -> Any:
    """A field as JSON: durations in the config's own way, times in ISO 8601 UTC."""
    from datetime import datetime

    from monitor.inquiry.shapes import stamp

    if isinstance(value, timedelta):
        return written_duration(value)
    if isinstance(value, datetime):
        return stamp(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return list(value) if isinstance(value, tuple) else value


def written_duration(length: timedelta) -> str:
    """A duration as a config would say it: 90s, 15m, 1h."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


@app.command("show")
def show_source(
    ctx: typer.Context,
    source_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=source_ids, help="As in the config.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show one source: its config, what is remembered of it, its last exchanges.

    \b
    storywatch sources show kyiv-independent
    """
    config = load_config(settings_of(ctx))
    source = {one.id: one for one in config.sources}.get(source_id)
    if source is None:
        raise UsageError(unknown("source", source_id, [one.id for one in config.sources], "storywatch sources list"))
    seen = _seen(config).get(source_id)
    row = _row(source, seen) | _coverage(config, seen) | {"push": _push(config, seen)}
    row |= {"fetches": _fetches(config, source_id)}
    if as_json:
        put_json(row)
        return
    _tell(row)


def _tell(row: Json) -> None:
    for name in row:
        if name not in _LISTS and row[name] not in (None, "", []):
            said = waited(row[name]) if name == "lag" and drawing() else cell(row, name)
            field(name, said, 13)
    if row["push"]:
        field("push", cell(row["push"], "words"), 13)
    for one in row["gap_list"]:
        field("gap", f"{one['since']} to {one['until']}: {one['words']}", 13)
    if drawing():
        put("")
        draw(_EXCHANGES, row["fetches"])
        return
    for one in row["fetches"]:
        parts = (one["started"], one["kind"], one["outcome"], str(one["status"] or ""), one["url"], one["error"])
        put("  ".join(part for part in parts if part))


_EXCHANGES = (
    Column("when (UTC)", "started"),
    Column("kind", "kind", rank=3),
    Column("outcome", "outcome", worded=True),
    Column("status", "status", rank=1, right=True),
    Column("items", "entries", rank=2, right=True),
    Column("new", "new", rank=2, right=True),
    Column("error", "error", wide=True),
)


def _coverage(config: Config, seen: SourceRow | None) -> Json:
    """Whether everything was seen: gaps between two listings, the source's rhythm, how late its news is seen."""
    from monitor.inquiry import volume
    from monitor.store import coverage

    if seen is None:
        return {"gap_list": [], "rhythm": None, "lag": None}
    with archive(config) as store, store.read() as tx:
        found = coverage.gaps(tx, seen.state.source_id)
        lag = coverage.lag(tx, seen.state.source_id)
    return {
        "gap_list": [volume.gap(one) | {"words": volume.gap_words(one)} for one in found],
        "rhythm": volume.rhythm(seen.coverage.rhythm),
        "lag": None if lag is None else lag.total_seconds(),
    }


def _push(config: Config, seen: SourceRow | None) -> Json | None:
    """What is agreed with the source's hub."""
    from monitor.inquiry.push import as_json
    from monitor.store import websub

    if seen is None:
        return None
    with archive(config) as store, store.read() as tx:
        found = websub.of_source(tx, seen.state.source_id)
    return as_json(found, config.watch.public_url, utc_now())


def _fetches(config: Config, source_id: str) -> list[Json]:
    from monitor.store import fetches

    file = config.archive.file
    if file is not None and not file.exists():
        return []
    with archive(config) as store, store.read() as tx:
        recent = fetches.recent(tx, source_id, limit=20)
    names = ("started", "kind", "outcome", "status", "url", "error", "entries", "new", "elapsed")
    return [{name: _plain(getattr(one, name)) for name in names} for one in recent]


@app.command("test")
def test_source(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, sitemap, page, preview or API.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Ask an address, show what a source there would list, and print its config block. Nothing is stored.

    A page that names its feeds leads to the first of them, an index of sitemaps to its newest.

    \b
    storywatch sources test https://news.example/feed.xml
    """
    from monitor.cli.fetching import crawl
    from monitor.cli.trying import try_address
    from monitor.config.values import web_address

    try:
        web_address(url)
    except ValueError as error:
        raise UsageError(f"{url} {error}") from None
    config = load_config(settings_of(ctx))
    raise typer.Exit(crawl(config, lambda crawler: try_address(crawler, url, config, as_json, utc_now())))
