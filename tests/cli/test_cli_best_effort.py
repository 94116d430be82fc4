"""`alerts list` names the channels whose messages may repeat, and `alerts test` sends through them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.newsroom.loopback import Loopback, Reply, Request

pytest.importorskip("apprise", reason="the extra apprise is not installed")


def test_apprise_is_named_best_effort(run: Any, filled: Path) -> None:
    assert "best effort" not in run("alerts", "list").err
    got: list[dict[str, str]] = []

    def answer(request: Request) -> Reply:
        got.append(json.loads(request.body))
        return Reply(200, b"ok")

    server = Loopback(answer)
    try:
        (filled / "url").write_text(f"json://127.0.0.1:{server.port}/in", encoding="utf-8")
        file = filled / "storywatch.toml"
        text = file.read_text(encoding="utf-8")
        apprise = f'kind = "apprise"\nurl = "file:{filled}/url"'
        file.write_text(text.replace('kind = "console"', apprise), encoding="utf-8")
        listed, tested = run("alerts", "list", "--json"), run("alerts", "test", "terminal")
    finally:
        server.stop()
    assert "terminal is best effort: may repeat" in listed.err and listed.json["rows"]
    assert tested.code == 0 and "JSON took it; best effort: may repeat" in tested.out
    assert len(got) == 1 and got[0]["title"]
