"""Gaps, delivery times and grey furniture on the screens."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.store import coverage
from monitor.store.coverage import Gap
from monitor.web.app import create_app

BOX = "Sign up here for the letter of the truce & the tide, sent every morning."


class Screens:
    """The screens of a desk, asked as a browser on this machine would."""

    def __init__(self, desk: Any) -> None:
        app = create_app(desk.store, lambda: desk.watch.config, lambda: "")
        self.door = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000))

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._get(path))

    async def _get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.door, base_url="http://127.0.0.1:8787") as client:
            return await client.get(path)


@pytest.fixture
def screens(desk: Any) -> Screens:
    return Screens(desk)


def test_a_source_shows_its_gaps(desk: Any, screens: Screens) -> None:
    with desk.store.write() as tx:
        gap = Gap(0, "wire", "wire.example", desk.now - timedelta(hours=2), desk.now, 20, 19, backfilled=3)
        coverage.add_gap(tx, gap)
    assert '<a class="bad" href="/sources/wire#gaps">1 gap</a>' in screens.get("/sources").text
    page = screens.get("/sources/wire").text
    assert "none of the 20 listed before was among the 19 listed after; 3 came later" in page
    shown = screens.get("/sources/wire.json").json()
    assert (shown["gaps"], shown["gap_list"][0]["backfilled"], shown["lag"]) == (1, 3, None)


def test_what_a_site_repeats_is_grey_and_never_struck(desk: Any, screens: Screens, article: str) -> None:
    parts = article.split("\n\n")
    for number in range(4):
        desk.tick(minutes=1)
        text = f"{parts[number]} It was day {number + 31} of the harbour strike, said witness {number + 71}."
        filed = desk.file(f"http://wire.example/{number}", f"Day {number + 31}", f"{text}\n\n{BOX}")
    page = screens.get(f"/articles/a{filed.article_id}").text
    assert (
        '<span class="soft">Sign up here for the letter of the truce &amp; the tide, sent every morning.</span>' in page
    )
    assert "<mark" in page and ">truce</mark>" not in page
