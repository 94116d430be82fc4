"""What of a word carries meaning: light stems for English, Ukrainian and Russian, and the words that carry none."""

from __future__ import annotations

import re
from functools import lru_cache

_FUNCTION_TEXT = """
a about above after again against all also although am an and any are around as at back be became because been before
being below between both but by came can come could did do does doing done down during each either else even every few
for from further get give go goes going got had has have having he her here hers herself him himself his how however i
if in into is it its itself just last least less let like made make many may me mere might mine more most much must my
myself near neither never new next no nor not now of off often on once one only onto or other others our ours out over
own per put quite rather s said same say saying says see seen several shall she should since so some still such take
taken than that the their theirs them themselves then there these they this those though through thus to together too
toward under until up upon us use used very via was way we well went were what when where whether which while who whom
whose why will with within without would yes yet you your yours yourself according told tell added
а або але без би бо був була були було бути в вам вас ваш вже ви від він вона вони воно все всі всіх втім де для до
дуже з за зі із й його йому її їй їм їх і ін інші коли лише ми має мають може можуть ми на над нам нас наш не нею ні
ними них ніж о об одна один однак отже перед під після по при про саме своє свої свою своїх та так такі також там те
тим тих то тобто тому треба тут у усі це цей ці цього цьому цих через чи що щоб щодо як який яка яке які яких якщо
бы был была были было быть вам вас весь во вот все всех вы где да даже для до его ее ей ему если есть еще же за здесь
и из или им их к как какой когда которая которые который которых кто лишь между меня мне может можно мы над нам нас
него нее нет ни них но ну об один однако она они оно от перед по под после потому почти при с свои своих себя сейчас
со также такой там тем то того тоже только том тот ты у уже чего чем через что чтобы эта эти это этого этой этом этот
заявив заявила сказав сказала заявил сказал сообщил повідомив повідомили сообщили
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())
_ENGLISH = re.compile(r"(?<=...)(?:'?s|ed|es|ing|ings|edly|ly|ment|ments|er|ers|ness)$")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_SLAVIC = re.compile(
    r"(?<=...)(?:ями|ами|ього|ого|его|ьому|ому|ему|ими|ыми|іми|ією|ості|ости|остью|істю|ість|ость|ення|ения|анні|ання|ания"
    r"|ении|енні|ові|еві|ах|ях|ам|ям|ом|ем|єм|ею|єю|ою|ів|їв|ов|ев|ий|ый|ой|ей|ій|їй|ая|яя|ую|юю|ые|ие|ії|ия|ии|ию|ія|ію"
    r"|им|ым|ім|їм|их|ых|іх|ла|ли|ло|ал|ав|ть|ти|лся|вся|лась|лись|ться|тся"
    r"|[аяоеєиіїыуюьй])$"
)


def means_nothing(word: str) -> bool:
    """Is this folded word one that any text may hold?"""
    return word in _FUNCTION_WORDS


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return what the forms of a folded word share, roughly; words with digits and short words stay whole."""
    if len(word) < 4 or not word.isalpha():
        return word
    if not word.isascii():
        return _SLAVIC.sub("", word)
    if word.endswith("ies"):
        return word[:-3] + "i"
    shorter = _DOUBLED.sub(r"\1", _ENGLISH.sub("", word)) if not word.endswith("ss") else word
    return shorter[:-1] + "i" if shorter.endswith("y") else shorter.rstrip("e")
