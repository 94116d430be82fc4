"""The tour of docs/tour.md: every task is done by the clicks and the command that it names."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import app

# A browser goes through every page: minutes on a machine with other work.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[3]
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
TOLD = runpy.run_path(str(ROOT / "tests" / "tour" / "tasks.py"))
TASKS = TOLD["TASKS"]
ARCHIVE = '\n[archive]\nurl = "sqlite:///archive.db"\n'


@pytest.fixture(scope="module")
def desk(new_desk: Any, seeded: Any) -> Any:
    return seeded(new_desk(extra=ARCHIVE), 3)


@pytest.fixture(scope="module")
def page(desk: Any, browser: Any, walk: Any, make_app: Any, enter: Any) -> Iterator[tuple[Any, str]]:
    with walk.serving(make_app(desk)) as root:
        context = browser.new_context()
        opened = context.new_page()
        opened.set_default_timeout(15_000)
        enter(opened, root)
        yield opened, root
        context.close()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_takes_three_clicks(page: Any, task: Any) -> None:
    opened, root = page
    opened.goto(root + "/")
    assert len(task.clicks) <= TOLD["MOST_CLICKS"]
    for click in task.clicks:
        link = opened.locator(click).first
        if task.shows or click != task.clicks[-1]:
            link.click()
            opened.wait_for_load_state()
        else:
            answer = opened.request.get(root + link.get_attribute("href"))
            assert answer.status == 200 and answer.text().startswith("# ")
    assert not task.shows or opened.locator(task.shows).first.is_visible()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_one_command(desk: Any, task: Any, tmp_path: Path) -> None:
    assert task.command in TOUR
    words = shlex.split(task.command)[1:]
    words = [str(tmp_path / word) if word.endswith(".md") else word for word in words]
    said = CliRunner().invoke(app, ["--config", str(desk.watch.config.file), *words])
    assert said.exit_code == 0, said.output


def test_the_tour_shows_what_is_there(desk: Any, walk: Any, make_app: Any) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", TOUR)
    assert len(pictures) == len(TASKS)
    sizes = [(ROOT / "docs" / one).stat().st_size for one in pictures]
    assert all(1_000 < size < 120_000 for size in sizes)
    paths = set(re.findall(r"`(/[a-z][^`\s]*)`", TOUR))
    routes = walk.shape
    assert paths and all("{" in routes(one)[0] or routes(one)[0] in walk.walked(desk) for one in paths)
