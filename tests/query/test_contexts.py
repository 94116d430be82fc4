"""Keyword in context."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Hit
from monitor.query import Context, analyse, compile_query, contexts, match

BODY = (
    "Crews watched the coast all night long.\n\nThen the storm\nsurge came, and after the storm surge "
    "the harbour lay still under a low grey sky."
)


def hits(query: str, body: str) -> tuple[Hit, ...]:
    found = match(compile_query(query, {}), analyse("", body))
    assert found is not None
    return found


def test_words_stand_between_what_is_before_and_after() -> None:
    assert contexts(BODY, hits('"storm surge"', BODY), width=18) == (
        Context("body", "Then the ", "storm surge", " came, and after…", "lead"),
        Context("body", "…and after the ", "storm surge", " the harbour lay…", "lead"),
    )


def test_a_hit_that_is_already_shown_gets_no_line_and_lines_are_limited() -> None:
    assert len(contexts(BODY, hits('"storm surge"', BODY), width=60)) == 1
    body = "storm " + "calm " * 30
    assert len(contexts(body * 9, hits("storm", body * 9))) == 3


def test_the_note_names_zone_list_member_and_a_cue_of_any_hit_on_the_line() -> None:
    text = "Port officials denied on Monday that the ferry had sunk in a storm. " + "calm " * 60 + "\n\nA storm passed."
    found = match(compile_query("@wet OR ferry", {"wet": "storm OR flood"}), analyse("", text))
    assert found is not None
    notes = [line.note for line in contexts(text, found)]
    assert notes == ["lead, cue: denied", "body, @wet: storm"]


@settings(derandomize=True, max_examples=200)
@given(st.text(st.sampled_from("ab \n."), max_size=80), st.integers(0, 20))
def test_lines_are_pieces_of_the_text(filler: str, width: int) -> None:
    body = f"{filler} storm {filler}"
    for line in contexts(body, hits("storm", body), width):
        shown = line.before.strip("…") + line.words + line.after.strip("…")
        assert " ".join(shown.split()) in " ".join(body.split())
        assert len(line.before) <= width + 1 >= len(line.after)
