"""A feed that loses items between two polls, by the real command: what its site still lists elsewhere is taken in."""

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

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
NOW = datetime.now(UTC)
MISSED = (31, 32, 33)
LATEST = range(40, 52)


@dataclass
class Paper:
    """A site whose feed has twelve places: bodies by path, and every path that was asked for."""

    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, numbers: range, path: str = "/rss") -> None:
        items = "".join(
            f"<item><title>Ferry {one} of Varn sails</title><link>{self.url(f'/ferry-{one}')}</link>"
            f"<pubDate>{at(one):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for one in numbers
        )
        self.pages[path] = f'<rss version="2.0"><channel><title>Varn</title>{items}</channel></rss>'

    def sitemap(self, path: str, numbers: tuple[int, ...], *, dated: bool = True) -> None:
        rows = "".join(
            f"<url><loc>{self.url(f'/ferry-{one}')}</loc><news:news>"
            + (f"<news:publication_date>{at(one).isoformat()}</news:publication_date>" if dated else "")
            + f"<news:title>Ferry {one} of Varn sails</news:title></news:news></url>"
            for one in numbers
        )
        self.pages[path] = f"<urlset {SPACE} {NEWS}>{rows}</urlset>"

    def robots(self, *paths: str) -> None:
        self.pages["/robots.txt"] = "\n".join(f"Sitemap: {self.url(path)}" for path in paths)


def at(number: int) -> datetime:
    """When a ferry was reported: below 20 five hours ago, below 40 one hour ago, the others lately."""
    ago = timedelta(hours=5) if number < 20 else timedelta(hours=1) if number < 40 else timedelta(minutes=5)
    return (NOW - ago + timedelta(seconds=number)).replace(microsecond=0)


@pytest.fixture
def paper() -> Iterator[Paper]:
    site = Paper()

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            data = site.pages.get(self.path, "").encode()
            self.send_response(200 if data else 404)
            self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "application/xml")
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


@dataclass
class Desk:
    """A watch with the paper's feed as its one source."""

    folder: Path
    paper: Paper

    def run(self, *words: str) -> Any:
        command = [sys.executable, "-m", "monitor", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.folder)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout[done.stdout.index("{") :])

    def lose(self) -> Any:
        """Poll once, let two hours pass in which the feed moves on by more than it can hold, and poll again."""
        self.paper.feed(range(12))
        self.run("fetch")
        with closing(sqlite3.connect(self.folder / "archive.db")) as archive, archive:
            earlier = (NOW - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
            archive.execute("update source set last_ok = ?, first_checked = ?", (earlier, earlier))
        self.paper.asked.clear()
        self.paper.feed(LATEST)
        return self.run("fetch")

    def gap(self) -> Any:
        (found,) = self.run("sources", "show", "one")["gap_list"]
        return found

    def ask(self, question: str) -> Any:
        with closing(sqlite3.connect(self.folder / "archive.db")) as archive:
            return archive.execute(question).fetchall()


@pytest.fixture
def make_desk(tmp_path: Path, paper: Paper) -> Callable[..., Desk]:
    def make(more: str = "", path: str = "/rss") -> Desk:
        (tmp_path / "storywatch.toml").write_text(
            '[watch]\nabout = "ferry"\n[archive]\nurl = "sqlite:///archive.db"\nwarc = ""\n'
            f'[fetch]\ndelay = "0s"\nallow_private = ["127.0.0.1:{paper.port}"]\n'
            f'[[sources]]\nid = "one"\nkind = "feed"\nurl = "{paper.url(path)}"\ntext = "headline"\n{more}\n'
            '[[channels]]\nid = "log"\nkind = "console"\n',
            encoding="utf-8",
        )
        return Desk(tmp_path, paper)

    return make


def test_a_news_sitemap_gives_back_what_the_feed_lost(make_desk: Callable[..., Desk], paper: Paper) -> None:
    desk = make_desk()
    paper.robots("/archive.xml", "/news.xml")
    paper.sitemap("/news.xml", (5, 6, *MISSED, *LATEST))
    desk.lose()
    gap = desk.gap()
    assert gap["answer"] == f"asked {paper.url('/news.xml')}: 15 found, 3 new"
    assert gap["backfilled"] == 3 and gap["closed"] and gap["asked"]
    assert gap["answer"] in gap["words"]
    marked = desk.ask("select title, first_import from entry where gap_id is not null order by title")
    assert marked == [(f"Ferry {one} of Varn sails", 0) for one in MISSED]
    assert len(desk.ask("select id from article")) == 12 + 3 + 12
    # robots.txt was known, and one sitemap said enough.
    assert [path for path in paper.asked if path != "/rss"] == ["/news.xml"]
    paper.asked.clear()
    desk.run("fetch")
    assert "/news.xml" not in paper.asked


@pytest.mark.long
def test_what_the_sitemap_does_not_reach_stays_open_and_is_not_asked_again_at_once(
    make_desk: Callable[..., Desk], paper: Paper
) -> None:
    desk = make_desk()
    paper.robots("/news.xml")
    paper.sitemap("/news.xml", (*MISSED, *LATEST))
    desk.lose()
    gap = desk.gap()
    assert (gap["backfilled"], gap["closed"]) == (3, None)
    paper.asked.clear()
    paper.feed(range(41, 53))
    desk.run("fetch")
    assert paper.asked == ["/rss"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("names", "dated", "said"),
    [
        (("/gone.xml",), True, "asked {site}/gone.xml: not-found: 404 Not Found"),
        (("/news.xml",), False, "asked {site}/news.xml: none of its 3 entries has a date"),
        ((), True, "nowhere to ask: robots.txt names no sitemap, and the source has no `backfill`"),
    ],
)
def test_a_gap_that_cannot_be_filled_says_why(
    make_desk: Callable[..., Desk], paper: Paper, names: tuple[str, ...], dated: bool, said: str
) -> None:
    desk = make_desk()
    paper.robots(*names)
    paper.sitemap("/news.xml", MISSED, dated=dated)
    desk.lose()
    gap = desk.gap()
    assert gap["answer"] == said.format(site=paper.url(""))
    assert gap["closed"] is None and "nothing came later yet" in gap["words"]


@pytest.mark.long
def test_the_configured_place_is_asked_and_no_other(make_desk: Callable[..., Desk], paper: Paper) -> None:
    desk = make_desk(f'backfill = "{paper.url("/rss?page=2")}"')
    paper.robots("/news.xml")
    paper.sitemap("/news.xml", MISSED)
    paper.feed(range(30, 42), "/rss?page=2")
    desk.lose()
    assert desk.gap()["answer"] == f"asked {paper.url('/rss?page=2')}: 12 found, 10 new"
    assert "/news.xml" not in paper.asked


@pytest.mark.long
def test_an_index_leads_to_its_newest_parts_and_the_second_page_of_a_blog_is_asked(
    make_desk: Callable[..., Desk], paper: Paper
) -> None:
    desk = make_desk(path="/feed/")
    paper.robots("/index.xml")
    paper.pages["/index.xml"] = (
        f"<sitemapindex {SPACE}><sitemap><loc>{paper.url('/part.xml')}</loc><lastmod>{NOW:%Y-%m-%dT%H:%M:%SZ}</lastmod>"
        f"</sitemap><sitemap><loc>{paper.url('/2019.xml')}</loc><lastmod>2019-05-01</lastmod></sitemap></sitemapindex>"
    )
    paper.sitemap("/part.xml", (31, 32))
    paper.feed(range(12), "/feed/")
    paper.feed(range(33, 45), "/feed/?paged=2")
    desk.run("fetch")
    with closing(sqlite3.connect(desk.folder / "archive.db")) as archive, archive:
        earlier = (NOW - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
        archive.execute("update source set last_ok = ?, first_checked = ?", (earlier, earlier))
    paper.feed(LATEST, "/feed/")
    desk.run("fetch")
    assert "/2019.xml" not in paper.asked and "/part.xml" in paper.asked
    assert desk.gap()["backfilled"] == 9


def test_a_person_may_ask_for_what_was_before(make_desk: Callable[..., Desk], paper: Paper) -> None:
    desk = make_desk('[[rules]]\nid = "ferry"\nquery = "ferry"')
    paper.feed(LATEST)
    paper.robots("/news.xml")
    paper.sitemap("/news.xml", (5, *MISSED, *LATEST))
    desk.run("fetch")
    told = desk.run("backfill", "--since", "2h")
    (asked,) = told["asked"]
    assert asked == {"source_id": "one", "new": 3, "answers": [f"asked {paper.url('/news.xml')}: 15 found, 3 new"]}
    assert told["articles"] == 3 and not told["failed"]
    # Old news wakes nobody: each of the two passes is told in one summary.
    old = desk.ask("select title, first_import from entry where url like '%-3_' order by title")
    assert old == [(f"Ferry {one} of Varn sails", 1) for one in MISSED]
    assert desk.ask("select kind, count(*) from delivery where state = 'sent' group by kind") == [("summary", 2)]
    again = desk.run("backfill", "--since", "2h")
    assert again["asked"][0]["new"] == 0 and again["articles"] == 0
    assert desk.ask("select count(*) from gap") == [(0,)]
