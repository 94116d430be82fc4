"""The grammar: what it reads, and the word, place and mend of every error."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.query import compile_query, explain, parse

ERRORS = [
    ("", 0, "empty"),
    ("   ", 0, "empty"),
    ("(", 1, "ends here"),
    (")", 0, "found )"),
    ("(storm", 0, "never closed"),
    ("storm)", 5, "closes nothing"),
    ("()", 1, "expected a word"),
    ("storm AND", 9, "ends here"),
    ("OR storm", 0, "found OR"),
    ("storm OR OR flood", 9, "found OR"),
    ("storm OR flood AND rain", 15, "add parentheses"),
    ("storm AND flood OR rain", 16, "add parentheses"),
    ("storm OR flood rain", 15, "add parentheses"),
    ("storm rain OR flood", 11, "add parentheses"),
    ("storm OR flood -rain", 15, "add parentheses"),
    ("NOT storm", 0, "beside it"),
    ("-storm", 0, "beside it"),
    ("flood (NOT storm)", 7, "beside it"),
    ("storm OR NOT flood", 9, "under OR"),
    ("storm NOT NOT flood", 10, "leave both out"),
    ("storm - flood", 6, "write -word"),
    ("storm –flood", 6, "plain hyphen"),
    ("storm NEAR/51 flood", 11, "from 0 to 50"),
    ("storm NEAR/999999999999 flood", 11, "from 0 to 50"),
    ("storm NEAR flood", 6, "NEAR/8"),
    ("storm ONEAR flood", 6, "ONEAR/8"),
    ("storm near/8 flood", 10, "capitals"),
    ("storm NEAR/2 flood NEAR/2 rain", 19, "parentheses"),
    ("storm NEAR/2 NOT flood", 13, "NOT cannot stand here"),
    ("storm NEAR/2 (flood AND rain)", 14, "AND cannot stand beside NEAR"),
    ("storm NEAR/2 (flood OR (wind -rain))", 24, "AND cannot stand beside NEAR"),
    ("storm NEAR/2 source:example.org", 13, "source: cannot stand beside NEAR"),
    ("storm NEAR/2 ATLEAST/1(a, b)", 13, "ATLEAST cannot stand beside NEAR"),
    ("ATLEAST/2", 9, "expected ("),
    ("ATLEAST(a, b)", 0, "needs a number"),
    ("ATLEAST/0(a)", 8, "from 1 to 50"),
    ("ATLEAST/3(a, b)", 0, "all weights together are 2"),
    ("ATLEAST/1(a, )", 13, "expected a word"),
    ("ATLEAST/1(a^)", 12, "from 1 to 50"),
    ("ATLEAST/1(a, b", 9, "never closed"),
    ("storm^2", 5, "ATLEAST"),
    ("storm, flood", 5, "ATLEAST"),
    ("st*", 2, "at least 3 letters"),
    ("*storm", 0, "at least 3 letters"),
    ('"st* surge"', 3, "at least 3 letters"),
    ("=storm*", 1, "leave one out"),
    ("storm-surg*", 0, "one word"),
    ("...", 0, "no word"),
    ('""', 1, "no word"),
    ("“storm surge", 0, "never closed"),
    ("storm ‘surge’", 6, "single quotation marks"),
    ("url:example", 0, "unknown field url:"),
    ("http://example.org", 4, "quotation marks"),
    ("title:", 6, "ends here"),
    ("title:-storm", 6, "NOT cannot stand here"),
    ("source:", 7, "needs a value"),
    ("storm @", 7, "name of a list"),
    ('"storm surge"~3', 13, "NEAR/n"),
    ("storm && flood", 6, "write AND"),
    ("storm || flood", 6, "write OR"),
    ("!storm", 0, "write NOT"),
    ("+storm", 0, "not needed"),
    ("and/or", 3, "quotation marks"),
    ("storm=1", 5, "right before a word"),
    ("storm w/5 flood", 7, "write NEAR/5"),
    ("storm pre/3 flood", 9, "write ONEAR/3"),
    ("storm w/s flood", 7, "never crosses a paragraph"),
    ("storm NEAR/ 8 flood", 10, "right behind it, as in NEAR/8"),
    ("storm NEAR5 flood", 6, "write NEAR/5"),
    ("storm adj3 flood", 6, "write ONEAR/3"),
    ("storm ANDNOT flood", 6, "write NOT"),
    ("atleast/2(a, b)", 7, "write ATLEAST/2"),
    ("/stor.*m/", 0, "no regular expressions"),
    ("regex:storm", 0, "no regular expressions"),
    ("storm~", 5, "nothing is fuzzy"),
    ("attack!", 6, "as in attack*"),
    ("[storm]", 0, "written in ( )"),
    ("storm <-> flood", 6, "NEAR/8"),
    ("headline:storm", 0, "write title:"),
    ("Title:storm", 0, "write title:"),
    ("bodi:storm", 0, "write body:"),
    ("site:example.org", 0, "write source:"),
    ("author:storm", 0, "quotation marks"),
    ("kind:storm", 0, 'put "kind:" in quotation marks'),
    ("lang:ua", 5, "write lang:uk"),
    ("lang:klingonian", 5, "two or three letters"),
    ("source:https://example.org", 7, "without http://"),
    ("x" * 10_001, 10_000, "@lists"),
    ("(" * 500 + "x" + ")" * 500, 30, "deeper than 30"),
    ("title:" * 500 + "x", 180, "deeper than 30"),
]


@pytest.mark.parametrize(("query", "position", "said"), ERRORS, ids=[query[:40] or "empty" for query, _, _ in ERRORS])
def test_errors_name_place_and_mend(query: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.position, said in caught.value.message) == (position, True), str(caught.value)
    assert f"(at character {position + 1})" in str(caught.value)


EXPLAINED = [
    ("storm", "storm"),
    (
        "storm not near",
        "all of:\n  storm\n  not\n  near\nread as ordinary words: not, near; operators are written in CAPITALS",
    ),
    ("storm AND flood", "all of:\n  storm\n  flood"),
    ("storm OR flood", "any of:\n  storm\n  flood"),
    ("storm -flood", "all of:\n  storm\n  but not:\n    flood"),
    ("storm NOT (flood OR rain)", "all of:\n  storm\n  but not:\n    any of:\n      flood\n      rain"),
    ("a NEAR/4 b", "at most 4 words between, in either order, one paragraph:\n  a\n  b"),
    ("a ONEAR/1 b", "at most 1 word between, in this order, one paragraph:\n  a\n  b"),
    ("a NEAR/0 b", "next to each other, in either order:\n  a\n  b"),
    ("title:storm", "in the title:\n  storm"),
    ("lead:(a b)", "in the title or the first 60 words of the body:\n  all of:\n    a\n    b"),
    ("storm source:example.org lang:uk", "all of:\n  storm\n  the source is example.org\n  the language is uk"),
    ('="US plan"', '"US plan", with exactly these letters'),
    ("ATLEAST/3(a, b^2)", "at least 3 of:\n  a\n  b (counts 2)"),
    ("@wet", "the list @wet:\n  any of:\n    storm\n    flood"),
    ("storm-surge", "storm-surge"),
]


@pytest.mark.parametrize(("query", "said"), EXPLAINED)
def test_explain_says_how_the_query_was_read(query: str, said: str) -> None:
    told = explain(compile_query(query, {"wet": "storm OR flood"}))
    assert re.sub(r" \(matches: [^)]+\)", "", told) == said


def test_explain_shows_the_forms_of_each_word() -> None:
    said = '"ferry storm" (matches: ferried, ferries, ferry, ferrying + storm, stormed, storming, storms)'
    assert explain(compile_query('"ferry storm"', {})) == said


@pytest.mark.parametrize("phrase", ['"a b"', "“a b”", "„a b“", "«a b»", "＂a b＂", "”a b”"])
def test_all_quotation_marks_make_phrases(phrase: str) -> None:
    assert explain(compile_query(phrase, {})) == phrase


LISTS = {
    "one": "@two",
    "two": "@one",
    "self": "storm OR @self",
    "broken": "storm OR",
    "both": "storm AND flood",
    **{f"double{n}": f"@double{n + 1} @double{n + 1}" for n in range(25)},
    "double25": "storm",
    **{f"chain{n}": f"(@chain{n + 1})" for n in range(400)},
    "chain400": "storm",
}


@pytest.mark.parametrize(
    ("query", "position", "said"),
    [
        ("storm @none", 6, "unknown list @none"),
        ("storm @boht", 6, "write @both, or define it"),
        ("storm @one", 6, "@one > @two > @one"),
        ("@self", 0, "@self > @self"),
        ("flood @broken", 6, "in list @broken: expected a word"),
        ("flood NEAR/3 @both", 13, "@both, which holds AND,"),
        ("@double0", 0, "20,000"),
        ("@chain0", 0, "deeper than 120"),
    ],
)
def test_errors_in_lists_stand_where_the_query_names_them(query: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(query, LISTS)
    assert (caught.value.position, said in caught.value.message) == (position, True), str(caught.value)
    assert len(str(caught.value)) < 600


def test_revision_follows_query_and_used_lists_only() -> None:
    lists = {"wet": "storm", "dry": "sun"}
    first = compile_query("@wet", lists).revision
    assert first == compile_query("@wet", {**lists, "dry": "drought"}).revision
    assert len(first) == 16
    assert first != compile_query("@wet", {**lists, "wet": "rain"}).revision
    assert first != compile_query("@wet ", lists).revision


@settings(derandomize=True, max_examples=500)
@given(
    st.lists(
        st.sampled_from(
            [
                *'()",^-=@:*?/ “‘',
                " AND ",
                " OR ",
                " NOT ",
                " NEAR/2 ",
                "ATLEAST/1(",
                "title:",
                "lang:",
                "storm",
                "@l",
                "\ud800",
            ]
        )
        | st.characters(),
        max_size=25,
    )
)
def test_any_input_is_read_or_refused_with_a_place_inside_it(pieces: list[str]) -> None:
    query = "".join(pieces)
    try:
        compiled = compile_query(query, {"l": "flood OR rain"})
    except QueryError as error:
        assert 0 <= error.position <= len(query)
    else:
        assert explain(compiled)
