"""Walls have names: labelled pages with real signatures, and pages that only look like trouble."""

from __future__ import annotations

import gzip
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.model import Fetch, Outcome
from spiders.blocks import Cause, cause
from spiders.extract import extract

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
PAGES = tomllib.loads((Path(__file__).parent / "pages/named.toml").read_text(encoding="utf-8"))["page"]
SHORT = (
    "Ferries between the two banks sail again after a week of storms, the port office said on Monday. "
    "The first boat left at noon with forty passengers, and night crossings follow from Friday."
)
STORY = "</p><p>".join(
    f"In the {nth} week of the talks, the envoys of both banks met in the customs house and agreed on lights, "
    f"tolls and {number} berths for the grain fleet, although neither side would say who pays for the dredging."
    for nth, number in (("first", 12), ("second", 30), ("third", 41), ("fourth", 8), ("fifth", 77), ("sixth", 5))
)
UKRAINIAN = "</p><p>".join(
    f"У {day} представники обох берегів домовилися про відкриття порту для {number} суден, однак жодна зі сторін "
    "не повідомила, хто заплатить за днопоглиблення та освітлення фарватеру взимку."
    for day, number in (("понеділок", 12), ("вівторок", 30), ("середу", 41), ("четвер", 8), ("пʼятницю", 9))
)
BY_STATUS = {403: Outcome.FORBIDDEN, 401: Outcome.UNAUTHORISED, 404: Outcome.NOT_FOUND, 429: Outcome.RATE_LIMITED}


def told(page: Any) -> tuple[Fetch, str]:
    """An exchange as the spiders would tell it, and what the extraction makes of its page."""
    words = {"{story}": STORY, "{short}": SHORT, "{ukrainian}": UKRAINIAN}
    body = page["body"]
    for mark, text in words.items():
        body = body.replace(mark, text)
    status, url = page.get("status", 200), "https://gulf.example/world/2026/port-deal-near"
    outcome = BY_STATUS.get(status) or (Outcome.OK if status < 300 else Outcome.REDIRECTS)
    if status >= 400 and status not in BY_STATUS:
        outcome = Outcome.SERVER_ERROR if status >= 500 else Outcome.CLIENT_ERROR
    if page.get("kind") == "feed" and outcome is Outcome.OK:
        outcome = Outcome.NOT_A_FEED
    headers = {"content-type": "text/html", **page.get("headers", {})}
    final = page.get("final", url)
    fetch = Fetch(url, outcome, NOW, 0.1, status, final, headers=headers, body=body.encode())
    return fetch, read(fetch) if outcome is Outcome.OK else ""


def read(fetch: Fetch) -> str:
    try:
        return extract(fetch.body, fetch.final_url, NOW, content_type="text/html").text
    except ParseError:
        return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["name"])
def test_named_right(page: Any) -> None:
    fetch, text = told(page)
    found = cause(fetch, text)
    assert (found.outcome if found else fetch.outcome).value == page["outcome"], found
    assert found is None or found.evidence.strip()


def test_there_are_enough_pages_of_each_kind() -> None:
    bad = [page for page in PAGES if page["outcome"] != "ok"]
    assert len(bad) >= 100 and len(PAGES) - len(bad) >= 30


def test_no_false_alarm_on_real_articles(shared: Path) -> None:
    """The alarms that remain are true: pages that say they are closed, and people saw a teaser, too."""
    pages = sorted((shared / "data/articles/html").iterdir())
    seen = json.loads((shared / "data/articles/ground-truth.json").read_text(encoding="utf-8"))
    alarms: dict[str, Cause] = {}
    for file in pages:
        raw = file.read_bytes()
        body = gzip.decompress(raw)
        url = "https://gulf.example/world/2026/port-deal-near"
        fetch = Fetch(url, Outcome.OK, NOW, 0.1, 200, url, headers={"content-type": "text/html"}, body=body)
        gold = seen[file.name.removesuffix(".html.gz")]["articleBody"]
        if (found := cause(fetch, read(fetch))) and not (found.outcome is Outcome.PAYWALL and len(gold) < 600):
            alarms[file.name] = found
    assert len(pages) > 150 and alarms == {}


def test_hostile_markup_costs_no_time() -> None:
    for unit in (
        b"<script",
        b"<input type=",
        b"<title",
        b"we value your privacy ",
        b"you don't have permission to access ",
    ):
        body = unit * (400_000 // len(unit))
        fetch = Fetch("https://gulf.example/a/b", Outcome.FORBIDDEN, NOW, 0.1, 403, "", headers={}, body=body)
        began = process_time()
        cause(fetch, "")
        # Seconds of CPU, and far above what it takes: minutes are what a pattern that blows up needs.
        assert process_time() - began < 15
