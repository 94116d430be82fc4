"""The screens without a script, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.inquiry.reviews import standing
from monitor.model.reviews import Subject

# A browser goes through every page: minutes on a machine with other work.
pytestmark = pytest.mark.timeout(600)

_FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { what: e.outerHTML.slice(0, 90), body: e === document.body, seen, wide: box.width, high: box.height };
}"""
_REACHABLE = """() => [
  ...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")
].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0
    && !e.closest("svg")).length"""
_LINKS_IN_PICTURES = "() => document.querySelectorAll('svg a[href]').length"


@pytest.fixture(scope="module")
def desk(new_desk: Any, seeded: Any) -> Any:
    return seeded(new_desk(), 60)


@pytest.fixture(scope="module")
def root(desk: Any, walk: Any, make_app: Any) -> Iterator[str]:
    with walk.serving(make_app(desk)) as served:
        yield served


@pytest.fixture(scope="module")
def session(browser: Any, root: str, enter: Any) -> Any:
    """What a browser keeps of somebody who logged in; too many logins in a minute would be refused."""
    context = browser.new_context()
    enter(context.new_page(), root)
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def plain(browser: Any, session: Any) -> Iterator[Any]:
    """A page where no script runs, logged in."""
    context = browser.new_context(java_script_enabled=False, storage_state=session)
    yield context.new_page()
    context.close()


def stands(desk: Any, ident: str) -> str:
    with desk.store.read() as tx:
        return str(standing(tx, Subject.ARTICLE, int(ident[1:]))["status"])


def test_search_and_paging_work_without_a_script(plain: Any, root: str) -> None:
    plain.goto(root + "/")
    plain.fill("header input[name=q]", "divers")
    plain.click("header search button")
    assert "q=divers" in plain.url and plain.locator("[data-id] mark").count() > 0
    plain.goto(root + "/articles")
    first = plain.locator("[data-id]").first.get_attribute("data-id")
    plain.click("a[rel=next]")
    assert plain.locator("[data-id]").count() > 5
    assert plain.locator("[data-id]").first.get_attribute("data-id") != first


def test_triage_works_without_a_script(plain: Any, root: str, desk: Any) -> None:
    plain.goto(root + "/articles")
    rows = [plain.locator("[data-id]").nth(n).get_attribute("data-id") for n in (0, 2)]
    for row in rows:
        plain.check(f"[data-id={row}] input[type=checkbox]")
    plain.click("#review button[value=dismissed]")
    assert [stands(desk, row) for row in rows] == ["dismissed", "dismissed"]
    assert "2 rows" in plain.inner_text("#said")
    plain.click("#said button")
    assert [stands(desk, row) for row in rows] == ["new", "new"]
    plain.goto(f"{root}/articles/{rows[0]}")
    plain.click("main button[value=kept]")
    assert stands(desk, rows[0]) == "kept"


@pytest.mark.parametrize(
    "address", ["/", "/stories?limit=3", "/articles?limit=3", "/articles/a1", "/alerts?limit=3", "/rules/new"]
)
def test_tab_reaches_every_control_and_shows_where_it_is(browser: Any, root: str, session: Any, address: str) -> None:
    context = browser.new_context(storage_state=session)
    page = context.new_page()
    page.goto(root + address)
    wanted, pictured = page.evaluate(_REACHABLE), page.evaluate(_LINKS_IN_PICTURES)
    reached: list[Any] = []
    for _ in range(wanted + pictured + 5):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if found["body"]:
            break
        reached.append(found)
    context.close()
    assert "Skip to the content" in reached[0]["what"] and reached[0]["high"] > 10
    assert len(reached) >= wanted
    assert [one["what"] for one in reached if not one["seen"]] == []


def test_the_skip_link_skips(browser: Any, root: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(root + "/articles")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    context.close()
