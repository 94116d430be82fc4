"""Chromium before the screens, with everything noted that a page must not do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# No name is ever looked up: what asks another host is noted all the same.
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
OWN = ("/static/", "/events", "/answer/style.css")

_HOOKS = """
for (const name of ["alert", "confirm", "prompt", "print"])
  window[name] = () => { console.error("canary: " + name); return false };
"""
_ODD = """() => {
  const bad = "iframe frame frameset object embed base applet portal audio video source track math foreignobject "
    + "animate animatemotion animatetransform set use image style template noscript marquee bgsound keygen isindex";
  const odd = [], say = (e) => odd.push(e.outerHTML.slice(0, 160));
  const safe = (v) => { try { return /^https?:$/.test(new URL(v, location).protocol) } catch { return true } };
  for (const e of document.querySelectorAll("*")) {
    const name = e.localName.toLowerCase(), src = e.getAttribute("src") || "";
    if (bad.split(" ").includes(name)) say(e);
    else if ((name === "script" || name === "img") && !src.startsWith("/static/")) say(e);
    else if (name === "meta" && e.httpEquiv) say(e);
    else if (name === "link" && e.rel === "stylesheet" && !/^.(static|answer)./.test(e.getAttribute("href"))) say(e);
    else for (const a of e.attributes) {
      const links = ["href", "src", "action", "formaction", "xlink:href", "cite", "ping", "data"].includes(a.name);
      const runs = a.name.startsWith("on") || ["style", "srcdoc"].includes(a.name);
      if (runs || (links && !safe(a.value))) { say(e); break }
    }
  }
  return odd;
}"""


class Watched:
    """One page of the browser, with what was noted while it was looked at."""

    def __init__(self, page: Any, root: str) -> None:
        self.page, self.root = page, root
        self.noted: list[str] = []
        self.asked = ""
        page.add_init_script(_HOOKS)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.noted.append(f"{self.asked}: error {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _dialog(self, dialog: Any) -> None:
        self.noted.append(f"{self.asked}: dialog {dialog.message[:80]!r}")
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        # A page that is an answer of 400 or 404 is told to the console, too.
        if not (message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url):
            self.noted.append(f"{self.asked}: console {message.text[:200]!r}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        own = f"{parts.scheme}://{parts.netloc}" == self.root
        if not own or not (request.is_navigation_request() or parts.path.startswith(OWN)):
            self.noted.append(f"{self.asked}: asks {request.url[:200]}")

    def look(self, address: str, dom: bool = True) -> int:
        """Go to a page and note what is odd in it; the answer's status."""
        self.asked = address[:120]
        answer = self.page.goto(self.root + address, wait_until="load")
        if dom:
            self.noted += [f"{self.asked}: odd {one}" for one in self.page.evaluate(_ODD)]
        if answer.status >= 500:
            self.noted.append(f"{self.asked}: answered {answer.status}")
        return int(answer.status)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        try:
            yield opened
        finally:
            opened.close()


def without_policy(app: Any) -> Any:
    """ASGI: the same application in a world without Content-Security-Policy."""

    async def stripped(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [one for one in message["headers"] if one[0] != b"content-security-policy"]
            await send(message)

        await app(scope, receive, sent)

    return stripped


def unescaped(app: Any) -> Any:
    """ASGI: the same application with a hole: its pages escape nothing."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [one for one in message["headers"] if one[0] != b"content-length"]
            elif message["type"] == "http.response.body":
                body = message.get("body", b"")
                for name, letter in ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&#34;", b'"'), (b"&#39;", b"'")):
                    body = body.replace(name, letter)
                message["body"] = body
            await send(message)

        await app(scope, receive, sent)

    return broken
