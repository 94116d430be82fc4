"""Texts that attack, before a real browser: no script runs and nothing else is asked, with our policy and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

# A browser goes through every page: minutes on a machine with other work.
pytestmark = pytest.mark.timeout(600)

SHARED = Path(__file__).resolve().parents[4] / "shared"


@pytest.fixture(scope="module")
def attacks(hostile: Any) -> list[str]:
    """A part of what could become markup; tests/fuzz/fuzz_screens.py takes the lists whole."""
    found = hostile.sharp(hostile.lists(SHARED))
    return found if len(found) < 100 else [*hostile.OWN, *found[::30]]


@pytest.fixture(scope="module")
def struck(new_desk: Any, hostile: Any, attacks: list[str]) -> Any:
    desk = new_desk(lambda watch: hostile.named(watch, attacks))
    hostile.fill(desk, attacks, 4000)
    return desk


@pytest.fixture(scope="module")
def app(struck: Any, make_app: Any) -> Any:
    return make_app(struck)


@pytest.fixture(scope="module")
def root(app: Any, walk: Any) -> Iterator[str]:
    with walk.serving(app) as served:
        yield served


@pytest.fixture(scope="module")
def screens(root: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=root, timeout=90) as opened:
        yield opened


@pytest.fixture(scope="module")
def addresses(struck: Any, screens: httpx.Client, walk: Any) -> list[str]:
    return walk.states(screens, walk.walked(struck))


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no-policy"])
def test_no_attack_runs_or_asks(
    struck: Any, app: Any, addresses: list[str], attacks: list[str], browser: Any, walk: Any, chrome: Any,
    hostile: Any, enter: Any, policy: bool,
) -> None:  # fmt: skip
    with walk.serving(app, (lambda one: one) if policy else chrome.without_policy) as root:
        context = browser.new_context()
        watched = chrome.Watched(context.new_page(), root)
        enter(watched.page, root)
        watched.noted.clear()
        every = [f"/articles/a{number}" for number in range(1, struck.filed + 1)]
        looked = list(dict.fromkeys([*walk.pages(addresses), *every, *hostile.searches(attacks)]))
        for address in looked:
            watched.look(address)
        context.close()
    assert len(looked) > 50 and watched.noted == []


def test_no_twin_breaks(screens: httpx.Client, addresses: list[str], walk: Any) -> None:
    data = [one for one in addresses if walk.is_data(one)]
    assert {one.partition("?")[0] for one in data} >= {"/articles.json", "/articles.csv", "/articles.rss", "/feed.atom"}
    for address in data:
        answer = screens.get(address)
        # A saved search that nobody can read is refused in words.
        assert answer.status_code in (200, 400, 404), (address, answer.text[:300])
        assert answer.status_code != 200 or walk.wrong_twin(address, answer) == "", address


def test_forms_take_attacks_as_text(screens: httpx.Client, addresses: list[str], attacks: list[str], walk: Any) -> None:
    session = walk.Session(screens, "word")
    forms = {}
    for address in walk.pages(addresses):
        for form in walk.forms(session.get(address).text):
            forms[form.action, tuple(name for name, _value, _typed in form.fields)] = form
    assert {action for action, _names in forms} >= {"/login", "/review", "/seen", "/settings"}
    for form in forms.values():
        for attack in (attacks[0], attacks[7], attacks[11]):
            answer = session.fill(form, attack)
            assert answer.status_code < 500, (form.action, answer.text[:300])


def test_a_hole_would_be_seen(app: Any, browser: Any, walk: Any, chrome: Any) -> None:
    with walk.serving(app, lambda one: chrome.without_policy(chrome.unescaped(one))) as root:
        context = browser.new_context()
        watched = chrome.Watched(context.new_page(), root)
        watched.look("/articles/a1")
        context.close()
    told = " ".join(watched.noted)
    assert "canary: alert" in told and ": odd <" in told and ": asks " in told
