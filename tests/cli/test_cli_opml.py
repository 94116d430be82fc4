"""OPML in and out of the config, from friends and from strangers; and what `sources test` tells of each kind."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load
from monitor.errors import ParseError
from spiders.kinds import KINDS
from spiders.opml import read_opml

LIST = """<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Sea"><outline type="rss" text="Port &amp;amp; Quay" xmlUrl="https://quay.example/feed" language="en-GB"/>
<outline type="rss" title="Обрій" text="x" xmlurl="https://obriy.example/rss.xml?a=1&amp;b=2"/></outline>
<outline type="rss" text="Again" xmlUrl="https://quay.example/feed"/>
<outline type="rss" text="Known" xmlUrl="http://wire.example/feed"/>
<outline type="link" text="A page" url="https://page.example/"/>
<outline type="rss" text="Port &amp;amp; Quay" xmlUrl="https://quay.example/other"/>
</body></opml>"""


def test_a_list_becomes_blocks_that_the_config_takes(run: Callable[..., Any], folder: Path) -> None:
    (folder / "feeds.opml").write_text(LIST, encoding="utf-8")
    said = run("sources", "import", "feeds.opml")
    assert said.code == 0
    blocks = tomllib.loads(said.out)["sources"]
    assert [(one["id"], one["name"], one["url"]) for one in blocks] == [
        ("port-quay", "Port & Quay", "https://quay.example/feed"),
        ("obriy-example", "Обрій", "https://obriy.example/rss.xml?a=1&b=2"),
        ("port-quay-2", "Port & Quay", "https://quay.example/other"),
    ]
    assert blocks[0]["language"] == ["en"]
    for word in ("Again: listed twice", "Known: in the config already", "A page: no address of a feed", "3 to paste"):
        assert word in said.err
    config = folder / "storywatch.toml"
    config.write_text(config.read_text(encoding="utf-8") + said.out, encoding="utf-8")
    assert run("check").code == 0


def test_what_is_exported_can_be_imported(run: Callable[..., Any], folder: Path) -> None:
    config = folder / "storywatch.toml"
    more = (
        '\n[[sources]]\nid = "map"\nname = "Map <&> \\"x\\""\nkind = "sitemap"\nurl = "https://a.example/m.xml?x=1&y"\n'
    )
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    said = run("sources", "export")
    assert said.code == 0
    assert 'version="2.0"' in said.out and 'xmlUrl="http://wire.example/feed"' in said.out
    (folder / "mine.opml").write_text(said.out, encoding="utf-8")
    config.write_text('[watch]\nid = "empty"\n', encoding="utf-8")
    blocks = tomllib.loads(run("sources", "import", "mine.opml").out)["sources"]
    assert [(one["kind"], one["url"]) for one in blocks] == [
        ("feed", "http://wire.example/feed"),
        ("feed", "http://daily.example/feed"),
        ("sitemap", "https://a.example/m.xml?x=1&y"),
    ]
    assert [one["name"] for one in blocks] == ["The Wire", "daily", 'Map <&> "x"']


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/feed", "http://localhost/feed", "http://[::1]/feed", "http://169.254.169.254/latest",
        "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://10.1.2.3:8080/", "http://router.local/",
        "file:///etc/passwd", "javascript:alert(1)", "ftp://a.example/x", "http://u:p@a.example/", "gopher://a.example/",
        "http://a.example:22/feed", "",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_skipped(address: str) -> None:
    found, skipped = read_opml(f'<opml><body><outline text="x" xmlUrl="{address}"/></body></opml>'.encode(), KINDS)
    assert (found, len(skipped)) == ((), 1)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "nothing"),
        (b"<rss><channel/></rss>", "a feed"),
        (b"{}", "JSON"),
        (b"<opml><body>", "OPML"),
        (b'<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body>&b;</body></opml>', "DTD"),
        (b'<!DOCTYPE opml SYSTEM "http://127.0.0.1/x.dtd"><opml><body/></opml>', "DTD"),
        (
            b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;"/></body></opml>',
            "OPML",
        ),
        (b"<opml>" + b"<outline>" * 100_000, "OPML"),
        (b"<opml>" + b" " * 6_000_000 + b"</opml>", "5 MB"),
    ],
    ids=["empty", "feed", "json", "cut", "bomb", "dtd", "xxe", "deep", "large"],
)
def test_what_is_no_list_is_refused_with_a_word(body: bytes, word: str, run: Callable[..., Any], folder: Path) -> None:
    (folder / "bad.opml").write_bytes(body)
    said = run("sources", "import", "bad.opml")
    assert (said.code, said.out) == (2, "")
    assert word in said.err and "root:" not in said.err


def test_hostile_lists_become_blocks_or_a_word(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "data" / "hostile").rglob("*.opml")) + sorted(
        (shared / "data" / "hostile" / "defusedxml").rglob("*.xml")
    )
    assert len(files) > 30
    for file in files:
        try:
            found, _ = read_opml(file.read_bytes(), KINDS)
        except ParseError as error:
            assert str(error)
            continue
        assert all(one.url.startswith(("http://", "https://")) for one in found)


def test_a_hostile_name_stays_a_name(run: Callable[..., Any], folder: Path) -> None:
    name = "x&quot;&#10;[web]&#10;listen = &quot;0.0.0.0:1&quot; \\ &#x202e; '''"
    text = f'<opml><body><outline text="{name}" xmlUrl="https://a.example/f"/></body></opml>'
    (folder / "bad.opml").write_text(text, encoding="utf-8")
    said = run("sources", "import", "bad.opml")
    assert list(tomllib.loads(said.out)) == ["sources"]
    (folder / "storywatch.toml").write_text(said.out, encoding="utf-8")
    assert load(None, {}, folder).sources[0].url == "https://a.example/f"


PAGES = {
    "/": ("text/html", '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'),
    "/feed": (
        "application/rss+xml",
        "<rss version='2.0'><channel><title>The Quay</title><item><title>Truce</title><link>https://q.example/1</link>"
        "<pubDate>Fri, 20 Mar 2026 08:00:00 GMT</pubDate></item></channel></rss>",
    ),
    "/news": (
        "text/html",
        "<html><title>Quay news</title><body>"
        + "".join(f"<li class=i><a href='/s/{n}-x'>Ship number {n} leaves the harbour</a></li>" for n in range(4))
        + "</body></html>",
    ),
    "/index.xml": (
        "application/xml",
        "<sitemapindex><sitemap><loc>/map.xml</loc><lastmod>2026-03-20</lastmod></sitemap></sitemapindex>",
    ),
    "/map.xml": (
        "application/xml",
        "<urlset xmlns:news='n'><url><loc>https://q.example/a</loc><news:news><news:title>Mines off Skerry</news:title>"
        "</news:news></url></urlset>",
    ),
    "/posts": ("application/json", '[{"id": 1, "link": "https://q.example/b", "title": {"rendered": "A post"}}]'),
}


@contextmanager
def quay(folder: Path) -> Iterator[str]:
    class Desk(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = PAGES.get(self.path, ("text/plain", ""))
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", kind)
            self.send_header("ETag", '"7"')
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    door = f"127.0.0.1:{server.server_address[1]}"
    with (folder / "storywatch.toml").open("a") as config:
        config.write(f"[fetch]\nallow_private = ['{door}']\ndelay = '0s'\n")
    yield f"http://{door}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize(
    ("path", "kind", "first"),
    [
        ("/", "feed", "Truce"),
        ("/news", "listing", "Ship number 0 leaves the harbour"),
        ("/index.xml", "sitemap", "Mines off Skerry"),
        ("/posts", "json", "A post"),
    ],
)
def test_an_address_of_any_kind_is_recognised(path: str, kind: str, first: str, folder: Path) -> None:
    with quay(folder) as door:
        said = _process(folder, "sources", "test", door + path, "--json")
    told = json.loads(said.stdout)
    assert (said.returncode, told["kind"], told["entries"][0]["title"]) == (0, kind, first)
    assert told["etag"] == '"7"'


def test_the_printed_block_can_be_pasted(folder: Path) -> None:
    with quay(folder) as door:
        said = _process(folder, "sources", "test", f"{door}/feed")
    assert "1 with a date, the newest 2026-03-20T08:00:00Z; unchanged answers are cheap (ETag)" in said.stdout
    block = tomllib.loads(said.stdout[said.stdout.index("[[sources]]") :])["sources"][0]
    assert (block["id"], block["name"], block["kind"]) == ("the-quay", "The Quay", "feed")


def _process(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=90, env=dict(os.environ), check=False
    )
