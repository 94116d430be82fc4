"""Texts that attack: every list of the shared material, and a small list of our own where that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from monitor.errors import DeliveryError
from monitor.model import Outcome, Rule
from monitor.model.reviews import Status, Subject
from monitor.pipeline import reviewing
from monitor.store import searches as saved
from monitor.urls import canonical
from monitor.watch import compile_watch

_UNFIT = r"[\x00-\x20\x7f-\xa0\u2028\u2029\u202e\[\]\\]"
OWN = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea></select></style></noscript><script>alert(1)</script>",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1) tabindex=1>x</a>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {% raw %}",
    "javascript:alert(1)//http://x",
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "]]><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    '=HYPERLINK("http://evil.example") +1 -1 @SUM(A1)',
    "[x](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "x\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>",
    "\u202e<img src=x onerror=alert(1)>\u2028\x0b",
)


def lists(shared: Path) -> list[str]:
    """Every line of every list under the shared folder, without doubles; our own where there is none."""
    hostile = shared / "data" / "hostile"
    if not hostile.is_dir():
        return list(OWN)
    found = [*OWN, *json.loads((hostile / "blns" / "blns.json").read_text(encoding="utf-8"))]
    for one in json.loads((hostile / "dompurify" / "payloads.json").read_text(encoding="utf-8")):
        found += [one["payload"], *([one["expected"]] if isinstance(one["expected"], str) else one["expected"])]
    found += json.loads((hostile / "generated" / "headlines.json").read_text(encoding="utf-8"))
    for folder in ("payloadsallthethings", "owasp-cheatsheets", "generated", "fuzz-dictionaries"):
        for file in sorted((hostile / folder).rglob("*")):
            if file.suffix in (".txt", ".fuzz", ".md", ".dict"):
                found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    texts = (str(one).replace("\x00", "")[:4000] for one in found)
    return [one for one in dict.fromkeys(texts) if one.strip()]


def sharp(attacks: list[str]) -> list[str]:
    """Those that could become markup, a script or an address of one."""
    return [one for one in attacks if re.search(r"[<>\"'&]|script:|data:", one, re.IGNORECASE)]


def packed(attacks: list[str], size: int) -> Iterator[str]:
    """The attacks joined to texts of about so many characters."""
    text = ""
    for one in attacks:
        if text and len(text) + len(one) > size:
            yield text
            text = ""
        text += one + " "
    yield text


def searches(attacks: list[str]) -> list[str]:
    """Addresses whose parameters attack."""
    found = [f"/articles?{urlencode({'q': one[:9900]}, errors='replace')}" for one in packed(attacks, 9000)]
    places = ("/articles", "/alerts", "/sources", "/articles/a1/diff", "/stories", "/rules", "/")
    names = [
        "source",
        "lang",
        "level",
        "since",
        "state",
        "id",
        "after",
        "as_of",
        "status",
        "next",
        "old",
        "side",
        "date",
        "sort",
        "facet",
        "rule",
    ]
    for number, name in enumerate(names):
        asked = urlencode({name: attacks[number * 7 % len(attacks)]}, errors="replace")
        found.append(f"{places[number % len(places)]}?{asked}")
    return found


def named(watch: Any, attacks: list[str]) -> Any:
    """The watch with attacks as its title and as names, sides and countries of sources, and as ids of rules."""
    names = list(packed(attacks, 2000))[:12]
    config = watch.config
    hostile = [
        replace(config.sources[0], id=f"odd{n}", name=name, side=name[:200], country=name[:90], legal=name[:400])
        for n, name in enumerate(names)
    ]
    rules = [Rule(attacks[n % len(attacks)][:300], "keeper OR lighthouse", ()) for n in range(8)]
    return compile_watch(
        replace(
            config,
            watch=config.watch.model_copy(update={"title": attacks[0]}),
            sources=(*config.sources, *hostile),
            rules=(*config.rules, *rules),
        )
    )


def _fitting(attack: str) -> str:
    """As much of an attack as an address can hold: what is too long when escaped is no address of the web."""
    return next(attack[:most] for most in (400, 200, 100, 0) if canonical(f"http://gull.example/?{attack[:most]}"))


def fill(desk: Any, attacks: list[str], size: int = 24_000) -> None:
    """File articles of which every field attacks, all on topic and hit by a rule, so that marks cut through them."""
    titles = list(packed(attacks, 600))
    for number, text in enumerate(packed(attacks, size)):
        attack = titles[number % len(titles)]
        body = "\n\n".join(f"{part} lighthouse keeper {number}" for part in re.split("(?<=[ >]) ", text) if part)
        # What is no address of the web is one and the same article to the archive.
        scheme = "javascript:alert(1)" if number == 0 else "http://gull.example"
        address = f"{scheme}/{number}/?{_fitting(re.sub(_UNFIT, '', attack))}"
        source = ("gull", "reef", *(f"odd{n}" for n in range(12)))[number % 14]
        desk.file(
            address,
            f"{attack} keeper",
            body,
            source=source,
            author=attack[:300],
            language=attack[:40],
            site=attack[:90],
        )
    # The last article is edited, so that there is a difference to look at.
    desk.file(address, f"{attack} keeper edited", body[: len(body) // 2] + OWN[1], source=source)
    desk.deliver(DeliveryError(attacks[1], permanent=True))
    desk.check("reef", Outcome.TIMEOUT, attacks[2])
    for number, status in ((1, Status.KEPT), (2, Status.DISMISSED), (3, Status.UNSURE)):
        reviewing.review(desk.store, [(Subject.ARTICLE, number)], status, attacks[3][:60], desk.now, attacks[4][:900])
    with desk.store.write() as tx:
        for number in range(6):
            asked = urlencode({"q": attacks[number], "source": attacks[number + 6]}, errors="replace")
            saved.keep(tx, attacks[number + 3][:80], asked, attacks[number][:60], desk.now)
