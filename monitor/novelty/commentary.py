"""Commentary: what an outlet calls opinion, analysis or summary by headline, section or address, or what argues."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.model import Document
from monitor.novelty.voice import LANGUAGES, argues

_HEADLINE = re.compile(
    r"^\W*(?:opinion|analysis|commentary|editorial|op-ed|column|explainer|explained|viewpoint|q&a|fact ?check"
    r"|думка|колонка|аналіз|аналітика|коментар|пояснюємо|погляд|блог"
    r"|мнение|анализ|аналитика|комментарий|разбор|взгляд|колонка редактора)\W*(?:[:|–—-]|$)"
    r"|(?:\||:|—|–|-)\s*(?:opinion|analysis|commentary|editorial|column|explainer|viewpoint|думка|колонка|аналіз|мнение"
    r"|анализ|разбор)\W*$"
    r"|\b(?:at a glance|key takeaways|what we know so far|(?:the )?week in review|as it happened)\b"
    r"|^\W*(?:підсумки|головне за|хроніка) (?:дня|тижня|доби|день|тиждень|добу)\b"
    r"|^\W*(?:итоги|главное за|хроника) (?:дня|недели|суток|день|неделю|сутки)\b"
    r"|^(?:what we know|what to know|why|how|що відомо|чому|як|что известно|почему|как)\b.*\?$",
    re.IGNORECASE,
)
_SECTIONS = frozenset(
    [
        "opinion",
        "opinions",
        "analysis",
        "commentary",
        "comment",
        "editorial",
        "editorials",
        "columns",
        "column",
        "blogs",
        "blog",
        "op-ed",
        "explainers",
        "viewpoint",
        "columnists",
        "dumka",
        "kolonky",
        "mnenie",
        "mneniya",
        "kolonki",
        "analytics",
        "analitika",
    ]
)


def commentary(document: Document) -> str:
    """Say why this is commentary, or "": its outlet calls it so, its headline asks or sums up, its writer argues."""
    folders = urlsplit(document.url).path.lower().split("/")[:-1]
    if _HEADLINE.search(document.title) or not _SECTIONS.isdisjoint(folders):
        return "marked as opinion, analysis or summary"
    return "its writer argues" if document.language[:2] in LANGUAGES and argues(document.prose) else ""
