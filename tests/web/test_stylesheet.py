"""The stylesheet: small, without anything from elsewhere, readable in both schemes."""

from __future__ import annotations

import re

from monitor.web.screens import STYLE

SHEET = STYLE.decode()
TEXT = (
    ("ink", "paper"),
    ("ink", "calm"),
    ("soft", "paper"),
    ("soft", "card"),
    ("soft", "calm"),
    ("link", "paper"),
    ("link", "card"),
    ("link", "bad2"),
    ("mark2", "mark"),
    ("good", "good2"),
    ("good", "paper"),
    ("wait", "wait2"),
    ("bad", "bad2"),
    ("bad", "calm"),
    ("bad", "paper"),
)
MARKS = (("edge", "card"), ("edge", "paper"), ("fresh", "paper"), ("link", "paper"))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_is_small_and_asks_for_nothing() -> None:
    assert len(STYLE) <= 10_240
    assert "url(" not in SHEET and "@import" not in SHEET


def test_contrast_in_both_schemes() -> None:
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")
    for scheme in (light, dark.partition("\n}\n")[0]):
        colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]+)", scheme))
        for pairs, least in ((TEXT, 4.5), (MARKS, 3.0)):
            for ink, ground in pairs:
                assert contrast(colours[ink], colours[ground]) >= least, (ink, ground)
