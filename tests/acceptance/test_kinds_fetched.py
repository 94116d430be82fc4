"""Every source kind by the real command over real HTTP: `storywatch fetch`, once and again."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

LATELY = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><nav><a href="/">Home</a></nav>
<main><h1>{title}</h1><div class="text"><p>The two coastal states signed a truce for the harbour of Varn on Monday.</p>
<p>Grain ships may leave the quay for 40 days, envoy Marta Lindqvist said in Osterby after a long night.</p>
<p>Insurers expect premiums to fall by a third once the first 12 vessels are out of the bay.</p></div>
<div class="box"><p>Buy the harbour calendar, with twelve views of the harbour and its boats.</p></div>
</main></body></html>"""


@dataclass
class Town:
    """A small site: a body for each path, and every path that was asked for."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def town() -> Iterator[Town]:
    site = Town()

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            kind, body = site.pages.get(self.path, ("", ""))
            data = body.encode()
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def fetch(tmp_path: Path, town: Town) -> Callable[..., Any]:
    """Runs one pass over one source, and returns what it told."""

    def run(**source: Any) -> Any:
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in source.items() if name != "select")
        if "select" in source:
            chosen = ", ".join(f"{name} = {json.dumps(css)}" for name, css in source["select"].items())
            lines += f"\nselect = {{ {chosen} }}"
        door = f'"127.0.0.1:{town.port}"'
        (tmp_path / "storywatch.toml").write_text(
            f'[archive]\nurl = "sqlite:///archive.db"\nwarc = ""\n[fetch]\ndelay = "0s"\nallow_private = [{door}]\n'
            f'[[sources]]\nid = "one"\n{lines}\n[[channels]]\nid = "log"\nkind = "console"\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "monitor", "fetch", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout[done.stdout.index("{") :])

    return run


def archived(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "archive.db")) as archive:
        return archive.execute("select url, title from article order by id").fetchall()


def texts(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "archive.db")) as archive:
        return [row[0] for row in archive.execute("select text from version order by id")]


def _news(town: Town, name: str, title: str) -> str:
    return (
        f'<urlset {SPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{town.url(name)}</loc>'
        f"<news:news><news:publication_date>{LATELY}</news:publication_date><news:title>{title}</news:title>"
        "</news:news></url></urlset>"
    )


@pytest.mark.long
def test_an_index_of_sitemaps_asks_only_the_children_that_changed(
    town: Town, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    def index(minute: int) -> str:
        stamp = LATELY.replace(":", f":{minute:02}:", 1)[:16] + ":00Z"
        rows = (("/maps/world.xml", stamp), ("/maps/sport.xml", LATELY), ("/maps/2019.xml", "2019-01-01"))
        found = "".join(
            f"<sitemap><loc>{town.url(path)}</loc><lastmod>{last}</lastmod></sitemap>" for path, last in rows
        )
        return f"<sitemapindex {SPACE}>{found}</sitemapindex>"

    town.pages["/index.xml"] = ("application/xml", index(1))
    town.pages["/maps/world.xml"] = ("application/xml", _news(town, "/truce", "Truce holds in the harbour of Varn"))
    town.pages["/maps/sport.xml"] = ("application/xml", _news(town, "/cup", "Brass band wins the regional cup"))
    source = {"kind": "sitemap", "url": town.url("/index.xml"), "text": "headline"}
    told = fetch(**source)
    assert told["sources"][0] | {"error": ""} == {
        "id": "one", "outcome": "ok", "status": 200, "listed": 2, "new": 2, "error": "",
    }  # fmt: skip
    assert {title for _url, title in archived(tmp_path)} == {
        "Truce holds in the harbour of Varn",
        "Brass band wins the regional cup",
    }
    assert "/truce" not in town.asked and "/maps/2019.xml" not in town.asked
    town.asked.clear()
    town.pages["/index.xml"] = ("application/xml", index(2))
    town.pages["/maps/world.xml"] = ("application/xml", _news(town, "/swap", "Prisoners swapped at the bridge of Varn"))
    assert fetch(**source)["articles"] == 1
    assert [path for path in town.asked if path.startswith("/maps")] == ["/maps/world.xml"]
    town.asked.clear()
    assert fetch(**source)["sources"][0]["outcome"] == "unchanged"
    assert [path for path in town.asked if path.startswith("/maps")] == []


def test_a_telegram_preview_is_read_whole_and_its_posts_are_not_visited(
    town: Town, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    town.pages["/s/varn"] = (
        "text/html",
        '<html><body><div class="tgme_widget_message js-widget_message" data-post="varn/7">'
        '<div class="tgme_widget_message_text js-message_text">Truce signed in Varn.<br><br>Ships may leave.</div>'
        f'<a class="tgme_widget_message_date"><time datetime="{LATELY}">10:00</time></a></div></body></html>',
    )
    told = fetch(kind="telegram", url=town.url("/s/varn"))
    assert told["articles"] == 1
    assert archived(tmp_path) == [("https://t.me/varn/7", "Truce signed in Varn.")]
    assert [path for path in town.asked if path != "/robots.txt"] == ["/s/varn"]


def test_a_json_answer_lists_articles_that_are_read(town: Town, fetch: Callable[..., Any], tmp_path: Path) -> None:
    articles = [{"url": town.url("/truce"), "title": "Truce , signed", "seendate": "20260320T090000Z"}]
    town.pages["/api/v2/doc/doc"] = ("application/json", json.dumps({"articles": articles}))
    town.pages["/truce"] = ("text/html", PAGE.format(title="Truce holds in the harbour of Varn"))
    told = fetch(kind="json", url=town.url("/api/v2/doc/doc"))
    assert told["articles"] == 1
    assert archived(tmp_path) == [(town.url("/truce"), "Truce holds in the harbour of Varn")]


def test_a_listing_page_is_read_by_its_selectors(town: Town, fetch: Callable[..., Any], tmp_path: Path) -> None:
    town.pages["/news"] = (
        "text/html",
        '<html><body><ul class="list"><li><a href="/truce">Truce</a></li></ul><a href="/about">About</a></body></html>',
    )
    town.pages["/truce"] = ("text/html", PAGE.format(title="Truce holds in the harbour of Varn"))
    select = {"links": ".list a", "title": "h1", "body": ".text"}
    told = fetch(kind="listing", url=town.url("/news"), select=select)
    assert told["articles"] == 1
    assert archived(tmp_path) == [(town.url("/truce"), "Truce holds in the harbour of Varn")]
    assert "Grain ships" in texts(tmp_path)[0] and "calendar" not in texts(tmp_path)[0]


def test_a_google_news_search_is_kept_as_headlines(town: Town, fetch: Callable[..., Any], tmp_path: Path) -> None:
    link = "https://news.google.com/rss/articles/CBMiAbc?oc=5"
    town.pages["/rss/search"] = (
        "application/rss+xml",
        f'<rss version="2.0"><channel><title>varn</title><item><title>Truce signed in Varn - The Wire</title>'
        f"<link>{link}</link><guid>CBMiAbc</guid><description>&lt;a href='{link}'&gt;Truce signed in Varn&lt;/a&gt;"
        '</description><source url="https://wire.example">The Wire</source></item></channel></rss>',
    )
    told = fetch(kind="feed", url=town.url("/rss/search"))
    assert told["articles"] == 1
    assert [title for _url, title in archived(tmp_path)] == ["Truce signed in Varn"]
