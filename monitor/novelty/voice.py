"""Whose voice a text speaks with: a writer who argues, or a reporter who says who said it. Words outside quotations."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"[\"“„«][^\"“”„«»\n]*[\"”“»]")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)?")
_MYSELF_TEXT = """
I my me mine myself
я мені мене мій моя моє мої мого моєї моїх
мне меня мой моё мои моего моей моих
"""
_ARGUING_TEXT = """
we our us should must ought perhaps surely obviously maybe indeed cannot seriously honest likelier hardly let
ми нас нам наш наша наші нашої мусимо мабуть звісно можливо варто слід навряд очевидно отже насправді гадаю адже інакше
мы нам наш наша наши нашей должны наверное конечно возможно стоит следует вряд пожалуй увы
вероятно пора иначе разве ведь
"""
_REPORTING_TEXT = """
said says told reported announced added stated according confirmed wrote asked spokesman spokeswoman statement
сказав сказала повідомив повідомила повідомили заявив заявила заявили зазначив зазначила зазначили додав додала словами
йдеться уточнив уточнили розповів розповіла пише сообщил сообщила сообщили заявил заявила заявили сказал сказала добавил
добавила словам отметил отметила отметили говорится уточнил уточнили рассказал рассказала пишет написал написала
"""
_MYSELF, _ARGUING, _REPORTING = (frozenset(text.split()) for text in (_MYSELF_TEXT, _ARGUING_TEXT, _REPORTING_TEXT))
_FEWEST = 30  # words outside quotations
_ARGUES = 0.05  # of these words; reports have .015 at most, columns .04 and more (half of the labelled ones)
_SIGNS = 3


LANGUAGES = frozenset(("en", "uk", "ru", ""))


def argues(text: str) -> bool:
    """Does the writer argue in this text? Somebody who is quoted arguing makes no column."""
    plain = _QUOTED.sub(" ", text)
    words = [word if word == "I" else word.lower() for word in _WORD.findall(plain)]
    if len(words) < _FEWEST:
        return False
    return signs(plain, words) >= max(_SIGNS, _ARGUES * len(words))


def signs(plain: str, words: list[str]) -> int:
    """The writer's own words, arguments and questions, less twice the words that report."""
    own = 2 * sum(word in _MYSELF for word in words) + sum(word in _ARGUING for word in words)
    return own + 2 * plain.count("?") - 2 * sum(word in _REPORTING for word in words)
