"""Every hostile list through every screen in Chromium, with our policy and without: `fuzz_screens.py [N=0: all]`.

The lists of the shared material beside the project (else a small one of our own) as title, text, author, address,
source name, rule name, saved search and search, in every page and twin. Exits with 1 when a script ran, a page asked
for anything that is not its own, held an element that our templates do not write, or an answer was 500.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from monitor.config import Secret
from monitor.store import open_store

ROOT = Path(__file__).resolve().parents[2]
BROWSER = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "web" / "browser" / "conftest.py")))
WALK, CHROME, HOSTILE = BROWSER.WALK, BROWSER.CHROME, BROWSER.HOSTILE
PART = 9000
"""Attacks that one archive holds; the next part gets a new one."""


def twins(screens: httpx.Client, addresses: list[str]) -> list[str]:
    """What is wrong with the data that the addresses answer."""
    found = []
    for address in filter(WALK.is_data, addresses):
        answer = screens.get(address)
        if answer.status_code not in (200, 400, 404):
            found.append(f"{address}: answered {answer.status_code}")
        elif answer.status_code == 200 and (wrong := WALK.wrong_twin(address, answer)):
            found.append(f"{address}: {wrong}")
    return found


def part(attacks: list[str], folder: Path, browser: Any) -> tuple[int, list[str]]:
    """One archive full of attacks: how many pages were looked at, and what was found."""
    store = open_store(f"sqlite:///{folder / 'archive.db'}", synchronous="OFF")
    watch = HOSTILE.named(BROWSER.DESKS._watch(folder), attacks)
    desk = BROWSER.DESKS._desk(store, replace(watch, config=replace(watch.config, login=Secret("word", "file:x"))))
    HOSTILE.fill(desk, attacks, 12_000)
    app, found, looked = BROWSER.screens_of(desk), [], 0
    every = [f"/articles/a{number}" for number in range(1, desk.filed + 1)]
    for around in (lambda one: one, CHROME.without_policy):
        with WALK.serving(app, around) as root, httpx.Client(base_url=root, timeout=120) as screens:
            addresses = WALK.states(screens, WALK.walked(desk))
            found += twins(screens, addresses)
            context = browser.new_context()
            watched = CHROME.Watched(context.new_page(), root)
            BROWSER.log_in(watched.page, root)
            watched.noted.clear()
            for address in dict.fromkeys([*WALK.pages(addresses), *every, *HOSTILE.searches(attacks)]):
                watched.look(address)
                looked += 1
            context.close()
            found += watched.noted
    store.close()
    return looked, found


def main() -> int:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    attacks = HOSTILE.lists(ROOT.parent / "shared")
    attacks = attacks[:: max(1, len(attacks) // most)] if most else attacks
    problems: list[str] = []
    with CHROME.browser() as browser:
        for begin in range(0, len(attacks), PART):
            with tempfile.TemporaryDirectory() as folder:
                some = attacks[begin : begin + PART]
                looked, found = part([*HOSTILE.OWN, *some], Path(folder), browser)
            problems += found
            print(f"{begin + len(some):,} of {len(attacks):,}: {looked} pages, {len(found)} problems", flush=True)
    print("\n".join(problems[:100]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
