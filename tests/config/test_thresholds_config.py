"""[novelty] sets every threshold, over what watch.sensitivity gives."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from monitor.config import load
from monitor.config.sections import NoveltyConfig
from monitor.errors import ConfigError
from monitor.novelty import Thresholds, thresholds
from monitor.watch import limits_of


def limits(folder: Path, text: str) -> Thresholds:
    file = folder / "storywatch.toml"
    file.write_text(text, encoding="utf-8")
    return limits_of(load(file, {}, folder))


def test_every_threshold_has_its_key() -> None:
    keys = [info.alias or name for name, info in NoveltyConfig.model_fields.items()]
    assert keys == [one.name for one in fields(Thresholds)]


@pytest.mark.parametrize("sensitivity", ["calm", "normal", "eager"])
def test_sensitivity_moves_what_is_not_set(tmp_path: Path, sensitivity: str) -> None:
    watch = f"[watch]\nsensitivity = '{sensitivity}'\n"
    base = thresholds(sensitivity)
    assert limits(tmp_path, watch) == base
    assert limits(tmp_path, f"{watch}[novelty]\n") == base
    own = limits(tmp_path, f"{watch}[novelty]\ncopy = 0.9\nleftover = 7\nevent_days = 3\n")
    assert (own.copy, own.leftover, own.event_days) == (0.9, 7, 3.0)
    assert asdict(own) == asdict(base) | {"copy": 0.9, "leftover": 7, "event_days": 3.0}


@pytest.mark.parametrize("name", [one.name for one in fields(Thresholds)])
def test_what_is_written_wins(tmp_path: Path, name: str) -> None:
    written = 9 if name in {"facts", "leftover", "brief"} else 0.77
    assert (
        getattr(limits(tmp_path, f"[watch]\nsensitivity = 'eager'\n[novelty]\n{name} = {written}\n"), name) == written
    )


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("near = 0.5", "novelty.near", "unknown key"),
        ("sentense = 0.5", "novelty.sentense", "did you mean 'sentence'"),
        ("copy = 1.01", "novelty.copy", "at most 1"),
        ("event = -0.1", "novelty.event", "at least 0"),
        ("event = nan", "novelty.event", "not inf or nan"),
        ("newword = '0.2'", "novelty.newword", "must be a number without quotes"),
        ("newword = true", "novelty.newword", "must be a number without quotes"),
        ("facts = 0", "novelty.facts", "at least 1"),
        ("facts = 2.5", "novelty.facts", "whole number"),
        ("event_days = 400", "novelty.event_days", "at most 365"),
    ],
)
def test_a_threshold_that_cannot_be_is_told_with_its_line(tmp_path: Path, line: str, key: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        limits(tmp_path, f"[watch]\nid = 'x'\n\n[novelty]\n{line}\n")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (5, key)
    assert said in problem.message


def test_novelty_is_a_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"must be a table: \[novelty\]"):
        limits(tmp_path, "novelty = 1\n")
