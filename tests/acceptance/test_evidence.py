"""Evidence by the real command over real HTTP: what is fetched is kept, sealed, shown, exported and verified."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PAGE = b"""<!doctype html><html lang="en"><head><title>Truce holds</title></head><body><main><h1>Truce holds</h1>
<p>The two coastal states signed a truce for the harbour of Varn on Monday, after nine hours in the town hall.</p>
<p>Grain ships may leave the quay for 40 days, envoy Marta Lindqvist said in Osterby after a long night.</p>
<p>Insurers expect premiums to fall by a third once the first 12 vessels are out of the bay.</p></main></body></html>"""
FEED = """<rss version="2.0"><channel><title>Desk</title>
<item><title>Truce holds</title><link>{base}/truce</link><guid>1</guid></item>
<item><title>Closed page</title><link>{base}/closed</link><guid>2</guid></item></channel></rss>"""


class Desk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        known = {"/feed": (200, FEED.format(base=base).encode()), "/truce": (200, PAGE), "/closed": (403, b"<p>No</p>")}
        status, body = known.get(self.path, (404, b""))
        packed = gzip.compress(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/rss+xml" if self.path == "/feed" else "text/html")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(5)


def storywatch(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "monitor", *words], capture_output=True, timeout=120, cwd=folder)


@pytest.mark.long
def test_fetched_pages_are_proven(tmp_path: Path, port: int) -> None:
    (tmp_path / "storywatch.toml").write_text(
        f'[archive]\nurl = "sqlite:///archive.db"\n[fetch]\ndelay = "0s"\nallow_private = ["127.0.0.1:{port}"]\n'
        f'[[sources]]\nid = "desk"\nkind = "feed"\nurl = "http://127.0.0.1:{port}/feed"\n'
        '[[channels]]\nid = "log"\nkind = "console"\n',
        encoding="utf-8",
    )
    done = storywatch(tmp_path, "fetch", "--json")
    assert done.returncode == 0, done.stderr[-3000:].decode()
    (file,) = (tmp_path / "warc").iterdir()
    assert file.name.endswith(".warc.gz")
    tool = Path(sys.executable).with_name("warcio")
    checked = subprocess.run([tool, "check", file], capture_output=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, b"")

    verified = json.loads(storywatch(tmp_path, "verify", "--json").stdout)
    assert verified["ok"] is True
    assert verified["checked"]["raw"] == 2 and verified["checked"]["version"] == 2

    url = f"http://127.0.0.1:{port}/truce"
    assert storywatch(tmp_path, "show", url, "--raw").stdout == PAGE
    shown = json.loads(storywatch(tmp_path, "show", url, "--raw", "--json").stdout)
    assert shown["metadata"]["extraction"] and shown["metadata"]["outcome"] == "ok"
    assert ["X-Archive-Orig-Content-Encoding", "gzip"] in shown["headers"]
    assert dict(shown["request"])["Host"] == f"127.0.0.1:{port}"
    closed = json.loads(storywatch(tmp_path, "show", f"http://127.0.0.1:{port}/closed", "--raw", "--json").stdout)
    assert (closed["status"], closed["outcome"], closed["body"]) == (403, "forbidden", "<p>No</p>")

    data = bytearray(file.read_bytes())
    data[shown["offset"] + shown["length"] // 3] ^= 1
    file.write_bytes(data)
    broken = storywatch(tmp_path, "verify", "--json")
    assert broken.returncode == 1
    assert [one["message"].partition(":")[0] for one in json.loads(broken.stdout)["faults"]] == [
        "its bytes differ from what was recorded"
    ]
