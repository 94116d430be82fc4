"""Commentary: what an outlet itself calls opinion or analysis, by headline, section or address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.model import Document

_HEADLINE = re.compile(
    r"^\W*(?:opinion|analysis|commentary|editorial|op-ed|column|explainer|explained|viewpoint|q&a|fact ?check"
    r"|думка|колонка|аналіз|аналітика|коментар|пояснюємо|погляд|блог"
    r"|мнение|анализ|аналитика|комментарий|разбор|взгляд|колонка редактора)\b(?:\W|$)"
    r"|(?:\||:|—|–|-)\s*(?:opinion|analysis|commentary|editorial|column|explainer|viewpoint|думка|колонка|аналіз|мнение"
    r"|анализ|разбор)\W*$"
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


def is_commentary(document: Document) -> bool:
    """Does the outlet call this opinion or analysis, or does its headline only ask?"""
    folders = urlsplit(document.url).path.lower().split("/")[:-1]
    return bool(_HEADLINE.search(document.title)) or not _SECTIONS.isdisjoint(folders)
