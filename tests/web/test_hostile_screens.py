"""Text that attacks: in every field that a screen shows it stays text."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from monitor.errors import DeliveryError
from monitor.model import Outcome
from monitor.store import sources

TAGS = """
a article b bdi body br button code datalist dd del desc details div dl dt em footer form g h1 h2 h3 head header html
img input ins kbd label li link main mark meta nav ol option p path pre q rect script search section select span summary
svg table tbody td text textarea th thead time title tr ul
"""
ATTRIBUTES = """
action alt aria-current aria-describedby aria-hidden aria-invalid aria-keyshortcuts aria-label aria-labelledby
autocapitalize autocomplete charset checked class cols colspan content d data-copy data-csrf data-id data-key
data-keys data-label data-newest data-status data-theme datetime defer dir for form formaction height hidden href id
lang list maxlength method name open placeholder preserveaspectratio rel required role rows scope selected size
spellcheck src tabindex title transform type value viewbox width x y
"""
OWN = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><script>alert(1)</script>",
    "</textarea><svg/onload=alert(1)>",
    "{{7*7}} ${7*7} {% raw %}",
    "javascript:alert(1)//http://x",
    '<!--<img src="--><img src=x onerror=alert(1)//">',
)


class Strict(HTMLParser):
    """Complains of everything that our templates do not write."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.odd: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = tag == "script" and str(dict(attrs).get("src")).startswith("/static/script.js?v=")
        if tag not in TAGS.split() or (tag == "script" and not own):
            self.odd.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES.split():
                self.odd.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction") and not (value or "").startswith(
                ("/", "#", "?", "http://", "https://")
            ):
                self.odd.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.odd.append(f"comment {data[:40]}")


def payloads(shared: Path) -> list[str]:
    hostile = shared / "data" / "hostile"
    found = [str(one) for one in json.loads((hostile / "blns" / "blns.json").read_text(encoding="utf-8"))]
    found += [
        json.dumps(one, ensure_ascii=False) for one in json.loads((hostile / "dompurify" / "payloads.json").read_text())
    ]
    for file in sorted((hostile / "payloadsallthethings" / "XSS Injection" / "Intruders").iterdir()):
        found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [one.replace("\x00", "") for one in found if one.strip()]


def look(screens: Any, addresses: list[str]) -> None:
    for address in addresses:
        answer = screens.get(address)
        assert answer.status_code in (200, 400), (address, answer.status_code)
        assert Strict(answer.text).odd == [], address


def test_attacks_in_titles_texts_and_errors_stay_text(
    desk: Any, open_screens: Callable[..., Any], shared: Path
) -> None:
    attacks = [*OWN, *payloads(shared)]
    assert len(attacks) > 3000
    size = 120
    for number, start in enumerate(range(0, len(attacks), size)):
        part = attacks[start : start + size]
        # Every article is on topic and hit by the rule, so that highlighting cuts through the attacks as well.
        text = "\n\n".join(f"{one} lighthouse keeper {one}" for one in part)
        desk.file(
            f"http://gull.example/{number}",
            f"{part[0][:300]} keeper",
            text,
            author=part[-1][:200],
            language=part[1][:40],
        )
    desk.deliver(DeliveryError(OWN[1], permanent=True))
    desk.check("reef", Outcome.TIMEOUT, OWN[0])
    screens = open_screens(desk)
    numbers = range(1, desk.filed + 1)
    look(
        screens, ["/", "/alerts", "/sources", "/sources/reef", "/articles?limit=1000", "/articles?limit=1000&q=keeper"]
    )
    look(screens, [f"/articles/a{number}" for number in numbers])
    look(screens, ["/stories?limit=1000", "/stories/s1/merge", *(f"/stories/s{number}" for number in (1, 2))])


def test_attacks_in_addresses_and_parameters_stay_text(
    desk: Any, open_screens: Callable[..., Any], shared: Path
) -> None:
    screens = open_screens(desk)
    for attack in (*OWN, *payloads(shared)[::40]):
        typed = quote(attack[:500], safe="")
        for place in (f"/articles?q={typed}", f"/articles?source={typed}", f"/articles?{typed}=1", f"/sources/{typed}"):
            answer = screens.get(place)
            assert answer.status_code in (200, 400, 404), place
            assert Strict(answer.text).odd == [], place


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,<script>1</script>", "\tjava\nscript:alert(1)"]
)
def test_no_link_leaves_but_to_the_web(desk: Any, open_screens: Callable[..., Any], address: str) -> None:
    desk.file(address, "Lighthouse", "A lighthouse was painted by 3 keepers in white and red on a Monday.")
    page = open_screens(desk).get("/articles/a1").text
    assert Strict(page).odd == []
    assert "Open the original" not in page


def test_a_hostile_source_name_stays_text(
    desk: Any, make_watch: Callable[[str], Any], open_screens: Callable[..., Any]
) -> None:
    name = json.dumps(OWN[1])
    extra = f'\n[[sources]]\nid = "odd"\nkind = "feed"\nurl = "http://odd.example/"\nname = {name}\n'
    desk.watch = make_watch(extra)
    with desk.store.write() as tx:
        sources.sync(tx, desk.watch.config.sources, desk.now)
    screens = open_screens(desk)
    look(screens, ["/articles", "/sources", "/sources/odd", "/help"])
    assert "&lt;img src=x onerror=alert(1)&gt;" in screens.get("/sources").text
