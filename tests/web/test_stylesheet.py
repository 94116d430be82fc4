"""The stylesheet: small, without anything from elsewhere, readable in both schemes."""

from __future__ import annotations

import re

from monitor.web.screens import SCRIPT, STYLE

SHEET = STYLE.decode()
TEXT = (
    ("ink", "paper"),
    ("ink", "calm"),
    ("soft", "paper"),
    ("soft", "card"),
    ("soft", "calm"),
    ("link", "paper"),
    ("link", "card"),
    ("mark2", "mark"),
    ("good", "paper"),
    ("bad", "calm"),
    ("wait", "paper"),
    ("bad", "paper"),
    ("paper", "ink"),
    # What is written in the parts of a coverage bar.
    *(("card", side) for side in ("ua", "ru", "free", "west", "ink", "soft")),
)
MARKS = (
    ("edge", "card"),
    ("edge", "paper"),
    ("fresh", "paper"),
    ("link", "paper"),
    *((side, ground) for side in ("ua", "ru", "free", "west", "ink", "soft") for ground in ("paper", "card")),
)


def channels(colour: str) -> list[float]:
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    return [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]


def mixed(one: str, other: str, share: float) -> str:
    """What `color-mix(in srgb, one share, other)` shows."""
    parts = zip(channels(one), channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (share * a + (1 - share) * b)):02x}" for a, b in parts)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = channels(colour)
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_is_small_and_asks_for_nothing() -> None:
    assert len(STYLE) <= 12_288
    assert "url(" not in SHEET and "@import" not in SHEET


def test_contrast_in_both_schemes() -> None:
    pairs = re.findall(r"--([a-z0-9]+):light-dark\((#[0-9a-f]+),(#[0-9a-f]+)\)", SHEET)
    assert len(pairs) > 12
    for scheme in (1, 2):
        colours = {found[0]: found[scheme] for found in pairs}
        # What `color-mix` makes of them: the ground of a tag, and of a banner.
        for ink in ("soft", "good", "wait", "bad"):
            assert contrast(colours[ink], mixed(colours[ink], colours["card"], 0.12)) >= 4.5, (scheme, ink)
        for ink in ("bad", "link", "ink"):
            assert contrast(colours[ink], mixed(colours["bad"], colours["paper"], 0.10)) >= 4.5, (scheme, ink)
        for wanted, least in ((TEXT, 4.5), (MARKS, 3.0)):
            for ink, ground in wanted:
                assert contrast(colours[ink], colours[ground]) >= least, (ink, ground)


def test_the_script_is_small_and_writes_no_markup() -> None:
    script = SCRIPT.decode()
    assert len(SCRIPT) <= 6_000
    for word in ("innerHTML", "insertAdjacent", "eval", "document.write", "http:", "https:"):
        assert word not in script
