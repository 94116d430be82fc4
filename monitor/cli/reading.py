"""`search`, `show` and `why`: questions to the archive."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.evidence import evidence_lines
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, cell, put, put_json, put_jsonl, say, table
from monitor.cli.raw import show_raw
from monitor.cli.root import settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.inquiry.search import Found
    from monitor.model import Level

_COLUMNS = ("id", "first_seen", "level", "source", "alerted", "rules", "title")
_ARTICLE = typer.Argument(metavar="ARTICLE", help="An id such as a12, or the article's address.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("search")(search)
    app.command("show")(show)
    app.command("why")(why)


def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As in a rule; without one everything.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2026-03-18, today, 24h, 7d ...")] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="As --since; a day is included.")] = "",
    source: Annotated[str, typer.Option("--source", metavar="ID", help="Only of this source.")] = "",
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="Only in this language: en, uk, ru ...")] = "",
    story: Annotated[str, typer.Option("--story", metavar="ID", help="Only of this story, such as s3.")] = "",
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="Only of this level: new, copy ...")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Off-topic articles and the corpus, too.")] = False,
    as_json: Annotated[bool, JSON] = False,
    as_jsonl: Annotated[bool, JSONL] = False,
    limit: Annotated[int | None, LIMIT] = None,
    after: Annotated[str, AFTER] = "",
) -> None:
    """Search the archive, newest first, in the language of the rules.

    \b
    storywatch search 'truce NEAR/5 sea' --since 7d
    storywatch search --level new --source kyiv-independent --json
    """
    from monitor.inquiry import shapes
    from monitor.inquiry.moments import moment
    from monitor.inquiry.search import search as find

    form = Form.of(as_json, as_jsonl, limit)
    config = load_config(settings_of(ctx))
    zone, now = config.watch.timezone, utc_now()
    with archive(config) as store:
        found = find(
            store,
            config.lists,
            query,
            since=moment(since, zone, now) if since else None,
            until=moment(until, zone, now, end=True) if until else None,
            source=source or None,
            language=lang or None,
            story=shapes.number("s", story) if story else None,
            level=_level(level),
            everything=everything,
            limit=form.limit,
            after=shapes.number("a", after) if after else None,
            facets=config.watch.zone if form.json else None,
        )
    _put_found(query, found, form)


def _put_found(query: str, found: Found, form: Form) -> None:
    from monitor.inquiry import shapes
    from monitor.inquiry.results import results

    rows = [shapes.article(one) for one in found.rows]
    more = shapes.name("a", found.next)
    if form.json:
        put_json(results(query, found))
    elif form.jsonl:
        put_jsonl(rows)
    else:
        _tell_found(found, rows, more)


def _level(written: str) -> Level | None:
    from monitor.model import Level

    levels = [one.value for one in Level]
    if written and written not in levels:
        raise UsageError(f"there is no level {written!r}; it is one of {', '.join(levels)}")
    return Level(written) if written else None


def _tell_found(found: Found, rows: Sequence[Json], more: str | None) -> None:
    if not (found.lines and sys.stdout.isatty()):
        table(_COLUMNS, [[cell(row, name) for name in _COLUMNS] for row in rows])
    else:
        for article, row in zip(found.rows, rows, strict=True):
            put("  ".join(cell(row, name) for name in ("id", "first_seen", "level", "source", "title")))
            for one in found.lines.get(article.id, ()):
                put(f"      … {''.join(f'[{part.text}]' if part.hit else part.text for part in one)} …")
    if sys.stdout.isatty():
        say(
            f"{'' if found.total_exact else 'at most '}{found.total} found"
            + (f"; more: --after {more}" if more else "")
        )


def show(
    ctx: typer.Context,
    article: Annotated[str, _ARTICLE],
    raw: Annotated[bool, typer.Option("--raw", help="The page's bytes as they came.")] = False,
    record: Annotated[
        int | None, typer.Option("--record", metavar="N", help="With --raw: the record of this number.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show one article: where it came from and what proves it, its text, its versions.

    \b
    storywatch show a12
    storywatch show a12 --raw > page.html
    storywatch show a12 --raw --record 7 > page.html
    storywatch show https://news.example/story --json
    """
    from monitor.inquiry.why import show as look

    if record is not None and not raw:
        raise UsageError("--record goes with --raw")
    config = load_config(settings_of(ctx))
    with archive(config) as store:
        if raw:
            show_raw(store, article, config.archive.raw_folder, record, as_json=as_json)
            return
        row = look(store, article)
    if as_json:
        put_json(row)
    else:
        _tell_shown(row)


def _tell_shown(row: Json) -> None:
    put(row["title"] or "(no title)")
    for name in ("id", "url", "source", "author", "published", "first_seen", "language", "level", "origin", "story"):
        if row[name]:
            put(f"{name:10} {cell(row, name)}")
    if row["times"]["delivered"]:
        put(f"delivered  {row['times']['delivered']}")
    _tell_partial(row, 10)
    if row["paywalled"]:
        put("paywalled  only a part of it")
    put(f"rules      {cell(row, 'rules') or 'none'}\nalerted    {cell(row, 'alerted')}")
    _tell_versions(row)
    for one in row["listed_by"]:
        put(f"listed by  {one['source']} {one['first_seen']} {one['url']}")
    put(f"\n{row['text']}")


def _tell_partial(row: Json, wide: int) -> None:
    if row["partial"]:
        why = f": {row['trouble']}" if row["trouble"] else ""
        put(f"{'partial':{wide}} only what its source listed could be read{why}")


def _tell_versions(row: Json) -> None:
    """Every version with what proves it."""
    from monitor.inquiry.provenance import words

    for one in row["history"]:
        if row["versions"] > 1:
            put(f"version {one['number']:2} {one['first_seen']}  {one['level']}  {one['title']}")
        put(f"read by    {one['method'] or 'unknown'}")
        for name, said in words(one["provenance"]):
            put(f"{name:10} {said}")


def why(ctx: typer.Context, article: Annotated[str, _ARTICLE], as_json: Annotated[bool, JSON] = False) -> None:
    """Say why an article did or did not alert: level, nearest known article, what is new, rules, deliveries.

    \b
    storywatch why a12
    storywatch why https://news.example/story --json
    """
    from monitor.inquiry.why import why as ask

    config = load_config(settings_of(ctx))
    with archive(config) as store:
        row = ask(store, article, config, utc_now())
    if as_json:
        put_json(row)
    else:
        _tell_why(row)


def _tell_why(row: Json) -> None:
    put(f"{row['id']}  {row['title']}\n{row['url']}\n\n{row['verdict']}\n")
    put("\n".join((f"level       {row['level']}", *evidence_lines(row))))
    _tell_partial(row, 11)
    for match in row["matches"]:
        words = dict.fromkeys(" ".join(hit["text"].split()) for hit in match["hits"])
        put(f"rule        {match['rule']}: {', '.join(words)}")
        cues = [f"{hit['text']} (cue: {hit['cue']['text']})" for hit in match["hits"] if hit["cue"]]
        for told in dict.fromkeys(" ".join(cue.split()) for cue in cues):
            put(f"  ? {told}")
    if row["development"] is not None:
        put(f"development {row['development']['id']}")
    _tell_times(row["times"])
    for one in row["deliveries"]:
        place = f"{one['channel']} {one['destination']}".strip()
        parts = (place, one["state"], f"{one['attempts']} tries", one["sent_at"], one["reason"], one["last_error"])
        put("delivery    " + ", ".join(part for part in parts if part))


def _tell_times(times: Json) -> None:
    """Published, first seen and first delivered, with the seconds between."""
    put(f"published   {times['published'] or 'no date'}")
    for name, wait in (("first_seen", "published_to_seen"), ("delivered", "seen_to_delivered")):
        if times[name]:
            after = "" if times[wait] is None else f", {times[wait]:.0f} s later"
            put(f"{name.replace('_', ' '):11} {times[name]}{after}")
