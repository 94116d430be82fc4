"""Facts: what is read as a number, a date and a name, and what is furniture."""

from __future__ import annotations

import pytest

from monitor.novelty.digest import digest
from monitor.novelty.figures import figures
from monitor.novelty.furniture import dateline_end, is_furniture
from monitor.novelty.names import names
from monitor.text import sentences, tokens

FIGURES = [
    ("1,300 bombs", ["1300"]),
    ("1 300 дронів", ["1300"]),
    ("1\u00a0300 ракет", ["1300"]),
    ("12,345,678 people", ["12345678"]),
    ("a 2½-hour call and a 2.5-hour call", ["2.5", "2.5"]),
    ("½ of it", ["0.5"]),
    ("2,5 млн грн", ["2500000"]),
    ("$1.5bn or 1.5 billion", ["1500000000", "1500000000"]),
    ("25 тисяч, 3 million", ["25000", "3000000"]),
    ("46%, 46 percent, 46 per cent, 46 відсотків, 46 процентов", ["46%"] * 5),
    ("three soldiers, twenty-five tanks, three dozen boats", ["3", "25", "36"]),
    ("п'ять осіб, п’ять осіб, пять человек, трьох", ["5", "5", "5", "3"]),
    ("two sides, one man", []),
    ("2 sides", ["2"]),
    ("a 30-day truce, 50-60 km, 50–60 km", ["30", "50", "60", "50", "60"]),
    ("F-16 jets, Su-34, COVID-19, S300, G7", []),
    ("the 3rd Brigade, 72-га бригада", []),
    ("on the channel Russia 1, about Nord Stream 2", []),
    ("Article 5 of the treaty", []),
    ("In Odesa 7 people died; near Sumy 4 drones fell", ["7", "4"]),
    ("on 18 March, March 18, 18th of March, March the 18th", ["03-18"] * 4),
    ("March 18, 2025 and 18 March 2025", ["03-18"] * 2),
    ("18 березня, 18 марта, 18.03.2025, 2025-03-18", ["03-18"] * 4),
    ("May 5; they may 5", ["05-05", "5"]),
    ("in 2022 and March 2025", ["2022", "2025"]),
    ("at 2:30 p.m., 14:30, 2.30pm, 9 a.m., 12 am", ["t14:30", "t14:30", "t14:30", "t09:00", "t00:00"]),
    ("31.13.2025", ["31132025"]),
    ("the mayhem 7 marching 8", ["7", "8"]),
    ("", []),
]
NAMES = [
    ("Yesterday Ilse Tarvainen left Hallen.", ["ils tarvainen", "hallen"]),
    ("Tarvainen left. Reporters saw Tarvainen again.", ["tarvainen", "tarvainen"]),
    ("Talks failed. The talks failed.", []),
    ("Two Countries Sign Water Treaty In Hallen", []),
    ("THE MINISTER LEFT HALLEN IN ANGER.", []),
    ('She said: "Nobody won in Kolm."', ["kolm"]),
    ("He met the U.S. envoy on Monday in March.", ["us"]),
    ("Про це сказав Остап Величко у Сумах.", ["остап величк", "сум"]),
    ("Об этом Борис Лапшин рассказал в Заречинске.", ["борис лапшин", "заречинск"]),
    ("It names Smith-Jones and Smith, Jones.", ["smith jon", "smith", "jon"]),
    ("- Open the gates\n- Close the gates", []),
    ("", []),
]
FURNITURE = [
    "By Nadia Ferro",
    "By Nadia Ferro, 3 May 2031 10:15",
    "Home",
    "Read more: ten photographs of the week.",
    "Subscribe to our newsletter and get 10 stories a day.",
    "5 min read",
    "12 comments",
    "Dam Talks Fail In Hallen",
    "Читайте також: повінь у горах.",
    "Reporting by Otto Lang; editing by Ann Moor",
    "Copyright 2031 Example Media. All rights reserved.",
    "Фото: архів",
]
NEWS = [
    "The talks failed.",
    "7 people were killed in Kolm",
    "• 12 drones shot down over Brava",
    "“Nobody won today.”",
    "By Tuesday the army had lost 30 tanks.",
    "Share prices fell.",
    "Updated figures name seven dead.",
    "Photo evidence shows craters.",
    "The three presidents of the republics in the valley met for the first time since the autumn floods",
    "Фотограф Остап Величко повернувся додому після повені.",
]
DATELINES = [
    ("KYIV, March 19 (Agency) - The talks failed.", "The"),
    ("HALLEN (Northern Agency) — The talks failed.", "The"),
    ("HALLEN - The talks failed.", "The"),
    ("Hallen, 19 March - The talks failed.", "The"),
    ("КИЇВ, 19 березня (Агенція) – Переговори зірвано.", "Переговори"),
    ("The talks – long awaited – failed.", "The"),
    ("Ilse Tarvainen (left) said no.", "Ilse"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "values"), FIGURES)
def test_figures_have_one_value_for_all_spellings(text: str, values: list[str]) -> None:
    assert [found.value for found in figures(text)] == values


@pytest.mark.parametrize(("text", "values"), NAMES)
def test_names_stand_inside_sentences(text: str, values: list[str]) -> None:
    assert [found.value for found in names(text, tokens(text), sentences(text))] == values


@pytest.mark.parametrize("line", FURNITURE)
def test_a_line_that_tells_nothing_is_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize("line", NEWS)
def test_a_line_that_tells_something_is_not(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize(("text", "first"), DATELINES)
def test_a_dateline_ends_where_the_news_begins(text: str, first: str) -> None:
    assert text[dateline_end(text, 0) :].startswith(first)


def test_furniture_and_dateline_hold_no_facts() -> None:
    text = (
        "By Nadia Ferro, 3 May 2031\n\nHome\n\nHALLEN, May 3 (Agency) - They closed 14 gates for Ilse Tarvainen.\n\n"
        "Read more: 99 photographs by Otto Lang"
    )
    assert [(fact.kind, text[fact.start : fact.end]) for fact in digest("", text).facts] == [
        ("number", "14"),
        ("name", "Ilse Tarvainen"),
    ]


def test_lines_that_end_early_are_sentences_of_their_own() -> None:
    text = (
        "Talks fail in Hallen\nBy Nadia Ferro\nThe two delegations left the hotel late in the evening without signing."
    )
    assert [text[one.start : one.end] for one in digest("", text).passages if one.scored] == [text.split("\n")[2]]
