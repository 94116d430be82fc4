"""Chromium before the whole of the screens, and the modules beside this file."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.config import Secret
from monitor.model.reviews import Status, Subject
from monitor.pipeline import reviewing
from monitor.store import open_store, searches
from monitor.web.app import create_app

HERE = Path(__file__).parent


def beside(name: str) -> Any:
    return SimpleNamespace(**runpy.run_path(str(HERE / name)))


WALK, CHROME, HOSTILE, DESKS = (beside(one) for one in ("walk.py", "chromium.py", "hostile.py", "../conftest.py"))


@pytest.fixture(scope="session")
def walk() -> Any:
    return WALK


@pytest.fixture(scope="session")
def chrome() -> Any:
    return CHROME


@pytest.fixture(scope="session")
def hostile() -> Any:
    return HOSTILE


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROME.CHROMIUM is None:
        pytest.skip("SKIPPED LOUDLY: no chromium; `apt-get install chromium` lets this test look at the screens")
    pytest.importorskip("playwright.sync_api", reason="SKIPPED LOUDLY: no playwright to drive a browser")
    with CHROME.browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def new_desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Callable[..., Any]]:
    """Makes desks with an archive of their own, where people can log in; `change` alters the watch."""
    opened = []

    def make(change: Callable[[Any], Any] = lambda watch: watch, extra: str = "") -> Any:
        folder = tmp_path_factory.mktemp("desk")
        store = open_store(f"sqlite:///{shutil.copy(sqlite_template, folder / 'archive.db')}", synchronous="OFF")
        opened.append(store)
        watch = change(DESKS._watch(folder, extra))
        watch = replace(watch, config=replace(watch.config, login=Secret("word", "file:x")))
        return DESKS._desk(store, watch)

    yield make
    for store in opened:
        store.close()


def screens_of(desk: Any) -> Any:
    """The desk's screens as an application; the stream of events ends at once."""
    app = create_app(desk.store, lambda: desk.watch.config, lambda: "")
    app.state.events.longest = 0.0
    return app


@pytest.fixture(scope="session")
def make_app() -> Callable[[Any], Any]:
    return screens_of


def log_in(page: Any, root: str) -> None:
    page.goto(root + "/login")
    page.fill("input[name=name]", "Ann")
    page.fill("input[name=password]", "word")
    page.click("button")
    page.wait_for_url(root + "/")
    page.wait_for_load_state()


@pytest.fixture(scope="session")
def enter() -> Callable[[Any, str], None]:
    """Logs a page of the browser in."""
    return log_in


LINES = (
    "The lighthouse keeper of Cape {name} saw {number} ships wait for the pilot in the fog on {number} May.",
    "Skippers of {name} told the coast radio that {number} nets were lost near the lighthouse, said keeper Farr.",
    "The county of {name} pays {number} crowns for a lamp on batteries at the lighthouse until a keeper is found.",
)


def seed(desk: Any, more: int) -> Any:
    """The archive of the other tests of screens, with `more` articles, and verdicts of people."""
    DESKS._fill(desk)
    for number in range(more):
        name = "".join(chr(97 + int(digit)) * 2 for digit in f"{number * 7919:05d}").capitalize()
        line = LINES[number % 3].format(name=name, number=number + 20)
        source = ("gull", "reef")[number % 2]
        desk.file(f"http://{source}.example/more/{number}", f"{name}: a lighthouse, {number + 20} ships", line, source)
    desk.deliver()
    for number, status in ((1, Status.KEPT), (2, Status.DISMISSED), (3, Status.UNSURE)):
        reviewing.review(desk.store, [(Subject.ARTICLE, number)], status, "Ann", desk.now, "a note")
    reviewing.review(desk.store, [(Subject.STORY, 1)], Status.KEPT, "Ann", desk.now, "")
    with desk.store.write() as tx:
        searches.keep(tx, "Divers", "q=divers&source=reef", "Ann", desk.now)
    return desk


@pytest.fixture(scope="session")
def seeded() -> Callable[[Any, int], Any]:
    return seed
