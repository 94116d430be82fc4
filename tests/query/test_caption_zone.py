"""Hits in captions: their zone, live and frozen alike."""

from __future__ import annotations

import pytest

from monitor.query import analyse, compile_query, freeze, match, thaw
from monitor.query.analysis import Text

PROSE = " ".join(["The envoys met in the port and spoke of grain."] * 8)
CAPTION = "\n\nA power plant burns.\n\nEnvoys at the quay."
TITLE, BODY = "Envoys meet", PROSE + CAPTION


def live() -> Text:
    return analyse(TITLE, BODY, len(CAPTION))


TEXTS = {
    "live": live,
    "thawed": lambda: thaw(freeze(live()), original=lambda: (TITLE, BODY, len(CAPTION))),
    "written": lambda: thaw(freeze(live()), original=lambda: ("", "")).written(TITLE, BODY, len(CAPTION)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hit_in_a_caption_says_so(name: str) -> None:
    hits = match(compile_query("envoy OR plant", {}), TEXTS[name]()) or ()
    zones = [hit.zone for hit in hits]
    assert zones == ["title"] + ["lead"] * 6 + ["body"] * 2 + ["caption", "caption"]
    assert {hit.field for hit in hits[1:]} == {"body"}
    assert [BODY[hit.start : hit.end] for hit in hits[-2:]] == ["plant", "Envoys"]


def test_nothing_is_near_across_captions() -> None:
    text = live()
    assert match(compile_query("grain NEAR/50 plant", {}), text) is None
    assert match(compile_query("plant NEAR/50 quay", {}), text) is None
    assert match(compile_query("plant NEAR/1 burn", {}), text)


def test_without_captions_the_end_is_body() -> None:
    hits = match(compile_query("quay", {}), analyse(TITLE, BODY)) or ()
    assert [hit.zone for hit in hits] == ["body"]
