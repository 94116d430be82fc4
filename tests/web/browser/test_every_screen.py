"""Every screen in Chromium: axe-core, 320 px, both colour schemes, what is asked of others, what it weighs."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

# A browser goes through every page: minutes on a machine with other work.
pytestmark = pytest.mark.timeout(600)

MOST_COMPRESSED = 60_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = """async (asked) => {
  const told = (node) => node.target.join(" ") + " " + node.any.map((one) => one.message);
  const found = (await axe.run(document, { resultTypes: ["violations"], ...asked })).violations;
  return found.map((one) => one.id + ": " + one.nodes.slice(0, 3).map(told).join(" | "));
}"""
_WIDE = """() => {
  const width = document.scrollingElement.scrollWidth;
  const far = (e) => e.getBoundingClientRect().right > 320.5 && getComputedStyle(e).position !== "fixed";
  return width <= 320 ? "" : width + " px: " + [...document.querySelectorAll("main *, header *, footer *")].filter(far)
    .slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
}"""
_BARRIER = """() => {
  const wide = document.createElement("p");
  wide.className = "brand";
  wide.textContent = "x".repeat(400);
  document.querySelector("main").replaceChildren(document.createElement("input"), wide);
}"""


@dataclass
class Seen:
    """What was found amiss, each with its page."""

    axe: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def desk(new_desk: Any, seeded: Any) -> Any:
    return seeded(new_desk(), 3)


@pytest.fixture(scope="module")
def full(new_desk: Any, seeded: Any, walk: Any, make_app: Any) -> Iterator[str]:
    """The screens over more than a page of articles."""
    with walk.serving(make_app(seeded(new_desk(), 60))) as served:
        yield served


@pytest.fixture(scope="module")
def root(desk: Any, walk: Any, make_app: Any) -> Iterator[str]:
    with walk.serving(make_app(desk)) as served:
        yield served


@pytest.fixture(scope="module")
def addresses(desk: Any, root: str, walk: Any) -> list[str]:
    """Every page and each kind of state that somebody who logged in reaches by links."""
    with httpx.Client(base_url=root, timeout=90) as screens:
        session = walk.Session(screens, "word")
        return walk.pages(walk.states(session, walk.walked(desk), 1))


@pytest.fixture(scope="module")
def watched(browser: Any, root: str, chrome: Any, enter: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = chrome.Watched(context.new_page(), root)
    enter(found.page, root)
    found.noted.clear()
    yield found
    context.close()


@pytest.fixture(scope="module")
def seen(watched: Any, addresses: list[str]) -> Seen:
    """Every page looked at once: wide and narrow, light and dark."""
    found, page = Seen(), watched.page
    spec = find_spec("axe_playwright_python")
    axe = Path(str(spec.origin)).with_name("axe.min.js").read_text(encoding="utf-8") if spec else ""
    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        watched.look(address)
        runs: list[tuple[str, Any]] = [("light", {"runOnly": RULES}), ("dark", {"runOnly": ["color-contrast"]})]
        for scheme, asked in runs:
            page.emulate_media(color_scheme=scheme)
            if axe:
                page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
                found.axe += [f"{address} {scheme}: {one}" for one in page.evaluate(_AXE, asked)]
        page.set_viewport_size({"width": 320, "height": 700})
        found.wide += [f"{address}: {one}" for one in [page.evaluate(_WIDE)] if one]
    return found


def test_axe_finds_nothing(seen: Seen) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("SKIPPED LOUDLY: no axe-playwright-python, so nobody looked for barriers in the screens")
    assert seen.axe == []


def test_nothing_is_wider_than_320_pixels(seen: Seen) -> None:
    assert seen.wide == []


def test_nothing_is_asked_of_others_and_the_console_is_silent(seen: Seen, watched: Any, addresses: list[str]) -> None:
    assert len(addresses) > 20 and watched.noted == []


def test_a_barrier_would_be_found(watched: Any) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("SKIPPED LOUDLY: no axe-playwright-python")
    watched.look("/help")
    watched.page.evaluate(_BARRIER)
    watched.page.set_viewport_size({"width": 320, "height": 700})
    axe = Path(str(find_spec("axe_playwright_python").origin)).with_name("axe.min.js").read_text(encoding="utf-8")
    watched.page.evaluate(f"() => {{ {axe} }}")
    assert "label: " in " ".join(watched.page.evaluate(_AXE, {"runOnly": RULES}))
    assert watched.page.evaluate(_WIDE)


def test_a_page_of_fifty_rows_is_light(browser: Any, full: str, chrome: Any, enter: Any) -> None:
    """HTML, CSS and JS as gzip would send them; the daemon itself sends them as they are (docs/decisions.md)."""
    context = browser.new_context()
    watched = chrome.Watched(context.new_page(), full)
    enter(watched.page, full)
    watched.noted.clear()
    log: list[str] = []
    watched.page.on("request", lambda request: log.append(request.url))
    weights = {}
    with httpx.Client(cookies={one["name"]: one["value"] for one in context.cookies()}, timeout=90) as screens:
        for address in ("/articles", "/alerts", "/stories", "/"):
            log.clear()
            watched.look(address, dom=False)
            sizes = [len(gzip.compress(screens.get(one).content, 6)) for one in set(log) if "/events" not in one]
            weights[address] = sum(sizes)
    watched.look("/articles")
    rows = watched.page.locator("[data-id]").count()
    context.close()
    assert rows == 50 and watched.noted == []
    assert all(5_000 < weight <= MOST_COMPRESSED for weight in weights.values()), weights
