"""`review` in the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_saying_telling_and_taking_back(run: Any, filled: Path) -> None:
    assert run("review", "s1").out == "s1 is new\n"
    said = run("review", "s1", "a2", "dismissed", "--note", "old news", "--by", "Ann")
    assert (said.code, said.out) == (0, "s1 is dismissed\na2 is dismissed\n")
    told = run("review", "s1").out.splitlines()
    assert told[0] == "s1 is dismissed" and told[1].endswith("Ann: dismissed: old news")
    row = run("review", "s1", "--json").json["rows"][0]
    assert (row["status"], row["note"], row["who"], row["log"][0]["id"]) == ("dismissed", "old news", "Ann", "r1")
    assert run("review", "s1", "--undo", "--by", "Bea", "--json").json == {"reviewed": [{"id": "s1", "status": "new"}]}
    assert run("review", "a2").out.startswith("a2 is dismissed")
    assert run("review", "s1").out.splitlines()[-1].endswith("Bea: took it back")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["s99", "kept"], "there is no story s99"),
        (["s99"], "there is no story s99"),
        (["x1", "kept"], "no story or article"),
        (["kept"], "write `review"),
        (["s1", "good"], "no story or article"),
        (["s1", "kept", "--undo"], "write `review"),
        (["s1", "--note", "x"], "write `review"),
        (["s1", "--undo"], "nothing to undo"),
    ],
)
def test_what_is_not_understood(run: Any, filled: Path, words: list[str], said: str) -> None:
    answer = run("review", *words)
    assert (answer.code, answer.out) == (2, "") and said in answer.err
