"""The script in a real browser: keys, changes in place, the count of what is new; and none of it where it is off."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn

from monitor.config import Secret
from monitor.inquiry.reviews import standing
from monitor.model.reviews import Subject
from monitor.web.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="SKIPPED LOUDLY: no chromium to try the script in")
LINES = (
    "The lighthouse of Cape Morren went dark after its last keeper, Odile Farr, left the island on Tuesday.",
    "A storm took 3 boats off the lighthouse of Tarn, and divers from Brask look for the cable, said Ole Vik.",
    "Nobody lit the lamp of the lighthouse of Skell on 4 May, when 12 ships waited for the pilot in the fog.",
)
ATTACK = "<img src=x onerror=console.error(1)> lighthouse keeper"


@pytest.fixture
def served(desk: Any) -> Iterator[str]:
    config = replace(desk.watch.config, login=Secret("word", "file:x"))
    desk.watch = replace(desk.watch, config=config)
    for number, line in enumerate(LINES, 1):
        desk.file(f"http://gull.example/{number}", f"Lighthouse {number}", line)
    app = create_app(desk.store, lambda: desk.watch.config, lambda: "")
    app.state.events.look = 0.1
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    app.state.events.stopping = lambda: True
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(served: str) -> Iterator[Any]:
    """A page of a browser, logged in as Ann; what its console said is in `page.said`."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="SKIPPED LOUDLY: no playwright to drive a browser")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        found = browser.new_page(base_url=served)
        found.said = []
        found.on("pageerror", lambda error: found.said.append(str(error)))
        found.on("console", lambda message: found.said.append(message.text))
        found.goto("/login?next=/articles")
        found.fill("input[name=name]", "Ann")
        found.fill("input[name=password]", "word")
        found.click("button")
        found.wait_for_url("**/articles")
        found.wait_for_load_state()
        found.said.clear()
        yield found
        browser.close()


def stands(desk: Any, ident: str) -> str:
    with desk.store.read() as tx:
        subject = Subject.STORY if ident[0] == "s" else Subject.ARTICLE
        return str(standing(tx, subject, int(ident[1:]))["status"])


def focused(page: Any) -> Any:
    return page.evaluate("document.activeElement.closest('[data-id]')?.dataset.id")


def press(page: Any, keys: str, said: str = "") -> None:
    for key in keys.split():
        page.keyboard.press(key)
    if said:
        page.wait_for_function("said => document.querySelector('#said').textContent.startsWith(said)", arg=said)


def test_a_list_is_reviewed_by_keys(page: Any, desk: Any) -> None:
    press(page, "j j")
    assert focused(page) == "a2"
    press(page, "k")
    assert focused(page) == "a3"
    press(page, "e", "a3: kept.")
    assert (stands(desk, "a3"), focused(page)) == ("kept", "a2")
    assert page.inner_text("[data-id=a3] .status") == "kept"
    press(page, "x", "a2: dismissed")
    press(page, "u", "a1: unsure.")
    press(page, "z", "a1: undone, new again.")
    assert [stands(desk, one) for one in ("a3", "a2", "a1")] == ["kept", "dismissed", "new"]
    press(page, "A", "a1: marked as seen.")
    page.click("#said button")
    press(page, "", "a1: undone")
    assert stands(desk, "a1") == "new" and page.said == []


def test_forms_act_in_place(page: Any, desk: Any) -> None:
    page.check("[data-id=a1] input")
    page.check("[data-id=a2] input")
    page.click("#review button[value=kept]")
    press(page, "", "2 rows: kept.")
    assert stands(desk, "a1") == stands(desk, "a2") == "kept" and not page.is_checked("[data-id=a1] input")
    assert page.url.endswith("/articles")


def test_one_article_by_keys(page: Any, desk: Any) -> None:
    page.goto("/articles/a1")
    press(page, "x", "a1: dismissed")
    assert stands(desk, "a1") == "dismissed"
    press(page, "]")
    assert page.evaluate("document.activeElement.id") == "hit-1"
    press(page, "g s")
    page.wait_for_url("**/stories")
    page.goto("/articles")
    press(page, "j o")
    page.wait_for_url("**/articles/a3")


def test_the_way_through_a_list_by_keys(page: Any, desk: Any) -> None:
    for boats in (5, 6):
        desk.file("http://gull.example/2", "Lighthouse 2", LINES[1].replace("3 boats", f"{boats} boats"))
    page.goto("/articles?q=lighthouse")
    press(page, "f")
    assert page.locator("details.facets").evaluate("one => one.open")
    press(page, "Escape")
    assert not page.locator("details.facets").evaluate("one => one.open")
    press(page, "j o")
    page.wait_for_url("**/articles/a3?list=q%3Dlighthouse")
    press(page, "j")
    page.wait_for_url("**/articles/a2?list=q%3Dlighthouse")
    press(page, "d")
    page.wait_for_url("**/articles/a2/diff?old=2&new=3")
    assert page.inner_text("ul.plain del") == "5"
    press(page, "[")
    page.wait_for_url("**/articles/a2/diff?old=1&new=2")
    press(page, "[ ]")
    page.wait_for_url("**/articles/a2/diff?old=2&new=3")
    page.goto("/articles/a2?list=q%3Dlighthouse")
    press(page, "k")
    page.wait_for_url("**/articles/a3?list=q%3Dlighthouse")
    press(page, "k")
    assert page.url.endswith("/articles/a3?list=q%3Dlighthouse") and page.said == []


def test_what_is_cited_is_copied(page: Any) -> None:
    page.goto("/articles/a1")
    page.click("summary:text-is('Cite')")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-copy=cite-1]")
    press(page, "", "Copied.")
    assert "“Lighthouse 1”" in page.evaluate("navigator.clipboard.readText()")
    press(page, "Escape")
    assert page.inner_text("#said") == "" and page.said == []


def test_keys_are_letters_where_somebody_types_or_switched_them_off(page: Any, desk: Any) -> None:
    press(page, "j")
    page.focus("input[name=q]")
    page.keyboard.type("xeuzA?")
    assert page.input_value("input[name=q]") == "xeuzA?"
    press(page, "Escape j Control+x")
    page.select_option("select[name=keys]", "off")
    page.click(".settings button")
    page.wait_for_load_state()
    press(page, "j e x u A g t")
    page.wait_for_timeout(500)
    assert [stands(desk, one) for one in ("a1", "a2", "a3")] == ["new"] * 3 and page.url.endswith("/articles")


def test_what_is_new_is_counted_and_nothing_moves(page: Any, desk: Any) -> None:
    before = page.locator("[data-id]").count()
    assert page.is_hidden("#news")
    desk.file("http://gull.example/9", ATTACK, "A lighthouse was painted by 3 men in white on a Monday in the rain.")
    page.wait_for_selector("#news:not([hidden])")
    assert page.inner_text("#news") == "1 new: show" and page.locator("[data-id]").count() == before
    page.click("#news a")
    page.wait_for_selector("[data-id=a4]")
    assert page.said == []


def test_without_a_login_the_keys_say_so(page: Any, desk: Any) -> None:
    page.click(".state button")
    page.wait_for_load_state()
    press(page, "j e", "Log in to review.")
    assert stands(desk, "a3") == "new"


def test_an_archive_that_is_gone_is_told(page: Any, desk: Any, served: str) -> None:
    page.context.set_offline(True)
    press(page, "j e", "Storywatch does not answer")
    page.context.set_offline(False)
    press(page, "e", "a3: kept.")
