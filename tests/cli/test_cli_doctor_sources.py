"""`doctor --sources` against real servers that fail in every way, side by side; one run of the real command."""

from __future__ import annotations

import datetime
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.model import Fetch, Outcome, Source
from monitor.runtime.sounding import Sounded, skew
from monitor.runtime.source_words import clock

NOW = datetime.datetime(2026, 3, 20, 9, 0, tzinfo=datetime.UTC)
LONG = "Grain ships may leave the quay of Varn for forty days, said the envoy. " * 12
FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Wire</title><atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="{self}"/>
<item><title>Truce for the harbour</title><link>http://wire.example/1</link><guid>1</guid>
<pubDate>{newest}</pubDate><content:encoded>{long}</content:encoded></item>
<item><title>Mines found</title><link>http://wire.example/2</link><guid>2</guid></item></channel></rss>"""
PAGE = """<html><head><title>Home</title><link rel="alternate" type="application/rss+xml" href="/real.xml"></head>
<body><p>Welcome to the gazette.</p></body></html>"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Slow, gone, a page, a feed; its robots.txt forbids /private."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/slow":
            time.sleep(30)
        now = datetime.datetime.now(datetime.UTC)
        feed = FEED.format(self="http://wire.example/feed", newest=format_datetime(now), long=LONG)
        old = FEED.format(self="", newest="Tue, 03 Mar 2020 10:00:00 GMT", long="")
        bodies = {
            "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /private\n"),
            "/feed": ("application/rss+xml", feed),
            "/old": ("application/rss+xml", old),
            "/private": ("application/rss+xml", feed),
            "/home": ("text/html", PAGE),
        }
        kind, body = bodies.get(self.path, ("text/plain", "there is no such thing"))
        self.send_response(200 if self.path in bodies else 404)
        data = body.encode()
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []
    handler = type("OneHandler", (Handler,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what we are after
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


def expired(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate that ran out, of an authority that the command is made to trust: only its age is wrong."""
    authority = trustme.CA()
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = authority.issue_cert("127.0.0.1", not_before=yesterday.replace(year=2020), not_after=yesterday)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(file)
    return context, file


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run said: exit code, seconds, findings by check, requests of the two plain servers."""
    folder = tmp_path_factory.mktemp("doctor")
    context, authority = expired(folder)
    with ExitStack() as ends:
        well, slow = (ends.enter_context(serving()) for _ in range(2))
        broken = ends.enter_context(serving(context))
        places = {
            "good": f"http://127.0.0.1:{well[0]}/feed",
            "old": f"http://127.0.0.1:{well[0]}/old",
            "gone": f"http://127.0.0.1:{well[0]}/nothing",
            "page": f"http://127.0.0.1:{well[0]}/home",
            "forbidden": f"http://127.0.0.1:{well[0]}/private",
            "slow": f"http://127.0.0.1:{slow[0]}/slow",
            "expired": f"https://127.0.0.1:{broken[0]}/feed",
            "nowhere": "http://storywatch-no-such-name.invalid/feed",
        }
        doors = [f"127.0.0.1:{port}" for port in (well[0], slow[0], broken[0])]
        (folder / "storywatch.toml").write_text(
            f'[fetch]\ntimeout = "1s"\ndelay = "10ms"\nallow_private = {json.dumps(doors)}\n'
            + '[web]\nlisten = "127.0.0.1:9"\n'
            + "".join(f'[[sources]]\nid = "{name}"\nkind = "feed"\nurl = "{url}"\n' for name, url in places.items())
            + '[[sources]]\nid = "off"\nkind = "feed"\nurl = "http://off.example/"\nenabled = false\n'
        )
        begun = time.monotonic()
        command = [sys.executable, "-m", "monitor", "doctor", "--sources", "--json"]
        environment = {name: value for name, value in os.environ.items() if name != "STORYWATCH_CONFIG"}
        said = subprocess.run(
            command,
            cwd=folder,
            env={**environment, "PYTHONPATH": str(Path.cwd()), "SSL_CERT_FILE": str(authority)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        document = json.loads(said.stdout)
        return {
            "code": said.returncode,
            "err": said.stderr,
            "ok": document["ok"],
            "seconds": time.monotonic() - begun,
            "found": {one["check"]: one for one in document["findings"]},
            "asked": well[1],
            "places": places,
            "archive": (folder / "storywatch.db").exists(),
        }


def test_a_good_source_is_told_with_all_that_was_seen(told: dict[str, Any]) -> None:
    good = told["found"]["source good"]
    assert good["grade"] == "ok" and good["mend"] == ""
    for words in ("200", "application/rss+xml", "bytes in", "2 items", "the newest 20", "1 with their text",
                  "WebSub: hub offered", "robots.txt allows it"):  # fmt: skip
        assert words in good["said"], words
    detail = good["detail"]
    assert (detail["status"], detail["items"], detail["with_text"], detail["robots"]) == (200, 2, 1, True)
    assert detail["bytes"] > 1000 and detail["newest"].endswith("Z") and detail["hub"] == "https://hub.example/"


BAD = [
    ("old", "warn", "nothing new for long", "sources test"),
    ("gone", "fail", "404", "looks for the site's feeds"),
    ("page", "fail", "HTML", '/real.xml", the feed that this page names'),
    ("forbidden", "fail", "robots.txt forbids it", "`enabled = false` at "),
    ("slow", "fail", "timeout", "a longer [fetch] timeout"),
    ("expired", "fail", "certificate verify failed", "openssl s_client -connect 127.0.0.1:"),
    ("nowhere", "fail", "dns failed", "edit url at "),
]


@pytest.mark.parametrize(("source", "grade", "said", "mend"), BAD)
def test_each_way_to_fail_is_told_in_words_with_what_mends_it(
    told: dict[str, Any], source: str, grade: str, said: str, mend: str
) -> None:
    one = told["found"][f"source {source}"]
    assert one["grade"] == grade, one
    assert said in one["said"], one
    assert mend in one["mend"], one


def test_a_dead_source_holds_nobody_up_and_the_exit_code_tells(told: dict[str, Any]) -> None:
    assert (told["code"], told["ok"]) == (1, False), told["err"]
    # The slow one answers after 30 s; its limit is two tries of one second.
    assert told["found"]["source slow"]["detail"]["seconds"] < 10
    assert told["seconds"] < 60


def test_each_server_was_asked_politely_and_nothing_was_stored(told: dict[str, Any]) -> None:
    asked = told["asked"]
    assert asked.count("/robots.txt") == 1 and asked[0] == "/robots.txt"
    assert "/private" not in asked
    assert {path: asked.count(path) for path in ("/feed", "/old", "/home", "/nothing")} == dict.fromkeys(
        ("/feed", "/old", "/home", "/nothing"), 1
    )
    assert told["archive"] is False


def test_what_it_stands_on_is_told_too(told: dict[str, Any]) -> None:
    found = told["found"]
    assert found["clock skew"]["grade"] == "ok" and found["clock skew"]["detail"]["servers"] >= 3
    assert found["DNS"]["grade"] == "fail" and "no-such-name.invalid" in found["DNS"]["said"]
    assert found["TLS"]["grade"] == "ok" and "authority.pem" in found["TLS"]["said"]
    assert found["time zones"]["said"].startswith("Europe/Kyiv: ") or "UTC" in found["time zones"]["said"]
    assert found["screens"]["grade"] == "warn" and found["screens"]["mend"] == "`storywatch run`"
    assert "1 source of the config not asked" in found["sources"]["said"]


def sounded(ahead: float, **headers: str) -> Sounded:
    """A source whose server's clock is so many seconds behind ours."""
    date = format_datetime(NOW - datetime.timedelta(seconds=ahead), usegmt=True)
    return Sounded(
        Source("a", "feed", "http://a/"), Fetch("http://a/", Outcome.OK, NOW, headers={"date": date, **headers})
    )


SKEWS = [
    ([0, 0, 0], "ok", "less than 2 s from the median of 3 servers"),
    ([0, 0, 7200], "ok", "less than 2 s"),
    ([-60, -61, 0], "warn", "60 s behind"),
    ([600], "fail", "600 s ahead of the median of 1 server"),
]


@pytest.mark.parametrize(("apart", "grade", "said"), SKEWS)
def test_our_clock_is_held_against_the_median_of_the_servers(apart: list[float], grade: str, said: str) -> None:
    found = clock(skew(tuple(sounded(one) for one in apart)), asked=True)
    assert found.grade == grade and said in found.said
    assert bool(found.mend) == (grade != "ok")


def test_what_a_cache_kept_is_no_skew_and_without_a_date_nothing_is_known() -> None:
    assert skew((sounded(3000, age="3000"),)) == (datetime.timedelta(0), 1)
    silent = sounded(0)
    assert silent.fetch is not None
    assert (
        skew((replace(silent, fetch=replace(silent.fetch, headers={"date": "yesterday"})), Sounded(silent.source)))
        is None
    )
    assert "unknown: no server told the time" in clock(None, asked=True).said
    assert "doctor --sources" in clock(None, asked=False).said
