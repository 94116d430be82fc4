"""The spider that talks to hubs: one posted form."""

from __future__ import annotations

from collections.abc import Mapping

from spiders.exchange import Ask, ExchangeSpider


class HubSpider(ExchangeSpider):
    """Asks a hub to tell us of a listing's changes, or to stop."""

    name = "hub"


def hub_ask(url: str, form: Mapping[str, str]) -> Ask:
    """The request to a hub."""
    return Ask(url, {"Accept": "text/plain, */*;q=0.1"}, form)
