"""The key locator: a table of TOML forms, and every path of generated documents."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.locator import Path, line_of, locate

FORMS = [
    ("a = 1", ("a",), 1),
    ("\n# note\n a = 1 # a = 2", ("a",), 3),
    ("[t]\n\nkey = 1", ("t", "key"), 3),
    ("[t.u]\nkey = 1", ("t", "u", "key"), 2),
    ("[ t . 'u' ]\nkey = 1", ("t", "u", "key"), 2),
    ("a.b.c = 1", ("a", "b", "c"), 1),
    ("a.b.c = 1", ("a", "b"), 1),
    ('"a.b" = 1\nc = 2', ("a.b",), 1),
    ('"q\\"x" = 1\nc = 2', ("c",), 2),
    ("[[r]]\nid = 1\n[[r]]\nid = 2", ("r", 1, "id"), 4),
    ("[[r]]\nid = 1\n[[r]]\nid = 2", ("r", 1), 3),
    ("[[r]]\n[[r.s]]\nx = 1\n[[r.s]]\nx = 2\n[[r]]\n[[r.s]]\nx = 3", ("r", 0, "s", 1, "x"), 5),
    ("[[r]]\n[[r.s]]\nx = 1\n[[r.s]]\nx = 2\n[[r]]\n[[r.s]]\nx = 3", ("r", 1, "s", 0, "x"), 8),
    ("[[r]]\n[r.t]\nx = 1", ("r", 0, "t", "x"), 3),
    ("a = { b = 1, c = { d = 2 } }\ne = 3", ("a", "c", "d"), 1),
    ("a = [\n  1, # one ]\n  2,\n]\nb = 1", ("a", 1), 3),
    ("a = [\n  1, # one ]\n  2,\n]\nb = 1", ("b",), 5),
    ("a = [ { x = 1 },\n { x = 2 } ]", ("a", 1, "x"), 2),
    ("a = [['p', 'q'], [\n'r']]", ("a", 1, 0), 2),
    ('a = """\nb = 1\n"""\nc = 1', ("c",), 4),
    ('a = """x\\""" y = 2"""\nc = 1', ("c",), 2),
    ('a = """x"""""\nc = 1', ("c",), 2),
    ('a = """"""\nc = 1', ("c",), 2),
    ("a = '''\n'quoted' # ]\n'''\nc = 1", ("c",), 4),
    ("a = '''x'''''\nc = 1", ("c",), 2),
    ("a = 'C:\\'\nc = 1", ("c",), 2),
    ('a = "#[="\nc = 1', ("c",), 2),
    ("a = 2026-01-02T03:04:05Z\nc = 1", ("c",), 2),
    ("a = 2026-01-02 03:04:05\r\nc = -1.5e3", ("c",), 2),
    ("a = inf\nc = true", ("c",), 2),
]


@pytest.mark.parametrize(("text", "path", "line"), FORMS)
def test_every_form_of_key_is_found_on_its_line(text: str, path: Path, line: int) -> None:
    tomllib.loads(text)
    assert locate(text)[path] == line


def test_a_missing_key_is_told_at_the_nearest_table() -> None:
    lines = locate("a = 1\n[[r]]\nid = 1\n\n[[r]]\nid = 2")
    assert line_of(lines, ("r", 1, "url")) == 5
    assert line_of(lines, ("nowhere",)) == 0


words = st.text(st.sampled_from("ab_.\"'é #[]={}"), min_size=1, max_size=6)
leaves = st.one_of(st.integers(), st.booleans(), st.text(st.sampled_from("ab\"'\\\n#]}[{=,é"), max_size=12))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.dictionaries(words, values, max_size=5), st.lists(st.dictionaries(words, values, max_size=3), max_size=3))
def test_every_path_of_any_document_is_on_the_line_it_was_written(top: dict[str, Any], rows: list[Any]) -> None:
    lines: list[str] = []
    expected: dict[Path, int] = {}
    for key, value in top.items():
        lines += ["# = [", f"{_quoted(key)} = {_written(value)}"]
        expected |= dict.fromkeys(_paths((key,), value), len(lines))
    table = "rows" if "rows" not in top else "rows2"
    for index, row in enumerate(rows):
        lines += ["", f"[[{table}]]"]
        expected[(table, index)] = len(lines)
        for key, value in row.items():
            lines.append(f"{_quoted(key)} = {_written(value)}")
            expected |= dict.fromkeys(_paths((table, index, key), value), len(lines))
    text = "\n".join(lines)
    tomllib.loads(text)
    assert locate(text) == ({(table,): expected[(table, 0)]} if rows else {}) | expected


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)} = {_written(one)}" for key, one in value.items()) + "}"
    return str(value)


def _paths(path: Path, value: Any) -> Iterator[Path]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths((*path, key), inner)
