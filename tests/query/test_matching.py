"""What a rule matches and the evidence it leaves."""

from __future__ import annotations

import pytest

from monitor.model import Hit
from monitor.query import analyse, compile_query, match

LISTS = {"sea": '"North Sea" OR Baltic', "truce": "truce OR armistice", "quiet": "@truce OR calm"}

CASES = [
    # words and folding
    ("storm", "A STORM came", True),
    ("storm", "storms came", True),
    ("storm", "stormy seas", False),
    ("=storm", "storms came", False),
    ("krem", "the Kremlin", False),
    ("Лодзь", "лодзь", True),
    ("cafe", "Café", True),
    ("здоров'я", "здоров’я", True),
    ("йод", "и\u0306од", True),
    ("зелёный", "зеленый", True),
    ("Ukraine", "Ukraine’s coast", True),
    ("us", "U.S. ships", True),
    ("2.5-hour", "a 2½-hour delay", True),
    ('"800,000"', "800 000 people", True),
    ("会谈", "和平会谈开始", True),
    ("会谈", "会开谈", False),
    # phrases
    ('"storm surge"', "a storm surge hit", True),
    ('"storm surge"', "surge storm", False),
    ('"storm surge"', "storm\nsurge", True),
    ('"storm surge"', "storm\n\nsurge", False),
    ("30-day", "a 30 day pause", True),
    ("storm-surge", "storm big surge", False),
    ('"North Sea"', "North Seattle", False),
    ('"tide tide"', "tide", False),
    ('"tide tide"', "tide, tide", True),
    ("«storm surge»", "storm surge", True),
    ('"cease fir*"', "they cease firing", True),
    ('source:a "storm surge"', "storm surge", False),
    ('(storm lang:en "big surge")', "a storm, a big surge", False),
    # exact
    ('="US plan"', "the U.S. plan", True),
    ('="US plan"', "he told us. Plan rejected", False),
    ('="US plan"', "the US Plan", False),
    ("=Turkey", "Turkey’s coast", True),
    ("=Turkey", "roast turkey", False),
    ("=Кафе", "кафе", False),
    # NEAR
    ("storm NEAR/0 surge", "surge storm", True),
    ("storm NEAR/1 surge", "surge of storm", True),
    ("storm NEAR/1 surge", "surge of the storm", False),
    ("storm NEAR/9 surge", "storm.\n\nsurge", False),
    ("storm ONEAR/1 surge", "storm of surge", True),
    ("storm ONEAR/1 surge", "surge storm", False),
    ("storm NEAR/3 storm", "storm", False),
    ("storm NEAR/3 storm", "storm after storm", True),
    ("storm NEAR/3 sto*", "storm", False),
    ("(a NEAR/1 b) NEAR/1 c", "a b x c", True),
    ("(a NEAR/1 b) NEAR/1 c", "b a x x c", False),
    ("(a NEAR/2 b) NEAR/0 c", "a c b", True),
    ("(a NEAR/2 b) NEAR/0 a", "a b", False),
    ("(a NEAR/4 b) NEAR/1 c", "a b x x b x c", True),
    ("(rain OR storm) NEAR/1 (surge OR flood)", "flood then storm", True),
    ('"north sea" NEAR/1 storm', "storm on north sea", True),
    ("@sea NEAR/2 @truce", "truce for the Baltic", True),
    ("title:storm NEAR/1 surge", "storm surge", False),
    # boolean
    ("storm flood", "flood, storm", True),
    ("storm AND flood", "storm", False),
    ("storm -drill", "storm", True),
    ("storm NOT drill", "storm drill", False),
    ("storm -(drill OR film)", "storm film", False),
    ("-drill storm", "storm", True),
    ("(storm -drill) OR flood", "storm drill flood", True),
    ("storm and", "storm", False),
    # wildcards
    ("storm*", "storms", True),
    ("storm*", "storm", True),
    ("storm?", "storm", False),
    ("sto?m*ing", "storming", True),
    ("sto?m*ing", "stormings", False),
    ("zap*sk*a", "Zaporizka", False),
    ("zap*z*a", "Zaporizka", True),
    ("перемир'*", "перемир’ям", True),
    # lists and counting
    ("@quiet", "an armistice", True),
    ("@quiet", "war", False),
    ("ATLEAST/2(rain, storm, flood)", "rain and storm", True),
    ("ATLEAST/2(rain, storm, flood)", "rain, rain, rain", False),
    ("ATLEAST/3(rain, storm^2)", "storm and rain", True),
    ("ATLEAST/3(rain, flood, storm^2)", "storm", False),
    ("ATLEAST/2(rain, (storm AND wind), @sea)", "wind, storm, Baltic", True),
]


@pytest.mark.parametrize(("query", "body", "expected"), CASES)
def test_match_in_body(query: str, body: str, expected: bool) -> None:
    assert (match(compile_query(query, LISTS), analyse("", body)) is not None) is expected


FIELDS = [
    ("storm", True, True),
    ("title:storm", True, False),
    ("body:storm", False, True),
    ("lead:storm", True, True),
    ("title:(storm OR flood)", True, False),
    ("title:body:storm", False, False),
]


@pytest.mark.parametrize(("query", "in_title", "in_body"), FIELDS)
def test_fields(query: str, in_title: bool, in_body: bool) -> None:
    compiled = compile_query(query, {})
    assert (match(compiled, analyse("Big storm", "calm")) is not None) is in_title
    assert (match(compiled, analyse("Calm", "big storm")) is not None) is in_body


def test_lead_is_the_title_and_sixty_words() -> None:
    body = " ".join(f"w{number}" for number in range(60)) + " storm"
    assert match(compile_query("lead:w59", {}), analyse("t", body))
    assert match(compile_query("lead:storm", {}), analyse("t", body)) is None


def test_nothing_crosses_from_title_to_body() -> None:
    text = analyse("Calm storm", "surge ends")
    assert match(compile_query('"storm surge"', {}), text) is None
    assert match(compile_query("storm NEAR/5 surge", {}), text) is None


META = [
    ("storm source:example.org", "example.org", "", True),
    ("storm source:example.org", "daily feeds.example.org", "", True),
    ("storm source:example.org", "notexample.org", "", False),
    ("storm source:daily", "Daily feeds.example.org", "", True),
    ("storm lang:uk", "", "uk", True),
    ("storm lang:uk", "", "uk-UA", True),
    ("storm lang:uk", "", "ru", False),
    ("storm -lang:uk", "", "ru", True),
    ("lang:uk OR flood", "", "uk", True),
]


@pytest.mark.parametrize(("query", "source", "language", "expected"), META)
def test_source_and_language(query: str, source: str, language: str, expected: bool) -> None:
    text = analyse("storm", "", source=source, language=language)
    assert (match(compile_query(query, {}), text) is not None) is expected


def test_a_rule_of_metadata_matches_without_hits() -> None:
    assert match(compile_query("lang:uk", {}), analyse("storm", "", language="uk")) == ()


def test_hits_are_the_original_text_of_each_term() -> None:
    title, body = "TRUCE at sea", "Ships left.\n\nThe North  Sea’s truce holds; U.S. calm."
    hits = match(compile_query('(@sea NEAR/4 @truce) ="US" -hockey', LISTS), analyse(title, body))
    assert hits == (
        Hit("body", 17, 29, "North  Sea’s", '"North Sea"', ("sea",), "north sea", "lead"),
        Hit("body", 30, 35, "truce", "truce", ("truce",), "truce", "lead"),
        Hit("body", 43, 47, "U.S.", '="US"', (), "us", "lead"),
    )


def test_hits_are_bounded_and_every_term_keeps_some() -> None:
    hits = match(compile_query("rain storm", {}), analyse("", "rain " * 5_000 + "storm"))
    assert hits is not None
    assert len(hits) == 50
    assert hits[-1].text == "storm"


@pytest.mark.parametrize(
    "query",
    [
        "the NEAR/50 the",
        "((((the NEAR/50 a) NEAR/50 the) NEAR/50 a) NEAR/50 the) NEAR/50 a",
        '"the a the a the a"',
        "the*a*the*a*the*a*the*a*b",
        " ".join(["the"] * 200),
        "ATLEAST/50(" + ",".join(["the a"] * 60) + ")",
    ],
)
def test_a_silly_rule_on_a_huge_text_ends(query: str) -> None:
    body = "the a " * 20_000 + "the" * 2_000
    hits = match(compile_query(query, {}), analyse("", body))
    assert hits is None or 0 < len(hits) <= 50
