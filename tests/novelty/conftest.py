"""Fixtures of the novelty room: making documents known, and the generated edits."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from monitor.model import Document, Judgement, Known, Origin
from monitor.novelty import Thresholds, judge, sketch

EDITS = Path(__file__).with_name("edits.py")
Judge = Callable[..., Judgement]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `case` every generated edit."""
    if "case" in metafunc.fixturenames:
        cases = runpy.run_path(str(EDITS))["cases"]()
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


@pytest.fixture(scope="session")
def edits() -> dict[str, object]:
    """The names of edits.py."""
    return runpy.run_path(str(EDITS))


@pytest.fixture(scope="session")
def known() -> Callable[..., Known]:
    """Make a known version of a title and a text."""

    def make(title: str, text: str, number: int = 1) -> Known:
        document = Document(f"https://example.org/{number}", title, text)
        return Known(number, number, title, text, document.url, "desk", Origin.FETCHED, sketch=sketch(document))

    return make


@pytest.fixture(scope="session")
def judged(known: Callable[..., Known]) -> Judge:
    """Judge a title and a text against known (title, text) pairs."""

    def run(title: str, text: str, told: Sequence[tuple[str, str]], limits: Thresholds | None = None) -> Judgement:
        document = Document("https://example.org/new", title, text)
        versions = [known(*story, number) for number, story in enumerate(told, 1)]
        return judge(document, sketch(document), versions, limits or Thresholds())

    return run
