"""What a word of a rule stands for: a table of its forms and of look-alikes in three languages."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import analyse, compile_query, match
from monitor.query.forms import forms, slavic
from monitor.text import fold

# What is typed: what must match | what must not.
ENGLISH = """
strike: strikes struck striking stricken | striker stroke strict
struck: strike strikes striking | stuck
strikes: strike striking struck | striker
attack: attacks attacked attacking | attacker attach
attacking: attacking | attacker
targeting: targeting | target
building: building buildings | build built
halt: halts halted halting | halter shalt
refuse: refuses refused refusing | refusal refuge
refused: refuse refuses refusing | fuse
deny: denies denied denying | denim
denied: deny denies | den
stop: stops stopped stopping | stoppage stoop
stopped: stop stops stopping | stoop
note: notes noted noting | not notary
noted: note notes | not knot
use: uses used using | us user
used: use using | us
rate: rated rates | rat rats
target: targets targeted targeting | targe
permit: permits permitted permitting | permission
occur: occurs occurred occurring | occult
agree: agrees agreed agreeing | agreement
agreed: agree agrees agreeing | greed
announce: announces announced announcing | announcer
announced: announce announcing | announcer
seize: seizes seized seizing | seizure
seizes: seize seized | size
settled: settle settles settling | settler
raised: raise raises raising | rays
created: create creates creating | creature
repeated: repeat repeats repeating | repeater
change: changes changed changing | chance
belong: belongs belonged belonging | long
focused: focus focuses focusing | fox
require: requires required requiring | requiem
supply: supplies supplied supplying | supple
supplies: supply supplied | supper
country: countries | county
ally: allies | alley
church: churches | church-goer
box: boxes boxed | boxer
crisis: crises | crises-ridden
analysis: analyses | analyst
child: children | childish
children: child | chill
woman: women | womb
spokesman: spokesmen | spokes
human: humans | humen
leaf: leaves | leaflet
leave: leaves left leaving | leaf
left: left | leave
wind: winds | wound
wound: wounds wounded wounding | wind
found: founded found | find
find: finds found finding | fin
say: says said saying | sad
go: goes went gone going | got
fly: flies flew flown flying | flu
sink: sinks sank sunk sinking | sing
shoot: shoots shot shooting | shout
withdraw: withdraws withdrew withdrawn withdrawing | drawer
hit: hits hitting | hitch
cut: cuts cutting | cute
die: dies died dying | dice
tie: tied ties tying | tide
panic: panics panicked panicking | pan
strong: stronger strongest | strength
new: newer newest | news
news: news | new
his: his | hi
heavy: heavier heaviest | heaven
bomb: bombs bombed bombing | bomber
talk: talks talked talking | talker
talks: talk talked | tall
energy: energies | energetic
embed: embeds embedded | ember
hundred: hundreds | hunt
swap: swaps swapped swapping | swamp
swapped: swap swaps | swape
sanction: sanctions sanctioned | sanctity
live: lives lived living | liver
life: lives | live
Putin: Putins | putting
Rose: Roses | rise
Mars: Marses | mar
NATO: nato | natos
F16: f16 | f16s
a: a | as
"""
UKRAINIAN = """
перемир'я: перемир'ю перемир’ям перемирʼї | мир
перемирʼя: перемир'ю перемир’ям | мирний
здоров'я: здоров'ям здоров'ю | здоровий
удар: удару ударів ударами ударам | ударник
удари: удар ударів | ударник
атака: атаки атаку атакою атак | атакувати
обстріл: обстрілу обстріли обстрілів обстрілами | обстріляти
енергетика: енергетики енергетиці енергетику | енергія
енергетичний: енергетичного енергетичної енергетичне енергетичні енергетичному | енергетик
Чорне: чорного чорному чорним чорна | чорнило
море: моря морі морем морів | морський
припинення: припиненню припиненням | припинити
припинити: припинив припинила припинять припиніть | припинення
мораторій: мораторію мораторієм мораторії | моратор
переговори: переговорів переговорами переговорах | розмови
війна: війни війну війною війні | війно-річ
полонений: полонених полоненого полоненими | полон
обмін: обміну обміном обміни | міна
порушити: порушив порушила порушили порушать | порушення
заявити: заявив заявила заявили | заява
флот: флоту флотом флоти | плота
порт: порту портів портом портах | портрет
міністр: міністра міністром міністри | адміністрація
президент: президента президентом президенту | президія
область: області областю областей | облік
дитина: дитини дитину діти | дитинство
Київ: Києва Києві Києвом | киянин
Одеса: Одеси Одесі Одесу Одесою | одеський
Зеленський: Зеленського Зеленському Зеленським | зелений
Віткофф: Віткоффа Віткоффу Віткоффом | вітка
Кремль: Кремля Кремлю Кремлем | крем
ґрунт: ґрунту ґрунті грунту | гурт
НАТО: нато | натовп
поїзд: поїзда поїзди поїздом | їзда
їхати: їду їде їхав | хата
"""
RUSSIAN = """
перемирие: перемирия перемирию перемирием | мир
удар: удара удары ударов ударами | ударник
атака: атаки атаку атакой | атаковать
обстрел: обстрела обстрелы обстрелов | стрела
энергетика: энергетики энергетике энергетику | энергия
энергетический: энергетического энергетической энергетическую | энергетик
Чёрное: черного чёрном чёрному | чернила
море: моря морем морю | морской
прекращение: прекращения прекращению прекращением | прекратить
прекратить: прекратил прекратили прекратит | прекращение
приостановить: приостановил приостановила приостановят | приостановка
мораторий: моратория мораторием мораторию | матрос
переговоры: переговоров переговорам переговорами | разговоры
война: войны войну войной | воин
пленный: пленных пленного пленными | плен
обмен: обмена обменом обмены | мена
нарушать: нарушал нарушает нарушали | нарушение
заявить: заявил заявила заявили | заявка
подъезд: подъезда подъезде подъезды | езда
съёмка: съёмки съемку съемкой | мка
министр: министра министры министрами | администрация
президент: президента президентом | президиум
область: области областью областей | облик
ребёнок: ребенка дети детей | ребро
идти: идёт шёл шли иду | идея
Москва: Москвы Москве Москву Москвой | московский
Кремль: Кремля Кремлю Кремлём | крем
Зеленский: Зеленского Зеленскому Зеленским | зелень
Уиткофф: Уиткоффа Уиткоффу Уиткоффом | уикенд
судоходство: судоходства судоходству | пароход
станция: станции станцию станций | стан
атаковать: атаковал атакуют атаковали | атака
съезд: съезда съезды съездом | езда
"""
Row = tuple[str, list[str], list[str]]
dictionaries = pytest.mark.skipif(not slavic.installed(), reason="the extra `slavic` is not installed")


def rows(table: str) -> list[Row]:
    found = []
    for line in table.strip().splitlines():
        typed, _, rest = line.partition(": ")
        wanted, _, unwanted = rest.partition(" | ")
        found.append((typed, wanted.split(), unwanted.split()))
    return found


def wrong(row: Row) -> tuple[list[str], list[str]]:
    typed, wanted, unwanted = row
    found = forms(typed)
    return [one for one in wanted if fold(one) not in found], [one for one in unwanted if fold(one) in found]


@pytest.mark.parametrize("row", rows(ENGLISH), ids=[row[0] for row in rows(ENGLISH)])
def test_english(row: Row) -> None:
    assert wrong(row) == ([], [])


@dictionaries
@pytest.mark.parametrize("row", rows(UKRAINIAN), ids=[row[0] for row in rows(UKRAINIAN)])
def test_ukrainian(row: Row) -> None:
    assert wrong(row) == ([], [])


@dictionaries
@pytest.mark.parametrize("row", rows(RUSSIAN), ids=[row[0] for row in rows(RUSSIAN)])
def test_russian(row: Row) -> None:
    assert wrong(row) == ([], [])


SENTENCES = [
    ('"grain deal"', "Several grain deals collapsed.", True),
    ('="grain deal"', "Several grain deals collapsed.", False),
    ("send*", "They sent a note.", False),
    ("source:deal", "deals", False),
    ("reject NEAR/3 offer", "Both offers were rejected at once.", True),
    ("withdraw", "The brigade withdrew at dawn.", True),
]


@pytest.mark.parametrize(("query", "body", "expected"), SENTENCES)
def test_phrases_are_inflected_and_exact_words_wildcards_and_fields_are_not(
    query: str, body: str, expected: bool
) -> None:
    assert (match(compile_query(query, {}), analyse("", body)) is not None) is expected


@dictionaries
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ('"зернова угода"', "Учасники зернової угоди зібралися."),
        ("порушити NEAR/6 перемир'я", "Енергетичне перемирʼя було порушене вночі, бо його порушили обидві сторони."),
        ('"Каспийское море"', "Учения прошли в Каспийском море."),
        ("прекратить NEAR/2 огонь", "Огонь прекратили в полдень."),
    ],
)
def test_slavic_rules_find_inflected_sentences(query: str, body: str) -> None:
    assert match(compile_query(query, {}), analyse("", body)) is not None


# No deadline: the first Cyrillic word loads the dictionaries, which takes seconds on a busy box.
@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.text(max_size=12) | st.text(st.sampled_from("abdeinsty'’.2"), max_size=9) | st.text("абіїєґёы'ʼйьн", max_size=9)
)
def test_every_word_stands_for_itself_and_for_folded_words_only(word: str) -> None:
    found = forms(word)
    assert fold(word) in found
    assert all(fold(form) == form for form in found)
    assert len(found) < 1_000


BARE = """
import sys
sys.modules["pymorphy3"] = None  # as where the extra is not installed
from monitor.query import analyse, compile_query, explain, match
compiled = compile_query("перемир'я OR storm OR Київ", {})
print([match(compiled, analyse("", body)) is not None for body in ("перемир’я", "перемир’ю", "storms", "Києва")])
print(explain(compiled))
"""
LAZY = """
import sys
from monitor.query import compile_query
compile_query("storm OR Putin OR 2025", {})
print("pymorphy3" in sys.modules)
"""


def told(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_without_dictionaries_words_match_as_written_and_explain_says_so() -> None:
    first, *_, last = told(BARE).splitlines()
    assert first == "[True, False, True, False]"
    assert last.startswith("only as written, not in their other forms: перемир'я, Київ; `pip install")


def test_dictionaries_are_loaded_only_for_cyrillic_words() -> None:
    assert told(LAZY) == "False\n"
