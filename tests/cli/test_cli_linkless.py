"""A feed that tells everything itself and links to nothing, read by the real command."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BULLETIN = "Pilots of Varn take ships through the narrows again, {} a day and by daylight only, the harbour board said."
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Bulletins</title>{}</channel></rss>"""
ITEM = """<item><title>Notice {0}</title><guid isPermaLink="false">no {0}</guid><description>{1}</description></item>"""
CONFIG = """
[watch]
id = "harbour"
title = "Harbour"
about = 'harbour'
[archive]
url = "sqlite:///archive.db"
[fetch]
allow_private = ['127.0.0.1:{0}']
delay = '0s'
[[sources]]
id = "board"
kind = "feed"
text = "feed"
url = "http://127.0.0.1:{0}/feed.xml"
[[rules]]
id = "narrows"
query = 'narrows'
[[channels]]
id = "terminal"
kind = "console"
"""


@contextmanager
def _served() -> Iterator[tuple[int, dict[int, str]]]:
    """A port whose /feed.xml lists these notices by number, and which says of everything else that it is not there."""
    notices: dict[int, str] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/feed.xml" else 404)
            self.send_header("Content-Type", "application/rss+xml")
            self.end_headers()
            self.wfile.write(FEED.format("".join(ITEM.format(*one) for one in notices.items())).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, notices
        server.shutdown()
        thread.join()


def _storywatch(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "monitor", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_each_notice_is_an_article_of_its_own_and_an_edit_is_a_version(tmp_path: Path) -> None:
    with _served() as (port, notices):
        (tmp_path / "storywatch.toml").write_text(CONFIG.format(port), encoding="utf-8")
        notices |= {
            1: BULLETIN.format("six"),
            2: "The tug Hedda is laid up in the inner harbour for a new shaft.",
        }
        _storywatch(tmp_path, "fetch")
        notices[1] = BULLETIN.format("eleven")
        notices[3] = "Dredgers work at the harbour mouth on Thursday, masters keep to the eastern side."
        _storywatch(tmp_path, "fetch")
    rows = json.loads(_storywatch(tmp_path, "search", "--json"))["rows"]
    assert {row["url"].partition("#!")[0] for row in rows} == {f"http://127.0.0.1:{port}/feed.xml"}
    assert sorted((row["title"], row["partial"]) for row in rows) == [(f"Notice {n}", False) for n in (1, 2, 3)]
    shown = json.loads(_storywatch(tmp_path, "show", rows[-1]["url"], "--json"))
    assert shown["id"] == rows[-1]["id"]
