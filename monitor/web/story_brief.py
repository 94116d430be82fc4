"""One story as Markdown."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.inquiry import story_text
from monitor.inquiry.giving import Giver
from monitor.web.asked import Asked
from monitor.web.lists import MARKDOWN
from monitor.web.named import number_of
from monitor.web.screens import data_answer, home_of, screens_of
from monitor.web.settings import settings_of


def story_md(request: Request) -> Response:
    """GET /stories/ID.md"""
    Asked(request, ())
    screens = screens_of(request)
    number = number_of(request, "s")
    with screens.store.read() as tx:
        found = story_text.told(tx, number)
    if found is None:
        raise HTTPException(404, f"There is no story s{number} in the archive.")
    config = screens.config()
    give = Giver.of(config, settings_of(request, config).zone, home_of(request))
    body = story_text.markdown(found, give, screens.clock())
    return data_answer(request, body.encode("utf-8", "replace"), MARKDOWN)
