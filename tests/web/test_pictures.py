"""Pictures: what they say, what they draw, what they link, and that they are small."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from monitor.inquiry.sides import in_order, parts, side_of
from monitor.model import Source
from monitor.web.pictures import Bar, Dot, Report, carried, coverage, dots, numbers, sparkline, stacked
from monitor.web.pictures.frame import linked

HOSTILE = "</title><script>alert(1)</script>\" onload='x' <b>&amp;"
NOON = datetime(2025, 3, 18, 12, tzinfo=UTC)


def read(picture: str) -> ElementTree.Element:
    """The picture as the one tree that a browser makes of it."""
    return ElementTree.fromstring(f"<div>{picture}</div>")


def drawn(picture: str, kind: str) -> list[str]:
    """The paths of a class."""
    return [one.get("d") or "" for one in read(picture).iter("path") if kind in (one.get("class") or "").split()]


def test_a_sparkline_to_the_letter() -> None:
    assert sparkline("s1", [0, 4, None, 1], says="5 articles", detail="most at 13:00") == (
        '<svg class="spark" viewBox="0 0 4 20" preserveAspectRatio="none" role="img" aria-labelledby="s1-t s1-d">'
        '<title id="s1-t">5 articles</title><desc id="s1-d">most at 13:00</desc>'
        '<path class="gap" d="M2 0h1v20h-1z"/>'
        '<g transform="translate(.5)"><path class="column" d="M1 20V0M3 20V15"/></g>'
        '<path class="ground" d="M0 20h4"/></svg>'
    )


@pytest.mark.parametrize(
    ("values", "columns", "gaps"),
    [([], "", ""), ([0, 0], "", ""), ([7], "M0 20V0", ""), ([None], "", "M0 0h1v20h-1z"), ([1, 900], "M0 20V19", "")],
)
def test_nothing_one_and_the_hardly_visible(values: list[int | None], columns: str, gaps: str) -> None:
    picture = sparkline("s", values, says="x")
    assert "".join(drawn(picture, "column")).startswith(columns) and bool(columns) == bool(drawn(picture, "column"))
    assert "".join(drawn(picture, "gap")) == gaps


def test_bars_are_stacked_from_the_ground_and_lead_somewhere() -> None:
    bars = [
        Bar("17 Mar", (("Official", 1), ("Ukrainian", 3)), "/articles?since=a&until=b"),
        Bar("18 Mar", (), "/articles?since=b", gap=True),
        Bar("19 Mar", (("Ukrainian", 2),), "/articles?since=c"),
    ]
    picture = stacked("b", bars, says="6 articles, most on 17 March")
    assert drawn(picture, "side-official")[0] == "M0 100V75"
    assert drawn(picture, "side-ua")[0] == "M0 75V0M2 100V50"
    assert drawn(picture, "gap") == ["M1 0h1v100h-1z"]
    tree = read(picture)
    assert [one.get("href") for one in tree.iter("a")] == [bar.href for bar in bars]
    assert [one.findtext("title") for one in tree.iter("a")] == ["17 Mar: 4", "18 Mar: no data", "19 Mar: 2"]
    # The inside of an image is nowhere to be found: with links it is a group.
    assert tree.find("svg").get("role") == "group"
    assert read(stacked("b", [Bar("x", (("Western", 1),))], says="x")).find("svg").get("role") == "img"
    words = " ".join("".join(tree.itertext()).split())
    assert "Official 1" in words and "Ukrainian 5" in words


def test_a_share_fills_every_bar() -> None:
    bars = [Bar("a", (("Western", 1), ("Ukrainian", 1))), Bar("b", (("Western", 9),)), Bar("c", ())]
    assert drawn(stacked("b", bars, says="x", share=True), "side-west")[0] == "M0 100V50M1 100V0"


def test_parts_of_the_coverage_bar_fill_it_and_are_named() -> None:
    picture = coverage("c", [("Official", 1), ("Ukrainian", 0), ("Western", 40)], says="41 articles")
    tree = read(picture)
    assert [one.findtext("title") for one in tree.iter("g")] == ["Official: 1", "Western: 40"]
    assert tree.findtext("svg/desc") == "Official 1, Western 40"
    ends = [re.fullmatch(r"M([\d.]+) 8h([\d.]+)", one.get("d")) for one in tree.iter("path")]
    assert [float(one[2]) >= 3 for one in ends] == [True, True]
    assert float(ends[-1][1]) + float(ends[-1][2]) == pytest.approx(239, abs=0.2)
    assert [one.text for one in tree.iter("text")] == ["W 40"]
    assert not list(read(coverage("c", [], says="none")).iter("path"))


def test_dots_stand_in_their_lanes_in_order_of_time() -> None:
    found = [
        Dot(NOON, "official", "Kremlin", "/articles/a1"),
        Dot(NOON + timedelta(hours=1), "report", "Gull", "/articles/a2"),
        Dot(NOON + timedelta(hours=2), "changed", "Gull changed", "/articles/a2/diff"),
    ]
    picture = dots("d", list(reversed(found)), says="x", labels=("12:00", "14:00"))
    assert [one.get("href") for one in read(picture).iter("a")] == [one.href for one in found]
    assert drawn(picture, "dot-official")[0] == "M0 8h0" and drawn(picture, "dot-changed")[0] == "M1000 32h0"
    assert [one.get("d") for one in read(dots("d", found[:1], says="x")).iter("path")][1] == "M500 8h0"
    assert not list(read(dots("d", [], says="x")).iter("a"))
    with pytest.raises(KeyError):
        dots("d", [Dot(NOON, "rumour", "x")], says="x")


def test_many_dots_become_few() -> None:
    many = [Dot(NOON + timedelta(minutes=n), "report", f"a{n}", f"/articles/a{n}") for n in range(2000)]
    picture = dots("d", many, says="x")
    assert len(picture) < 3_000 and not list(read(picture).iter("a"))
    crowd = dots("d", [*many[:2], Dot(NOON + timedelta(days=9), "report", "z")], says="x")
    assert "a0 and 1 more" in crowd


def test_curves_run_from_the_first_report_to_its_copies() -> None:
    reports = [
        Report("Gull", NOON, "Gull at 12:00", "/articles/a1"),
        Report("Reef", NOON + timedelta(hours=1), "Reef at 13:00", of="Gull"),
        Report("Mole", NOON + timedelta(hours=2), "Mole at 14:00", of="Nobody here"),
    ]
    picture = carried("g", reports, says="x")
    (curve,) = drawn(picture, "curve")
    assert curve.count("M") == 1 and curve.startswith("M158 12C") and curve.endswith(" 36")
    # With one of each in the legend.
    assert len(drawn(picture, "dot-own")) == 2 and len(drawn(picture, "dot-copy")) == 3
    assert not drawn(carried("g", [], says="x"), "curve")


@pytest.mark.parametrize(
    "picture",
    [
        sparkline("x", [1], says=HOSTILE, detail=HOSTILE),
        stacked("x", [Bar(HOSTILE, ((HOSTILE, 1), ("Other", 1)), HOSTILE)], says=HOSTILE, detail=HOSTILE),
        coverage("x", [(HOSTILE, 9)], says=HOSTILE),
        dots("x", [Dot(NOON, "report", HOSTILE, HOSTILE)], says=HOSTILE, labels=(HOSTILE, HOSTILE)),
        carried("x", [Report(HOSTILE, NOON, HOSTILE, HOSTILE)], says=HOSTILE),
    ],
)
def test_hostile_words_stay_words(picture: str) -> None:
    tree = read(picture)
    assert not list(tree.iter("script")) and not list(tree.iter("b"))
    assert not any("onload" in one.attrib for one in tree.iter())
    assert tree.findtext("svg/title") == HOSTILE
    assert not any("style" in one.attrib for one in tree.iter())


def test_pictures_are_small() -> None:
    one = [Bar(f"{day} Mar", (("Western", day),), f"/articles?since=2025-03-{day:02}") for day in range(1, 31)]
    assert len(stacked("bars", one, says="30 days").encode()) <= 4_096
    sides = ("Official", "Ukrainian", "Russian state", "Western")
    several = [Bar(f"{day} Mar", tuple((side, day) for side in sides)) for day in range(1, 31)]
    assert len(stacked("bars", several, says="30 days").encode()) <= 4_096
    assert len(sparkline("s123", list(range(48)), says="48 hours").encode()) <= 1_024
    assert len(coverage("c123", [(side, 12) for side in sides], says="48 articles").encode()) <= 1_024


@pytest.mark.parametrize(
    ("side", "languages", "expected"),
    [
        ("official-us", ("en",), "Official"),
        ("russian-state", ("ru",), "Russian state"),
        ("ukrainian-state", ("uk",), "Ukrainian"),
        ("think-tank", ("en",), "Think tank"),
        ("", ("uk",), "In Ukrainian"),
        ("", ("pl",), "In pl"),
        ("", ("en", "uk"), "Other"),
        ("", (), "Other"),
    ],
)
def test_the_side_of_a_source(side: str, languages: tuple[str, ...], expected: str) -> None:
    assert side_of(Source("x", "feed", "http://x.example/", side=side, language=languages)) == expected


def test_sides_stand_in_one_order() -> None:
    assert side_of(None) == "Other"
    assert in_order(["Other", "Think tank", "Western", "Official"]) == ["Official", "Western", "Think tank", "Other"]
    assert parts({"Western": 2, "Official": 1, "Other": 0}) == (("Official", 1), ("Western", 2))


def test_the_numbers_behind_a_picture_are_text() -> None:
    link = linked("/a?b=1&c=2", "Monday", Markup(""))
    table = numbers(["When", HOSTILE, "Plain"], [(link, 3, HOSTILE), ("Tuesday",)])
    rows = ElementTree.fromstring(f"<table>{table}</table>").findall("tr")
    assert [[cell.tag for cell in row] for row in rows] == [["th", "td", "td"], ["th"]]
    assert [cell.get("data-label") for cell in rows[0]] == [None, HOSTILE, "Plain"]
    assert [cell.text for cell in rows[0]] == [None, "3", HOSTILE] and rows[0].find("th/a") is not None
    assert numbers(["When"], []) == ""
