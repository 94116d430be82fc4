"""Real input: real feeds and pages on loopback, `storywatch fetch` over all of it with the default rules.

    python tests/bench/bench_real.py [--feeds N] [--pages N] [--json]

Every feed and every page must end archived or with a named cause; the exit code is 1 when one does not. The material is
the shared test data beside the checkout: it is served as it is and never becomes part of the project.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
DEFAULT_WATCH = ROOT / "monitor" / "config" / "ceasefire-talks.toml"
PORTS = 12


class Site(BaseHTTPRequestHandler):
    """Serves bytes by path; `files` is set on the class made for each run."""

    files: ClassVar[dict[str, tuple[str, bytes]]] = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, body = self.files.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Length", str(len(body)))
        if kind:
            self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the figures are the output."""


def material(feeds: int, pages: int) -> tuple[dict[str, tuple[str, bytes]], list[str], list[str]]:
    """What is served, by path; the feeds' paths; the pages' paths."""
    files: ClassVar[dict[str, tuple[str, bytes]]] = {}
    feed_paths, page_paths = [], []
    for packed in sorted((SHARED / "feeds" / "real").glob("*.gz"))[:feeds]:
        path = f"/feed/{packed.stem}"
        files[path] = ("application/xml", gzip.decompress(packed.read_bytes()))
        feed_paths.append(path)
    for packed in sorted((SHARED / "articles" / "html").glob("*.html.gz"))[:pages]:
        path = f"/page/{packed.name.removesuffix('.html.gz')[:16]}"
        files[path] = ("text/html", gzip.decompress(packed.read_bytes()))
        page_paths.append(path)
    return files, feed_paths, page_paths


def index_feed(address: str, pages: list[str]) -> bytes:
    """An RSS feed that lists the pages served at `address`."""
    items = "".join(
        f"<item><title>{html.escape(path)}</title><link>{html.escape(address + path)}</link></item>" for path in pages
    )
    return f'<rss version="2.0"><channel><title>pages</title>{items}</channel></rss>'.encode()


def config(folder: Path, addresses: list[str], feeds: list[str], indexes: list[str]) -> Path:
    """A config with every served feed, the default lists and rules, and no topic: everything belongs."""
    default = tomllib.loads(DEFAULT_WATCH.read_text(encoding="utf-8"))
    rules = "[lists]\n" + "".join(f"{name} = {json.dumps(query)}\n" for name, query in default["lists"].items())
    for rule in default["rules"]:
        rules += f"[[rules]]\nid = {json.dumps(rule['id'])}\nquery = {json.dumps(rule['query'])}\n"
    rules += '[[channels]]\nid = "console"\nkind = "console"\n'
    hosts = ", ".join(json.dumps(address.removeprefix("http://")) for address in addresses)
    lines = [
        '[watch]\nid = "real"\n[archive]\nurl = "sqlite:///real.db"\n',
        f'[fetch]\ndelay = "0s"\nallow_private = [{hosts}]\nfirst_check = "alert"\n',
    ]
    for number, path in enumerate(feeds):
        url = addresses[number % len(addresses)] + path
        lines.append(f'[[sources]]\nid = "feed-{number}"\nkind = "feed"\nurl = "{url}"\ntext = "feed"\n')
    for number, url in enumerate(indexes):
        lines.append(f'[[sources]]\nid = "pages-{number}"\nkind = "feed"\nurl = "{url}"\ntext = "page"\n')
    file = folder / "storywatch.toml"
    file.write_text("\n".join(lines) + "\n" + rules, encoding="utf-8")
    return file


def run(feeds: int, pages: int) -> dict[str, Any]:
    files, feed_paths, page_paths = material(feeds, pages)
    handler = type("Served", (Site,), {"files": files})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(PORTS)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    indexes = []
    for number, address in enumerate(addresses):
        files[f"/index/{number}"] = ("application/rss+xml", index_feed(address, page_paths[number::PORTS]))
        indexes.append(f"{address}/index/{number}")
    folder = Path(tempfile.mkdtemp(prefix="storywatch-real-"))
    try:
        return measure(folder, config(folder, addresses, feed_paths, indexes), len(feed_paths), page_paths)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(folder)


def measure(folder: Path, file: Path, feeds: int, pages: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    command = [sys.executable, "-m", "monitor", "--quiet", "fetch", "--config", str(file), "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    seconds = time.monotonic() - started
    if done.returncode not in (0, 3):
        raise SystemExit(f"fetch ended with {done.returncode}\n{done.stderr[-4000:]}")
    told = json.loads(done.stdout)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    archive = sqlite3.connect(folder / "real.db")
    states = Counter(row[0] for row in archive.execute("select state from entry"))
    causes: Counter[str] = Counter()
    unexplained = []
    for path in pages:
        rows = archive.execute("select state, error from entry where url like ?", (f"%{path}",)).fetchall()
        state, error = rows[0] if rows else ("never listed", "")
        causes["read" if state == "done" and not error else str(error or state).split(":")[0][:60]] += 1
        if state != "done" and not error:
            unexplained.append(path)
    unnamed = [source["id"] for source in told["sources"] if source["outcome"] != "ok" and not source["error"]]
    outcomes = Counter(source["outcome"] for source in told["sources"])
    archive.close()
    return {
        "sources": len(told["sources"]),
        "feeds": feeds,
        "outcomes": dict(outcomes),
        "listed": sum(source["listed"] for source in told["sources"]),
        "entries": dict(states),
        "articles": told["articles"],
        "developments": told["developments"],
        "pages": len(pages),
        "page_causes": dict(causes),
        "without_a_cause": unexplained + unnamed,
        "seconds": round(seconds, 1),
        "articles_per_second": round(told["articles"] / seconds, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_mb": round(usage.ru_maxrss / 1024),
    }


def main() -> int:
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("--feeds", type=int, default=100)
    wishes.add_argument("--pages", type=int, default=181)
    wishes.add_argument("--json", action="store_true")
    asked = wishes.parse_args()
    if not SHARED.is_dir():
        print(f"SKIPPED: the shared test data is not at {SHARED}")
        return 0
    figures = run(asked.feeds, asked.pages)
    if asked.json:
        print(json.dumps(figures))
    else:
        for key, value in figures.items():
            print(f"{key:20} {value}")
    return 1 if figures["without_a_cause"] else 0


if __name__ == "__main__":
    sys.exit(main())
