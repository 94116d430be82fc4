"""Texts cut into pieces: nothing is lost, hits and news stand where they should."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.inquiry.marked import Piece, joined, lines, paragraphs, pieces

SPANS = st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=6)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.text(st.sampled_from("ab \nїё"), max_size=50), SPANS, SPANS)
def test_the_pieces_are_the_text(text: str, hits: list[tuple[int, int]], fresh: list[tuple[int, int]]) -> None:
    found = pieces(text, hits, fresh)
    assert "".join(piece.text for piece in found) == text
    place = 0
    for piece in found:
        assert bool(piece.hit) == any(start <= place < end for start, end in hits if start >= 0)
        assert piece.fresh == any(start <= place < end for start, end in fresh if start >= 0)
        place += len(piece.text)


def test_overlapping_spans_are_one() -> None:
    assert joined([(4, 6), (0, 2), (1, 3), (6, 7), (9, 9), (-1, 4)]) == [(0, 3), (4, 7)]


def test_paragraphs_keep_their_own_hits() -> None:
    text = "The quay opens.\n\nTugs wait at the quay."
    first, second = paragraphs(text, [(4, 8), (34, 38)])
    assert first == [Piece("The "), Piece("quay", 1), Piece(" opens.")]
    assert second == [Piece("Tugs wait at the "), Piece("quay", 2), Piece(".")]
    assert paragraphs(" \n\n ", []) == []


def test_lines_stay_in_their_paragraph_and_say_where_they_were_cut() -> None:
    text = "A first paragraph.\n" + "word " * 30 + "the tug and the\tquay " + "more " * 30
    tug, quay = text.index("tug"), text.index("quay")
    (line,) = lines(text, [(tug, tug + 3), (quay, quay + 4)])
    said = "".join(piece.text for piece in line)
    assert said.startswith("… word") and said.endswith("more …") and "the tug and the quay more" in said
    assert [piece.text for piece in line if piece.hit] == ["tug", "quay"]
    assert len(lines(text * 9, [(n * len(text), n * len(text) + 1) for n in range(9)], limit=3)) == 3
    (short,) = lines("The tug\nwaits", [(4, 7)])
    assert short == (Piece("The "), Piece("tug", 1))
