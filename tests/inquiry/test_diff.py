"""`diff` and what `why` says of an article that was edited after its alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.inquiry.diff import diff, marked
from monitor.inquiry.why import why

WIRE = "http://wire.example/1"
WORDS = st.text(st.sampled_from("ab \n.é"), max_size=30)


def verdict(desk: Any) -> str:
    said: str = why(desk.store, "a1", desk.watch.config, desk.now)["verdict"]
    return said


def test_a_changed_figure_between_two_versions(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.now += timedelta(hours=1)
    desk.file(WIRE, "Ferry returns", ferry.replace("84 mines", "48 mines"))
    told = diff(desk.store, "a1", None, None)
    assert (told["old"]["version"], told["new"]["version"], told["material"]) == (1, 2, True)
    (change,) = told["changes"]
    assert change["kinds"] == ["number"] and "84 mines" in change["old"] and "48 mines" in change["new"]
    assert ferry[change["old_start"] : change["old_end"]] == change["old"]
    assert told["rules"] == []
    assert told["summary"] == "The edit is material: number."
    assert diff(desk.store, "a1", 2, 1)["changes"][0]["old"] == change["new"]


def test_a_sentence_that_a_rule_matched(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.file(WIRE, "Ferry returns", ferry.partition("\n\n")[2] + "\n\nThe ferry crosses the strait at night.")
    told = diff(desk.store, WIRE, 1, 2)
    assert told["rules"] == ["strait-ferry"]
    assert [change["kinds"] for change in told["changes"]] == [["removed"], ["added"]]


def test_versions_that_are_not_there(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    with pytest.raises(UsageError, match="a1 has one version"):
        diff(desk.store, "a1", None, None)
    with pytest.raises(UsageError, match="a1 has no version 7; it has 1"):
        diff(desk.store, "a1", 1, 7)
    with pytest.raises(UsageError, match="no article"):
        diff(desk.store, "a9", None, None)


def test_why_tells_a_material_edit_and_its_notice(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.flush(seconds=31)
    desk.deliver()
    before = verdict(desk)
    desk.flush(hours=1)
    desk.file(WIRE, "Ferry returns", ferry.replace("84 mines", "48 mines"))
    desk.flush(seconds=31)
    desk.deliver()
    assert verdict(desk) == (
        f"{before} It was edited once after that, last on 2025-05-06 13:00 EEST; "
        "its notice: sent to terminal on 2025-05-06 13:01 EEST; `storywatch diff a1`."
    )


def test_why_tells_a_cosmetic_edit(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.flush(seconds=31)
    desk.deliver()
    desk.flush(hours=1)
    desk.file(WIRE, "Ferry returns", f"Updated 12:40\n\n{ferry}")
    assert "It was edited once after that" in verdict(desk) and "nobody was told" in verdict(desk)
    told = diff(desk.store, "a1", None, None)
    assert not told["material"] and told["changes"] == []
    assert told["summary"].startswith("Nothing was changed but time stamps")


@given(WORDS, WORDS)
def test_the_parts_are_the_whole(old: str, new: str) -> None:
    first, second = marked(old, new)
    assert ("".join(part.text for part in first), "".join(part.text for part in second)) == (old, new)
    kept = [[part.text for part in side if not part.changed] for side in (first, second)]
    assert kept[0] == kept[1]
