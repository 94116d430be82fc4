"""`search`, `show` and `why`: questions to the archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.completing import levels, source_ids
from monitor.cli.drawing import (
    STYLES,
    Column,
    clock,
    console,
    draw,
    drawing,
    field,
    footer,
    heading,
    indented,
    marked,
    prose,
    waited,
)
from monitor.cli.evidence import evidence_lines
from monitor.cli.naming import nearly, unknown
from monitor.cli.opening import archive, load_config, utc_now
from monitor.cli.output import AFTER, JSON, JSONL, LIMIT, Form, Json, cell, put, put_json, put_jsonl, say, table
from monitor.cli.output import shown as shown_text
from monitor.cli.raw import show_raw
from monitor.cli.root import settings_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.inquiry.marked import Piece
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
    source: Annotated[
        str, typer.Option("--source", metavar="ID", autocompletion=source_ids, help="Only of this source.")
    ] = "",
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="Only in this language: en, uk, ru ...")] = "",
    story: Annotated[str, typer.Option("--story", metavar="ID", help="Only of this story, such as s3.")] = "",
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", autocompletion=levels, help="Only of this level: new, copy ...")
    ] = "",
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
    _put_found(query, found, form, clock(config.watch.zone, now), everything)
    _doubt_source("" if found.rows else source, [one.id for one in config.sources])


def _doubt_source(source: str, known: Sequence[str]) -> None:
    """A source may have left the config and still be in the archive, so this is no error."""
    if source and source not in known:
        say(f"note: {unknown('source', source, known, 'storywatch sources list')}")


def _put_found(query: str, found: Found, form: Form, at: Callable[[str | None], str], everything: bool) -> None:
    from monitor.inquiry import shapes
    from monitor.inquiry.results import results

    rows = [shapes.article(one) for one in found.rows]
    more = shapes.name("a", found.next)
    if form.json:
        put_json(results(query, found))
    elif form.jsonl:
        put_jsonl(rows)
    else:
        _tell_found(found, rows, more, at, everything)


def _level(written: str) -> Level | None:
    from monitor.model import Level

    levels = [one.value for one in Level]
    if written and written not in levels:
        raise UsageError(f"there is no level {written!r}{nearly(written, levels)}; it is one of {', '.join(levels)}")
    return Level(written) if written else None


def _tell_found(
    found: Found, rows: Sequence[Json], more: str | None, at: Callable[[str | None], str], everything: bool
) -> None:
    if not drawing():
        table(_COLUMNS, [[cell(row, name) for name in _COLUMNS] for row in rows])
        return
    if found.lines:
        from monitor.inquiry.marked import pieces
        from monitor.inquiry.search import spans

        for article, row in zip(found.rows, rows, strict=True):
            title = pieces(row["title"], spans(found.hits.get(article.id, ()), "title"))
            _draw_hit(row, title, found.lines.get(article.id, ()), at)
    else:
        draw(_columns(at), rows)
    total = f"{'' if found.total_exact else 'at most '}{found.total} found"
    total += "" if rows or everything else "; `--all` looks among off-topic articles and the corpus, too"
    footer(f"{total}; more: --after {more}" if more else total)
    if rows:
        footer(
            f"`storywatch show {rows[0]['id']}` shows one, `storywatch why {rows[0]['id']}` says why it alerted or not"
        )


def _columns(at: Callable[[str | None], str]) -> tuple[Column, ...]:
    return (
        Column("id", "id", style="bold"),
        Column("seen", lambda row: at(row["first_seen"])),
        Column("level", "level", rank=1, worded=True),
        Column("source", "source", rank=2),
        Column("alerted", lambda row: "●" if row["alerted"] else "", rank=3, style="red"),
        Column("title", "title", wide=True),
        Column("rules", "rules", rank=5, style="dim"),
    )


def _draw_hit(
    row: Json, title: Sequence[Piece], lines: Sequence[Sequence[Piece]], at: Callable[[str | None], str]
) -> None:
    """An article with its title and the lines that were hit."""
    from rich.text import Text

    head = Text(row["id"], style="bold").append(f"  {at(row['first_seen'])}  ", style="not bold")
    head.append(row["level"], style=f"not bold {STYLES.get(row['level'], '')}")
    head.append(f"  {row['source']}  ", style="not bold").append_text(marked(title, line=True))
    console().print(head)
    for one in lines:
        indented(marked(one), 6)


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
    from monitor.inquiry.finding import detail_of
    from monitor.inquiry.why import newest_hits, shown

    if record is not None and not raw:
        raise UsageError("--record goes with --raw")
    config = load_config(settings_of(ctx))
    with archive(config) as store:
        if raw:
            show_raw(store, article, config.archive.raw_folder, record, as_json=as_json)
            return
        detail = detail_of(store, article)
    row = shown(detail)
    spans = [(hit.start, hit.end) for hits in newest_hits(detail).values() for hit in hits if hit.field == "body"]
    if as_json:
        put_json(row)
    else:
        _tell_shown(row, spans)


def _tell_shown(row: Json, spans: Sequence[tuple[int, int]]) -> None:
    heading(row["title"] or "(no title)")
    for name in ("id", "url", "source", "author", "published", "first_seen", "language", "level", "origin", "story"):
        if row[name]:
            field(name, cell(row, name), 10)
    if row["times"]["delivered"]:
        field("delivered", row["times"]["delivered"], 10)
    _tell_partial(row, 10)
    if row["paywalled"]:
        field("paywalled", "only a part of it", 10)
    field("rules", cell(row, "rules") or "none", 10)
    field("alerted", cell(row, "alerted"), 10)
    _tell_versions(row)
    for one in row["listed_by"]:
        field("listed by", f"{one['source']} {one['first_seen']} {one['url']}", 10)
    put("")
    if drawing():
        from monitor.inquiry.marked import pieces

        indented(marked(pieces(row["text"], spans)), 0)
    else:
        put(row["text"])


def _tell_partial(row: Json, wide: int) -> None:
    if row["partial"]:
        why = f": {row['trouble']}" if row["trouble"] else ""
        field("partial", f"only what its source listed could be read{why}", wide, "yellow")


def _tell_versions(row: Json) -> None:
    """Every version with what proves it."""
    from monitor.inquiry.provenance import words

    for one in row["history"]:
        if row["versions"] > 1:
            field(f"version {one['number']:2}", f"{one['first_seen']}  {one['level']}  {one['title']}", 10)
        field("read by", one["method"] or "unknown", 10)
        for name, said in words(one["provenance"]):
            field(name, said, 10)


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
    heading(f"{row['id']}  {row['title']}")
    prose(row["url"], "dim")
    put("")
    prose(row["verdict"], "bold")
    put("")
    field("level", row["level"], 11)
    for line in evidence_lines(row):
        _tell_evidence(line)
    _tell_partial(row, 11)
    for match in row["matches"]:
        words = dict.fromkeys(" ".join(hit["text"].split()) for hit in match["hits"])
        field("rule", f"{match['rule']}: {', '.join(words)}", 11)
        cues = [f"{hit['text']} (cue: {hit['cue']['text']})" for hit in match["hits"] if hit["cue"]]
        for told in dict.fromkeys(" ".join(cue.split()) for cue in cues):
            prose(f"  ? {told}")
    if row["development"] is not None:
        field("development", row["development"]["id"], 11)
    _tell_times(row["times"])
    for one in row["deliveries"]:
        place = f"{one['channel']} {one['destination']}".strip()
        parts = (place, one["state"], f"{one['attempts']} tries", one["sent_at"], one["reason"], one["last_error"])
        field("delivery", ", ".join(part for part in parts if part), 11, one["state"])


def _tell_evidence(line: str) -> None:
    """A line of the judgement; on a terminal long sentences hang under their sign."""
    if not drawing():
        put(line)
    elif line.startswith(" "):
        from rich.text import Text

        text = line.lstrip()
        style = "green" if text.startswith("+") else "dim"
        indented(Text(shown_text(text)), len(line) - len(text), style)
    else:
        label, _, text = line.partition("  ")
        field(label, text.strip(), 11)


def _tell_times(times: Json) -> None:
    """Published, first seen and first delivered, with the time between."""
    field("published", times["published"] or "no date", 11)
    for name, wait in (("first_seen", "published_to_seen"), ("delivered", "seen_to_delivered")):
        if times[name]:
            seconds = times[wait]
            later = "" if seconds is None else waited(seconds) if drawing() else f"{seconds:.0f} s"
            field(name.replace("_", " "), times[name] + (f", {later} later" if later else ""), 11)
