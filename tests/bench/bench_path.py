"""The whole path on loopback: articles per second, first alert of the demo, how quickly the command answers.

    python tests/bench/bench_path.py [ARTICLES]

Beside the path, in the same run: what a script of feedparser + trafilatura does with the same bytes, one after another,
without archive, judgement, rules and alerts. That is the floor that the path is measured against.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import feedparser
import trafilatura

OUTLETS = 16
WORDS_A_TEXT = 380


class Site(BaseHTTPRequestHandler):
    """Serves what `files` holds."""

    files: ClassVar[dict[str, bytes]] = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.files.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/rss+xml" if "feed" in self.path else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the figures are the output."""


def vocabulary(chance: random.Random) -> list[str]:
    parts = ["ka", "ren", "to", "mil", "dor", "esh", "vi", "lan", "gus", "per", "no", "sta", "bel", "qui", "or", "mar"]
    return ["".join(chance.choices(parts, k=chance.randint(2, 4))) for _ in range(6000)]


def page(words: list[str], number: int, chance: random.Random) -> bytes:
    sentences = []
    left = WORDS_A_TEXT
    while left > 0:
        length = chance.randint(8, 24)
        left -= length
        sentence = " ".join(chance.choices(words, k=length)).capitalize()
        sentences.append(sentence + (f" {chance.randint(2, 900)} ceasefire." if chance.random() < 0.1 else "."))
    paragraphs = "".join(f"<p>{' '.join(sentences[at : at + 3])}</p>" for at in range(0, len(sentences), 3))
    menu = "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(20))
    title = " ".join(chance.choices(words, k=8)).capitalize()
    return (
        f'<!doctype html><html lang="en"><head><title>{title} | Outlet</title>'
        f'<meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2025-03-18T{number % 24:02}:00:00Z"></head>'
        f"<body><header><nav><ul>{menu}</ul></nav></header><main><article><h1>{title}</h1>{paragraphs}</article></main>"
        f"<aside><ul>{menu}</ul></aside><footer>Contact and imprint</footer></body></html>"
    ).encode()


def serve(articles: int) -> tuple[list[ThreadingHTTPServer], list[str]]:
    chance = random.Random(11)
    words = vocabulary(chance)
    servers, feeds = [], []
    for outlet in range(OUTLETS):
        files = {f"/a/{n}": page(words, n, chance) for n in range(outlet, articles, OUTLETS)}
        handler = type("Outlet", (Site,), {"files": files})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        base = f"http://127.0.0.1:{server.server_address[1]}"
        items = "".join(f"<item><title>{path}</title><link>{base}{path}</link></item>" for path in files)
        files["/feed"] = f'<rss version="2.0"><channel><title>o</title>{items}</channel></rss>'.encode()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        feeds.append(f"{base}/feed")
    return servers, feeds


def config(folder: Path, feeds: list[str]) -> Path:
    allow = json.dumps([feed.removeprefix("http://").removesuffix("/feed") for feed in feeds])
    sources = "".join(f'[[sources]]\nid = "o{n}"\nkind = "feed"\nurl = "{feed}"\n' for n, feed in enumerate(feeds))
    rules = "".join(f'[[rules]]\nid = "r{n}"\nquery = "ceasefire AND {word}"\n' for n, word in enumerate("abcdefghij"))
    file = folder / "storywatch.toml"
    file.write_text(
        f'[archive]\nurl = "sqlite:///path.db"\n[fetch]\ndelay = "0s"\nallow_private = {allow}\n{sources}{rules}',
        encoding="utf-8",
    )
    return file


def path_figures(feeds: list[str], articles: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = config(Path(folder), feeds)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        command = [sys.executable, "-m", "monitor", "--quiet", "fetch", "--json", "--config", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = time.monotonic() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        archived = json.loads(done.stdout)["articles"]
        assert archived == articles, f"{archived} of {articles} archived"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "memory_mb": after.ru_maxrss / 1024}


def floor_figures(feeds: list[str]) -> dict[str, float]:
    begun, cpu = time.monotonic(), time.process_time()
    for feed in feeds:
        with urllib.request.urlopen(feed) as answer:
            listed = feedparser.parse(answer.read())
        for entry in listed.entries:
            with urllib.request.urlopen(entry.link) as answer:
                trafilatura.extract(answer.read().decode(), with_metadata=True)
    return {"seconds": time.monotonic() - begun, "cpu": time.process_time() - cpu}


def command_seconds(*words: str) -> float:
    taken = []
    for _ in range(5):
        begun = time.monotonic()
        subprocess.run([Path(sys.executable).with_name("storywatch"), *words], capture_output=True, check=True)
        taken.append(time.monotonic() - begun)
    return sorted(taken)[2]


def demo_seconds() -> float:
    command = [Path(sys.executable).with_name("storywatch"), "demo", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    found = re.search(r"first alert ([\d.]+) s after the start", done.stdout)
    assert found is not None, done.stdout[-1000:] + done.stderr[-1000:]
    return float(found[1])


def main() -> None:
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 640
    servers, feeds = serve(articles)
    floor = floor_figures(feeds)
    path = path_figures(feeds, articles)
    for server in servers:
        server.shutdown()
    print(f"{articles} articles of {WORDS_A_TEXT} words at {OUTLETS} outlets, load average {os.getloadavg()[0]:.1f}")
    print(f"{'':38}{'articles/s':>12}{'CPU ms each':>14}")
    for name, figures in (("feedparser + trafilatura, no archive", floor), ("the whole path, start included", path)):
        print(f"{name:38}{articles / figures['seconds']:>12.1f}{figures['cpu'] / articles * 1e3:>14.1f}")
    print(f"the path needs {path['cpu'] / floor['cpu']:.1f} x the floor's CPU, peak memory {path['memory_mb']:.0f} MB")
    print(f"storywatch --help: {command_seconds('--help'):.2f} s (median of 5)")
    print(f"demo: first alert {demo_seconds():.1f} s after the start")


if __name__ == "__main__":
    main()
