"""`storywatch diff`: what an outlet changed, for people and for scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_an_article_that_was_not_edited(run: Run, filled: Path) -> None:
    said = run("diff", "a1")
    assert said.code == 2 and "a1 has one version" in said.err


def test_versions_can_be_named(run: Run, filled: Path) -> None:
    told = run("diff", "a1", "1", "1", "--json").json
    assert told["changes"] == [] and told["material"] is False
    said = run("diff", "a1", "1", "1")
    assert said.code == 0 and "version 1 (" in said.out and "Nothing was changed" in said.out


def test_what_is_not_there(run: Run, filled: Path) -> None:
    assert run("diff", "a77").code == 2
    assert run("diff", "a1", "1", "9").code == 2
