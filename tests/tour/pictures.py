"""Draws the pictures of docs/tour.md: `make tour`. Runs the demo, then clicks through the ten tasks in Chromium."""

from __future__ import annotations

import base64
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
TASKS = runpy.run_path(str(Path(__file__).with_name("tasks.py")))["TASKS"]
OUT = ROOT / "docs" / "images"
MOST_BYTES = 120_000
SIZE = {"width": 1100, "height": 760}
LONGEST = 240
# Slow enough for the article that is edited to be read before it is.
PACE = "60"


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """A demo whose story is told: the address of its screens and their password."""
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "monitor", "demo", "--listen", "127.0.0.1:0", "--pace", PACE]
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, text=True)
        try:
            told = _told(said, process)
            place = re.search(r"screens +(http://\S+?)/?\s", told)
            secret = re.search(r"the password in (\S+)", told)
            assert place and secret, told[-2000:]
            yield place[1], Path(secret[1]).read_text(encoding="utf-8").strip()
        finally:
            process.terminate()
            process.wait(30)


def _told(said: Any, process: Any) -> str:
    """What the demo has said once its story is told."""
    for _ in range(LONGEST):
        time.sleep(1)
        said.seek(0)
        told = str(said.read())
        if "the story is told" in told or process.poll() is not None:
            return told
    raise SystemExit("the demo did not come to its end")


def draw(page: Page, file: Path) -> None:
    """The page as a small WebP; the place that the last click led to is in sight."""
    session = page.context.new_cdp_session(page)
    for quality in (70, 50, 30, 15):
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        file.write_bytes(base64.b64decode(shot["data"]))
        if file.stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{file} is larger than {MOST_BYTES} bytes")


def walk(page: Page, root: str, task: Any) -> None:
    """Click through one task; what is no page to look at (Markdown) is shown where its link stands."""
    page.goto(root + "/")
    for click in task.clicks:
        found = page.locator(click).first
        if task.shows or click != task.clicks[-1]:
            found.click()
            page.wait_for_load_state()
        else:
            found.scroll_into_view_if_needed()
            found.focus()
    if task.shows:
        page.locator(task.shows).first.scroll_into_view_if_needed()


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with demo() as (root, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE)
        page.goto(root + "/login")
        page.fill("input[name=name]", "Ann")
        page.fill("input[name=password]", password)
        page.click("button")
        page.wait_for_url(root + "/")
        for task in TASKS:
            walk(page, root, task)
            draw(page, OUT / f"tour-{task.name}.webp")
            print(task.name, page.url.removeprefix(root), (OUT / f"tour-{task.name}.webp").stat().st_size)
        browser.close()


if __name__ == "__main__":
    main()
