"""Searches that people keep: listed, opened, deleted; each a feed by itself, and a rule to paste."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import QueryError, UsageError
from monitor.inquiry import shapes
from monitor.inquiry.shapes import Json
from monitor.query import compile_query
from monitor.store import searches
from monitor.store.searches import SavedSearch
from monitor.web import articles
from monitor.web.asked import Asked
from monitor.web.feeds import rss
from monitor.web.lists import RSS, Listing, Question, Rows
from monitor.web.named import number_of
from monitor.web.narrowing import NEGATED, PARAMETERS, WITHOUT, wanted
from monitor.web.posted import back, posted, who_wrote
from monitor.web.republishing import republished
from monitor.web.screens import data_answer, home_of, screens_of
from monitor.web.trail import as_list

LONGEST_NAME = 80
# What a rule can ask of an article beside its words, by the parameter that asks it here.
_FIELDS = {"source": "source", "lang": "lang"}
_FEED_ROWS = 50
_OPERATORS = frozenset({"or", "and", "not", "near", "source", "lang"})


def _read(request: Request, _question: Question) -> Rows:
    with screens_of(request).store.read() as tx:
        found = searches.kept(tx)
    return Rows([_shape(one) for one in found], values=found)


def _shape(one: SavedSearch) -> Json:
    return {
        "id": shapes.name("q", one.id),
        "name": one.name,
        "question": one.question,
        "who": one.who,
        "created": shapes.stamp(one.created),
    }


_COLUMNS = ("id", "name", "question", "who", "created")
LIST = Listing("searches", "Saved searches", _COLUMNS, _read, dated="created", freezes=False, whole=True)


def search_list(request: Request) -> Response:
    """GET /searches"""
    question = LIST.question(request)
    rows = LIST.read(request, question)
    return LIST.page(request, "searches.html", question, rows, saved=rows.values)


def opened(request: Request) -> Response:
    """GET /searches/ID: the list of articles that it asks for."""
    Asked(request, ())
    return RedirectResponse(f"/articles?{_saved(request).question}", 303)


def feed(request: Request) -> Response:
    """GET /searches/ID.rss"""
    Asked(request, ())
    saved = _saved(request)
    listed = as_list(request, saved.question)
    question = articles.LIST.question(listed, _FEED_ROWS)
    rows = articles.LIST.read(listed, question)
    item = articles.LIST.item
    body = rss(
        f"{saved.name}: {screens_of(request).config().watch.title}",
        home_of(request),
        f"/articles?{saved.question}",
        f"/searches/q{saved.id}.rss",
        republished(
            screens_of(request).store,
            screens_of(request).config(),
            [item(row) for row in rows.rows] if item is not None else [],
        ),
    )
    return data_answer(request, body, RSS)


def rule(request: Request) -> Response:
    """GET /searches/rule: what is asked of the list as a rule of the config, with what a rule cannot ask."""
    asked = Asked(request, articles.FILTERS)
    screens = screens_of(request)
    query, left = as_query(asked)
    fault = ""
    try:
        compile_query(query, screens.config().lists)
    except QueryError as error:
        fault = str(error)
    question = articles.question_of(asked)
    return screens.page(
        request,
        "search_rule.html",
        block=block(query),
        query=query,
        left=left,
        fault=fault,
        back=f"/articles?{question}",
        trial=f"/rules/new?{urlencode({'query': query})}",
    )


def as_query(asked: Asked) -> tuple[str, list[str]]:
    """The query that asks the same as far as a rule can, and the parameters that it cannot ask."""
    words = asked.text("q") or ""
    parts = [f"({words})" if " OR " in words else words] if words else []
    for name in (*_FIELDS, *(f"{WITHOUT}{one}" for one in _FIELDS)):
        values = [value.strip() for value in (asked.text(name) or "").split(",") if value.strip()]
        field = _FIELDS[name.removeprefix(WITHOUT)]
        if name in NEGATED:
            parts += [f"-{field}:{value}" for value in values]
        elif values:
            either = " OR ".join(f"{field}:{value}" for value in values)
            parts.append(f"({either})" if len(values) > 1 else either)
    told = {"q", *_FIELDS, *(f"{WITHOUT}{one}" for one in _FIELDS)}
    return " ".join(parts), [
        f"{name}={value}" for name, value in asked.values.items() if name in PARAMETERS and name not in told
    ]


def block(query: str) -> str:
    """A rule as it stands in a config."""
    words = re.findall(r"[^\W_]+", query.lower())
    name = "-".join(word for word in words if word.isascii() and word not in _OPERATORS)[:40].strip("-")
    # A JSON string is a TOML basic string, but for the one control character that TOML wants escaped.
    written = json.dumps(query, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f'[[rules]]\nid = "{name or "from-a-search"}"\nquery = {written}\n'


def keep(request: Request) -> Response:
    """POST /searches: keep what is asked of the list (`question`) under a `name`."""
    form, screens = posted(request), screens_of(request)
    name, question = form.text("name", LONGEST_NAME), form.text("question", 10_000)
    if not name or not name.isprintable():
        raise UsageError("give the search a name")
    asked = articles.LIST.question(as_list(request, question)).asked
    kept = articles.question_of(asked)
    if not kept:
        raise UsageError("this list asks for nothing: there is no search to keep")
    wanted(articles.LIST.question(as_list(request, kept)), screens.config())
    compile_query(asked.text("q") or "x", screens.config().lists)
    with screens.store.write() as tx:
        number = searches.keep(tx, name, kept, who_wrote(request), screens.clock())
    if number is None:
        raise UsageError(f"there is a saved search {name!r} already: take another name, or delete that one first")
    return back(request, f"Saved as {name}.")


def forget(request: Request) -> Response:
    """POST /searches/ID/delete"""
    number = shapes.number("q", request.path_params["ident"])
    with screens_of(request).store.write() as tx:
        gone = searches.forget(tx, number)
    return back(request, f"q{number} is deleted." if gone else f"There is no saved search q{number} any more.")


def _saved(request: Request) -> SavedSearch:
    number = number_of(request, "q")
    with screens_of(request).store.read() as tx:
        found = searches.by_id(tx, number)
    if found is None:
        raise HTTPException(404, f"There is no saved search q{number}.")
    return found
