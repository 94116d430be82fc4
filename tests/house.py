"""House rules that no linter has: file and function sizes, forbidden words. `make check` runs it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 50
CODE = ("monitor", "spiders", "alerts")
# Assembled so that this file does not break its own rule.
FORBIDDEN = (
    "TO" + "DO",
    "FIX" + "ME",
    "NotImplemented" + "Error",
    "pypi." + "org",
    "npm" + "js.",
    "python" + "hosted",
    "/wo" + "rk/",
)
READ = {".py", ".toml", ".md", ".yaml", ".service", ".html", ".css", ".txt", ".xml", ".svg", ".yml", ".sh", ""}
NAMES = {"utils", "helpers", "manager", "base"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def long_functions(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {lines} lines")
    return found


def complaints() -> list[str]:
    found: list[str] = []
    for path in tracked():
        if path.suffix not in READ or path.name == "LICENSE":
            continue
        name = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8")
        found += [f"{name}: contains {word!r}" for word in FORBIDDEN if word in text]
        if path.suffix != ".py":
            continue
        if len(text.splitlines()) > MOST_FILE_LINES:
            found.append(f"{name}: over {MOST_FILE_LINES} lines")
        if name.parts[0] in CODE:
            found += long_functions(path)
            if path.stem in NAMES:
                found.append(f"{name}: that name says nothing")
    return found


if __name__ == "__main__":
    problems = complaints()
    print("\n".join(problems), file=sys.stderr)
    sys.exit(1 if problems else 0)
